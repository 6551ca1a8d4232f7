/** The options `clients` and `findClient`: what the host says of clients, in the words of RFC 7591 section 2. */
import { createHash } from 'node:crypto';
import { isClientId } from '../clients/client-shape.js';
import { below, isObject, readMembers } from '../clients/members.js';
import { clientMembers, readClient } from '../clients/metadata.js';
import { isTagged } from '../clients/tagged-members.js';
import type { ConfigurationProblem } from '../errors.js';
import type { Brand } from '../model/brand.js';
import { type Client, isPublic } from '../model/client.js';
import type { ClientContext } from '../model/known.js';
import { recentlyUsed } from '../platform/recently-used.js';
import { inTime } from '../rules/patience.js';
import { readClientsBrand } from './brand.js';
import { asMeant, checkRepeated } from './named.js';
import type { FindClient } from './options/clients.js';
import { hostsClientShape } from './shapes/clients.js';

type Problems = ConfigurationProblem[];

/** The names that a host may use of a client. */
const hostsNames = [...clientMembers, ...Object.keys(hostsClientShape)];

/** What clients are held against; and the brand that theirs are laid over, where they may have one: it is not kept with those of the store. */
export interface HostsContext extends ClientContext {
  /** Whether those count as verified that do not say it: who is written into the configuration was looked at, a row of a table need not be. */
  readonly areVerified?: boolean;
  readonly brand?: Brand;
}

function namesFor(client: object, { brand }: HostsContext): readonly string[] {
  const names = [...hostsNames, ...Object.keys(client).filter(isTagged)];
  return brand ? names : names.filter((name) => name !== 'brand');
}

/** Answers of the host's function that need not be checked again. */
const remembered = 1_000;

/** Those of the list; a function is asked later. */
export function readClients(clients: unknown, context: HostsContext, problems: Problems): ReadonlyMap<string, Client> {
  const list: readonly unknown[] = Array.isArray(clients) ? clients : [];
  const read = list.map((metadata, i) => readHostsClient(metadata, context, `clients[${i}]`, problems));
  checkRepeated(list.map(idOf), (i) => `clients[${i}].client_id`, problems);
  return new Map(read.flatMap((client) => (client ? [[client.client_id, client]] : [])));
}

/** The host may say `firstParty`, and is told of unknown names, which clients that register themselves are not. */
export function readHostsClient(metadata: unknown, context: HostsContext, path: string, problems: Problems): Client | undefined {
  const meant = isObject(metadata) ? asMeant(metadata, namesFor(metadata, context), path, problems) : metadata;
  return readHostsMembers(meant, context, path, problems);
}

function readHostsMembers(metadata: unknown, context: HostsContext, path: string, problems: Problems): Client | undefined {
  const own = isObject(metadata) ? metadata : {};
  const {
    firstParty = false,
    pkce = true,
    verified = context.areVerified ?? true,
    introspects,
    brand: look,
  } = readMembers(own, hostsClientShape, path, problems);
  const { client, problems: others } = readClient(metadata, context, path);
  problems.push(...others);
  if (client && !pkce && isPublic(client)) {
    problems.push({ path: below(path, 'pkce'), problem: 'A public client has nothing else to prove itself by.', cure: 'Leave it out.' });
  }
  const brand = look && context.brand && readClientsBrand(look, String(own.client_id), context.brand, below(path, 'brand'), problems);
  return (
    client && { ...client, firstParty, pkce, ...(verified && { verified }), ...(introspects && { introspects }), ...(brand && { brand }) }
  );
}

function idOf(client: unknown): unknown {
  return isObject(client) ? client.client_id : undefined;
}

/**
 * The host's function, with its answers checked: what is wrong with one is an error that the log has, with its path and cure, and the
 * request fails. A row of the host's table may have columns of which nothing is known here, and NULL for what it does not say.
 */
export function clientsOfHost(find: FindClient, context: HostsContext): (client_id: string) => Promise<Client | undefined> {
  const known = recentlyUsed<Client>(remembered);

  return async (client_id) => {
    if (!isClientId(client_id)) return undefined; // a database need not see it
    const given = await inTime(() => find(client_id), 'findClient');
    if (given === undefined || given === null || given === false) return undefined;
    const row = isObject(given) ? columnsOf(given, context) : given;
    const id = idOf(row);
    if (typeof id === 'string' && id !== client_id && isAlike(id, client_id)) return undefined;
    const text = createHash('sha256')
      .update(`${client_id} ${JSON.stringify(row, withNumbers)}`)
      .digest('base64url');
    const client = known.get(text) ?? readRow(row, client_id, context);
    known.set(text, client);
    return client;
  };
}

/** Those that have a meaning here, also where the row is an instance of a class that keeps them elsewhere. */
function columnsOf(row: object, context: HostsContext): Readonly<Record<string, unknown>> {
  const columns = namesFor(row, context).map((name) => [name, (row as Readonly<Record<string, unknown>>)[name]] as const);
  return Object.fromEntries(columns.filter(([, value]) => value !== null && value !== undefined));
}

/** Many databases compare without regard to case and spaces at the end; a `client_id` is compared byte for byte. */
function isAlike(one: string, other: string): boolean {
  return one.trimEnd().toLowerCase() === other.trimEnd().toLowerCase();
}

/** Databases have numbers that JSON has not. */
function withNumbers(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function readRow(row: unknown, client_id: string, context: HostsContext): Client {
  const path = 'findClient(…)';
  const problems: Problems = [];
  const client = readHostsMembers(row, { areVerified: false, ...context }, path, problems);
  if (client && client.client_id !== client_id) {
    const cure = 'Give the row whose client_id is just that, or nothing.';
    problems.push({ path: below(path, 'client_id'), problem: `It is ${client.client_id}, which was not asked for.`, cure });
  }
  if (client && problems.length === 0) return client;
  const lines = problems.map(({ path, problem, cure }) => `  ${path}: ${problem} ${cure}`);
  throw new Error(`What findClient gave for ${client_id} cannot be used:\n${lines.join('\n')}`);
}
