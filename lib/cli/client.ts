/** `client create`, `list`, `show`, `remove`: clients that the operator keeps in the store. RFC 7591 section 2. */
import { readFileSync } from 'node:fs';
import { findClient } from '../clients/find.js';
import { isObject } from '../clients/members.js';
import { addRegistered, listRegistered, newClientId, removeRegistered, type StoredClient } from '../clients/registered.js';
import { asMetadata } from '../clients/registration.js';
import { readHostsClient } from '../config/clients.js';
import type { ClientMetadata, Server } from '../contracts.js';
import { type ConfigurationProblem, OAuthError } from '../errors.js';
import type { Client } from '../model/client.js';
import { nearest } from '../nearest.js';
import { warningsOf } from '../server.js';
import { type Arguments, type Command, Failure, Mistake, printable, write } from './command.js';
import { withServer } from './host-options.js';

/** What an operator adds stays as long as it is used once in ten years. */
const lifetime = 10 * 365 * 86_400; // seconds

export const clientCreate: Command = {
  name: 'client create',
  options: ['name', 'redirect-uri', 'public', 'first-party', 'grant', 'scope', 'metadata', 'config', 'json'],
  about: 'adds a client that all running servers know at once, and shows its secret, this once',

  run(given) {
    const asked = readAsked(given);
    return withServer(given, async (server) => {
      const client_secret = hasSecret(asked) ? server.random(48) : undefined; // 64 characters, as HS512 needs them
      const client = readGiven({ ...asked, client_id: newClientId(server.random), ...(client_secret && { client_secret }) }, server);
      await addRegistered(client, server.random(32), { quota: Number.POSITIVE_INFINITY, lifetime, vouched: true }, server);
      for (const warning of warningsOf(client, server)) console.error(warning);
      const shown = client_secret === undefined ? '' : `\n${line('client_secret', `${client_secret}   (shown this once)`)}`;
      write({ ...asJson(client), ...(client_secret && { client_secret }) }, `${describe(client)}${shown}`, given);
      return 0;
    });
  },
};

function readAsked({ values }: Arguments): ClientMetadata {
  const file = values.metadata === undefined ? {} : readMetadata(values.metadata);
  const { token_endpoint_auth_method: method } = file;
  if (values.public && method !== undefined && method !== 'none') {
    throw new Mistake(`--public is for clients without authentication, but ${values.metadata} names ${String(method)}. Leave out one.`);
  }
  return {
    ...file,
    ...(values.public && { token_endpoint_auth_method: 'none' }),
    ...(values.name !== undefined && { client_name: values.name }),
    ...(values['redirect-uri'] && { redirect_uris: values['redirect-uri'] }),
    ...(values.grant && { grant_types: values.grant }),
    ...(values.scope !== undefined && { scope: values.scope }),
    ...(values['first-party'] && { firstParty: true }),
  };
}

/** What is in it is not repeated in what is said of it: it may have a secret. */
function readMetadata(path: string): ClientMetadata {
  const file = parse(read(path));
  if (!isObject(file)) throw new Mistake(`There is no JSON object in ${path}. Write { "redirect_uris": [ … ] }, for example.`);
  const made = ['client_id', 'client_secret'].find((name) => name in file);
  if (made !== undefined) throw new Mistake(`There is a ${made} in ${path}. Leave it out: it is made here.`);
  return file;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Mistake(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}). Name a file of JSON: --metadata <file.json>.`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Those that authenticate by keys or certificates, or bring the hash of one, have none. */
function hasSecret({ token_endpoint_auth_method: method, client_secret_hash }: ClientMetadata): boolean {
  return client_secret_hash === undefined && (method === undefined || String(method).startsWith('client_secret_'));
}

/** The operator vouches for it. */
function readGiven(metadata: ClientMetadata, { settings }: Server): Client {
  const problems: ConfigurationProblem[] = [];
  const client = readHostsClient(metadata, settings.clientContext, '', problems);
  if (client && problems.length === 0) return client;
  const lines = problems.map(({ path, problem, cure }) => `  ${path}: ${problem} ${cure}`);
  throw new Mistake(`The client was not created:\n${lines.join('\n')}`);
}

export const clientList: Command = {
  name: 'client list',
  options: ['config', 'json'],
  about: 'shows the clients that are kept in the store',

  run(given) {
    return withServer(given, async (server) => {
      const stored = await listRegistered(server);
      const text = stored.map((one) => describe(one.client, one)).join('\n\n');
      write(
        stored.map((one) => asJson(one.client, one)),
        text || 'No client is kept in the store. Public ones that have registered need no place there.',
        given,
      );
      return 0;
    });
  },
};

export const clientShow: Command = {
  name: 'client show',
  takes: '<client_id>',
  options: ['config', 'json'],
  about: 'shows a client as running servers see it, wherever they know it from',

  run(given) {
    return withServer(given, async (server) => {
      const client = await findAny(given.subject, server);
      if (!client) throw await unknown(given.subject, server);
      write(asJson(client), describe(client), given);
      return 0;
    });
  },
};

export const clientRemove: Command = {
  name: 'client remove',
  takes: '<client_id>',
  options: ['config', 'json'],
  about: 'removes a client from the store; running servers refuse it within half a minute',

  run(given) {
    const client_id = given.subject;
    return withServer(given, async (server) => {
      if (!(await removeRegistered(client_id, server))) throw await notStored(client_id, server);
      write({ client_id, removed: true }, `${client_id} was removed; running servers refuse it within half a minute.`, given);
      return 0;
    });
  },
};

async function findAny(client_id: string, server: Server): Promise<Client | undefined> {
  try {
    return await findClient(client_id, server);
  } catch (error) {
    throw error instanceof OAuthError ? new Failure(`${error.message} ${error.detail ?? ''}`.trim()) : error;
  }
}

async function notStored(client_id: string, server: Server): Promise<Failure> {
  if (server.settings.clients.has(client_id)) return new Failure(`${client_id} stands in the option clients. Take it out there.`);
  const client = await findAny(client_id, server);
  if (!client) return unknown(client_id, server);
  const cure = {
    host: 'Remove it from the table of clients that the option findClient asks.',
    registered:
      'Its client_id is all that it has said of itself, with a signature. The option registration.refuse can keep it from returning.',
    document: 'It is a document that the client publishes. The option metadataDocuments says whether any are taken.',
  }[client.source];
  return new Failure(`${printable(client_id)} is not kept in the store. ${cure}`);
}

async function unknown(client_id: string, server: Server): Promise<Failure> {
  const known = [...server.settings.clients.keys(), ...(await listRegistered(server)).map(({ client }) => client.client_id)];
  const guess = nearest(client_id, known);
  const cure = guess === undefined ? '`client list` shows those that are kept in the store.' : `Did you mean ${guess}?`;
  return new Failure(`There is no client ${printable(client_id)}. ${cure}`);
}

/** In the words of RFC 7591, with what the host knows besides. */
function asJson(client: Client, stored?: StoredClient): ClientMetadata {
  const { source, firstParty, pkce, introspects } = client;
  const ofHost = { source, firstParty, pkce, ...(introspects && { introspects }) };
  return { ...asMetadata(client), ...ofHost, ...(stored && { client_id_issued_at: stored.issued_at, used_at: stored.used_at }) };
}

function describe(client: Client, stored?: StoredClient): string {
  const { client_id, client_name, redirect_uris, grant_types, scope, authMethods, firstParty, source } = client;
  const lines = [
    ['redirect_uris', redirect_uris.join(' ')],
    ['grant_types', grant_types.join(' ')],
    ['scope', scope?.join(' ') ?? ''],
    ['authentication', authMethods.join(' or ')],
    ['known from', { host: 'the operator', registered: 'itself, by registration', document: 'its document' }[source]],
    ['added', stored ? asDate(stored.issued_at) : ''],
    ['last used', stored ? asDate(stored.used_at) : ''],
    ['first party', firstParty ? 'yes: users are not asked' : ''],
  ];
  const shown = lines.filter(([, value]) => value !== '').map(([name = '', value = '']) => line(name, printable(value)));
  return [`${client_id}   ${printable(client_name)}`, ...shown].join('\n');
}

function line(name: string, value: string): string {
  return `  ${name.padEnd(15)} ${value}`;
}

/** The day; it is noted no more often. */
function asDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
