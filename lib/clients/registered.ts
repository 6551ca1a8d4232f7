/** Clients that have registered themselves, and how they are found again. RFC 7591 section 3.2.1. */
import { createHash, createSecretKey, timingSafeEqual } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { ClientMetadata, Server } from '../contracts.js';
import type { Client } from '../model/client.js';
import type { Store } from '../model/store.js';
import { oncePer } from '../platform/made-once.js';
import { recentlyUsed } from '../platform/recently-used.js';
import { readClient } from './metadata.js';

type Parts = Pick<Server, 'settings' | 'store' | 'secrets' | 'clock'>;

/** What is kept of a confidential client. */
export interface StoredClient {
  /** Without the secret: of that there is a hash. */
  readonly client: Client;
  /** The secret, sealed, where assertions are verified with it. */
  readonly sealedSecret?: string;
  /** SHA-256 of the registration access token, as base64url. RFC 7592 section 3. */
  readonly tokenHash: string;
  readonly issued_at: number;
  /** When its life was last prolonged. */
  readonly used_at: number;
  /** What is not used for so long is forgotten; in seconds. */
  readonly lifetime: number;
  /** Whether somebody whom the host trusts has let it register. */
  readonly vouched: boolean;
  /** What it was registered with, as it came. RFC 7591 section 3.2.1. */
  readonly software_statement?: string;
}

/** What was found out when a client was registered, or changed. */
export type Approval = Pick<StoredClient, 'vouched' | 'software_statement'>;

export interface Registered {
  readonly record: StoredClient;
  readonly version: string;
}

/** Says which kind it is, and that it is none of the host's. */
const sealedPrefix = 'app~';
const storedPrefix = 'client~';

/** So that it fits into a URL, with all else that has to stand there. */
const longestSealed = 1_500; // characters
const longestInflated = 8_192; // bytes

const index = 'registrations';
const day = 86_400; // seconds

/** So long another process may still know a client that was changed or removed at this one. */
const knownFor = 30; // seconds

const sealedClients = oncePer((_owner: Server['secrets']) => recentlyUsed<Client>(1_000));
const storedClients = oncePer((_owner: Store) => recentlyUsed<{ readonly client: Client | undefined; readonly until: number }>(1_000));

/**
 * A public client is kept nowhere: its `client_id` is what it says of itself, with our signature. So registrations cost nothing, cannot be
 * lost, and equal ones are one client.
 *
 * @returns `undefined` if it says too much for that
 */
export function sealClient(metadata: ClientMetadata, { secrets }: Pick<Parts, 'secrets'>): string | undefined {
  const json = JSON.stringify(metadata);
  if (Buffer.byteLength(json) > longestInflated) return undefined;
  const text = deflateRawSync(json).toString('base64url');
  const client_id = `${sealedPrefix}${text}.${secrets.mac('client id', text)}`;
  return client_id.length <= longestSealed ? client_id : undefined;
}

export async function findRegistered(client_id: string, parts: Parts): Promise<Client | undefined> {
  if (client_id.startsWith(sealedPrefix)) return parts.settings.registration && openClient(client_id, parts);
  const stored = isStoredId(client_id) ? await findStored(client_id, parts) : undefined;
  // What the operator has added stays where clients may not register themselves, or may not any more.
  return stored?.source === 'host' || parts.settings.registration ? stored : undefined;
}

/** Of our making: nothing else is looked for in the store, or remembered. */
function isStoredId(client_id: string): boolean {
  return client_id.startsWith(storedPrefix) && /^[\w-]{22}$/.test(client_id.slice(storedPrefix.length));
}

/** Whether only we can know it, and the host's own table need not be asked. */
export function isRegisteredId(client_id: string): boolean {
  return client_id.startsWith(sealedPrefix) || isStoredId(client_id);
}

function openClient(client_id: string, { secrets, settings }: Parts): Client | undefined {
  const memory = sealedClients(secrets);
  const known = memory.get(client_id);
  if (known) return known;
  const [text = '', mac = '', ...rest] = client_id.slice(sealedPrefix.length).split('.');
  if (rest.length > 0 || client_id.length > longestSealed || !secrets.isMac('client id', text, mac)) return undefined;
  const json = inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: longestInflated }).toString(); // ours: it fits
  // What was known when it registered, such as a scope, may be gone by now: that is no reason to know the client no more.
  const { client } = readClient({ ...JSON.parse(json), client_id: 'sealed' }, { ...settings.clientContext, scopes: new Set() }, client_id);
  if (!client) return undefined;
  const found: Client = { ...client, client_id, client_name: nameOf(client), source: 'registered' };
  memory.set(client_id, found);
  return found;
}

/** An identifier of 300 characters is no name. */
export function nameOf({ client_id, client_name, redirect_uris }: Client): string {
  if (client_name !== client_id) return client_name;
  const { host, protocol } = new URL(redirect_uris[0] ?? 'app:');
  return host || protocol.slice(0, -1);
}

/** Most requests come in a row: so the store is not asked for each of them. */
async function findStored(client_id: string, parts: Parts): Promise<Client | undefined> {
  const memory = storedClients(parts.store);
  const now = parts.clock();
  const known = memory.get(client_id);
  if (known && now < known.until) return known.client;
  const client = await findStoredClient(client_id, parts);
  memory.set(client_id, { client, until: now + knownFor });
  return client;
}

/** As the store has it now. */
export async function findStoredClient(client_id: string, parts: Pick<Parts, 'store' | 'clock' | 'secrets'>): Promise<Client | undefined> {
  const stored = await readStored(client_id, parts);
  if (stored?.sealedSecret === undefined) return stored?.client;
  const secret = await parts.secrets.open('client secret', stored.sealedSecret);
  return typeof secret === 'string' ? { ...stored.client, secretKey: createSecretKey(secret, 'utf8') } : undefined;
}

async function withoutSecret(
  { secretKey, ...client }: Client,
  secrets: Server['secrets'],
): Promise<Pick<StoredClient, 'client' | 'sealedSecret'>> {
  return { client, ...(secretKey && { sealedSecret: await secrets.seal('client secret', secretKey.export().toString()) }) };
}

/** Once a day its life is prolonged. */
async function readStored(client_id: string, { store, clock }: Pick<Parts, 'store' | 'clock'>): Promise<StoredClient | undefined> {
  const stored = await store.get<StoredClient>(keyOf(client_id));
  // Also at its first use: until then it has but a day.
  if (!stored || (stored.value.used_at > stored.value.issued_at && clock() - stored.value.used_at < day)) return stored?.value;
  const used: StoredClient = { ...stored.value, used_at: Math.max(clock(), stored.value.issued_at + 1) };
  await Promise.all([store.swap(keyOf(client_id), stored.version, used, used.lifetime), store.link(index, client_id, used.lifetime)]);
  return used;
}

export function newClientId(random: Server['random']): string {
  return `${storedPrefix}${random(16)}`;
}

/** @returns whether there was room for one more */
export async function addRegistered(
  client: Client,
  token: string,
  { quota, lifetime, untilUsed = lifetime, ...approval }: Approval & { quota: number; lifetime: number; untilUsed?: number },
  { store, clock, secrets }: Pick<Parts, 'store' | 'clock' | 'secrets'>,
): Promise<boolean> {
  // The index still has those that were removed; they are told apart only where it matters.
  if ((await store.linked(index)).length >= quota && (await listRegistered({ store })).length >= quota) return false;
  const now = clock();
  const record: StoredClient = {
    ...(await withoutSecret(client, secrets)),
    tokenHash: hash(token),
    issued_at: now,
    used_at: now,
    lifetime,
    ...approval,
  };
  await Promise.all([store.add(keyOf(client.client_id), record, untilUsed), store.link(index, client.client_id, untilUsed)]);
  return true;
}

/** The client whose registration access token this is. In constant time; RFC 7592 section 3. */
export async function findByToken(client_id: string, token: string, parts: Parts): Promise<Registered | undefined> {
  if (!isStoredId(client_id)) return undefined;
  const stored = await parts.store.get<StoredClient>(keyOf(client_id));
  if (!stored || !timingSafeEqual(Buffer.from(stored.value.tokenHash), Buffer.from(hash(token)))) return undefined;
  return { record: stored.value, version: stored.version };
}

/**
 * @param keepsSecret - whether the secret stays what it was, rather than what the client has now
 * @returns whether nobody else has changed it meanwhile
 */
export async function changeRegistered(
  { record, version }: Registered,
  client: Client,
  { keepsSecret, ...approval }: Approval & { keepsSecret: boolean },
  { store, clock, secrets }: Pick<Parts, 'store' | 'clock' | 'secrets'>,
): Promise<boolean> {
  const { client: before, sealedSecret, software_statement: _, ...others } = record;
  const fresh = await withoutSecret(client, secrets);
  const { secretHashes } = before;
  const kept = { client: { ...fresh.client, ...(secretHashes && { secretHashes }) }, ...(sealedSecret !== undefined && { sealedSecret }) };
  const changed: StoredClient = { ...others, ...(keepsSecret ? kept : fresh), used_at: clock(), ...approval };
  storedClients(store).delete(client.client_id);
  return store.swap(keyOf(client.client_id), version, changed, changed.lifetime);
}

export async function removeRegistered(client_id: string, { store }: Pick<Parts, 'store'>): Promise<boolean> {
  storedClients(store).delete(client_id);
  return store.delete(keyOf(client_id));
}

/** The clients that are kept, the one that is forgotten first in front. */
export async function listRegistered({ store }: Pick<Parts, 'store'>): Promise<readonly StoredClient[]> {
  const found = await Promise.all((await store.linked(index)).map((client_id) => store.get<StoredClient>(keyOf(client_id))));
  return found.flatMap((stored) => (stored ? [stored.value] : []));
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function keyOf(client_id: string): string {
  return `client:${client_id}`;
}
