/** Clients whose identifier is the URL of a document that describes them. OAuth Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document-02). */
import type { ClientMetadata, Server } from '../contracts.js';
import { type Mismatch, OAuthError } from '../errors.js';
import type { Client } from '../model/client.js';
import { FetchRefused, type GuardedFetch } from '../platform/fetch.js';
import { oncePer } from '../platform/made-once.js';
import { oneOfFewPer } from '../platform/one-of-few.js';
import { recentlyUsed } from '../platform/recently-used.js';
import { createRemote, type Loaded, type Remote } from '../platform/remote.js';
import { isObject } from './members.js';
import { readRegistration } from './registration.js';

type Parts = Pick<Server, 'settings' | 'fetch' | 'clock' | 'grants'>;

const maxBytes = 5_120; // section 8.7
const longestUrl = 500; // characters

const documents = oncePer((_owner: GuardedFetch) => recentlyUsed<Remote<Client>>(1_000));

/** Whether this could be the URL of a document: then it is no name that anybody chose. */
export function isDocumentUrl(client_id: string): boolean {
  return /^https?:\/\//i.test(client_id);
}

/**
 * What was fetched last serves for up to a day while its host is down; a document that is no good is kept nowhere, and a failure for the
 * five seconds in which its host is not asked again. Section 5.2.
 *
 * @throws OAuthError `invalid_client`, saying what is wrong with the URL, its host, or the document
 */
export async function findDocument(client_id: string, parts: Parts): Promise<Client | undefined> {
  if (!parts.settings.metadataDocuments || !isDocumentUrl(client_id)) return undefined;
  checkUrl(client_id);
  const memory = documents(parts.fetch);
  const remote = memory.get(client_id) ?? createRemote(() => load(client_id, parts), parts.clock);
  memory.set(client_id, remote);
  return remote.get();
}

/** Section 3: written just as it is fetched, so that two spellings are not two clients. The scheme, the port and the host are the guard's affair. */
function checkUrl(client_id: string): void {
  if (client_id.length > longestUrl) throw refuse(`The client_id has more than ${longestUrl} characters.`);
  if (client_id.includes('#')) throw refuse('The client_id has a fragment.');
  const [, authority = '', path = ''] = /^https?:\/\/([^/?]*)([^?]*)/i.exec(client_id) ?? [];
  if (authority.includes('@')) throw refuse('The client_id has a user name or password.');
  if (path === '') throw refuse('The client_id has no path.');
  if (!URL.canParse(client_id) || new URL(client_id).href !== client_id) {
    throw refuse(
      'The client_id is not a URL in its plain form.',
      'Write it without dot segments and :443, with the scheme and the host in lower case, and percent-encode what must be.',
    );
  }
}

async function load(client_id: string, parts: Parts): Promise<Loaded<Client>> {
  try {
    const { status, headers, body } = await oneOfFew(parts.fetch, () => parts.fetch(client_id, { accept: 'application/json', maxBytes }));
    const type = headers['content-type'];
    const isGone = status === 404 || status === 410;
    if (status !== 200) return { failure: refuse(`The URL in its client_id answers with the status ${status}.`), withdrawn: isGone };
    if (!isJson(type)) return { failure: notJson(type), withdrawn: false };
    return { value: readDocument(client_id, parse(body), parts), cacheControl: headers['cache-control'] };
  } catch (error) {
    // Without a cause: anybody can bring this about, and nobody shall fill the log with it.
    if (error instanceof FetchRefused)
      return { failure: refuse(`The URL in its client_id was not read. ${error.message}`), withdrawn: false };
    if (error instanceof OAuthError) return { failure: error, withdrawn: true };
    throw error;
  }
}

/** Anybody can make us ask for a document, by as many names as they like; so many at once are asked for. */
const maxUnderway = 50;
const full = () => new FetchRefused('Too many documents are asked for at the moment. Please try again.');
const oneOfFew = oneOfFewPer<GuardedFetch>(maxUnderway, full);

/** A page in HTML may be what a host answers while something is wrong with it. Section 4 lets the type be more specific. */
function isJson(contentType = ''): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType);
}

function notJson(type = 'none'): OAuthError {
  return refuse(
    'The URL in its client_id does not answer with JSON.',
    `Serve the document as application/json. Its Content-Type was: ${type}.`,
  );
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw refuse('The document at its client_id is not JSON.');
  }
}

/** Sections 4 and 4.1. RFC 7591 has client_secret_basic where no method is named; here that is `none`, as no secret can be had. */
function readDocument(client_id: string, document: unknown, parts: Parts): Client {
  if (!isObject(document)) throw refuse('The document at its client_id is not a JSON object.');
  if (document.client_id !== client_id) throw another(client_id, document.client_id);
  for (const name of ['client_secret', 'client_secret_hash', 'client_secret_expires_at']) {
    if (name in document) throw refuse(`The document at its client_id has a ${name}, which everybody can read.`);
  }
  const { token_endpoint_auth_method: method = 'none' } = document;
  if (String(method).startsWith('client_secret_')) {
    throw refuse(
      'The document at its client_id names a token_endpoint_auth_method that needs a secret, which nobody can agree on.',
      'Write none, or private_key_jwt with a jwks_uri or jwks.',
    );
  }
  const asked: ClientMetadata = { client_name: new URL(client_id).host, ...document, token_endpoint_auth_method: method };
  try {
    const client = readRegistration(asked, { client_id: 'document', client_secret: '', vouched: false }, parts);
    return { ...client, client_id, source: 'document' };
  } catch (error) {
    if (error instanceof OAuthError) throw notRight(error.message);
    throw error;
  }
}

function another(client_id: string, inside: unknown): OAuthError {
  const fitting = typeof inside === 'string' ? [inside] : [];
  return refuse(
    'The client_id in the document is another, or missing. It must be the URL of the document, character by character.',
    undefined,
    {
      what: 'client_id',
      asked: client_id,
      fitting,
      source: 'document',
    },
  );
}

/** Names the member alone: what stands in it could be words that are meant for the user. */
function notRight(detail: string): OAuthError {
  const [, member] = /^([a-z_]+)/.exec(detail) ?? [];
  return refuse(`The document at its client_id is not right${member === undefined ? '' : ` in the member ${member}`}.`, detail);
}

/** To the user first, who sees it on a page; whoever runs the app is told the rest. Nothing in `reason` may come from the document. */
function refuse(reason: string, detail?: string, mismatch?: Mismatch): OAuthError {
  return new OAuthError(
    'invalid_client',
    `The app could not be recognised by what it publishes about itself. For those who run it: ${reason}`,
    {
      reason: 'metadata_document_unusable',
      ...(detail !== undefined && { detail }),
      ...(mismatch && { mismatch }),
    },
  );
}
