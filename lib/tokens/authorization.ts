/** The record of what a user allowed, and its end. Codes, refresh tokens and access tokens all point at it. */
import type { Server } from '../contracts.js';
import type { Authorization } from '../model/authorization.js';
import type { Stored } from '../model/store.js';

type Parts<Name extends keyof Server> = Pick<Server, Name>;

/** Everything in the record but its name, which is its key in the store. */
type AuthorizationRecord = Omit<Authorization, 'id'>;

/** What was allowed, with a name of its own and the times of now; not written yet. */
export function newAuthorization(
  allowed: Omit<Authorization, 'id' | 'rotated_at' | 'expires_at'>,
  { clock, random, settings }: Parts<'clock' | 'random' | 'settings'>,
): Authorization {
  const now = clock();
  return { id: random(16), ...allowed, rotated_at: now, expires_at: now + settings.lifetimes.authorization };
}

/** Writes it for the first time, for `ttl` seconds. */
export async function addAuthorization({ id, ...record }: Authorization, ttl: number, { store }: Parts<'store'>): Promise<void> {
  await store.add(keyOf(id), record, ttl);
}

export async function findAuthorization(id: string, { store }: Parts<'store'>): Promise<Stored<Authorization> | undefined> {
  const stored = await store.get<AuthorizationRecord>(keyOf(id));
  return stored && { version: stored.version, value: { id, ...stored.value } };
}

/** How long what is given out now may be used: so long the record is kept. */
export function lifetimeOf(refresh: boolean, expires_at: number, { clock, settings: { lifetimes } }: Parts<'clock' | 'settings'>): number {
  const idle = refresh ? Math.max(lifetimes.refreshToken, lifetimes.accessToken) : lifetimes.accessToken;
  return Math.min(idle, expires_at - clock());
}

/** Moves the authorization on by one generation; says whether nobody else was faster. Done last, after every check. */
export async function advanceGeneration(
  { value, version }: Stored<Authorization>,
  { refresh }: { refresh: boolean },
  server: Parts<'store' | 'clock' | 'settings'>,
): Promise<Authorization | undefined> {
  const { id, ...record } = { ...value, generation: value.generation + 1, rotated_at: server.clock() };
  const ttl = lifetimeOf(refresh, record.expires_at, server);
  return (await server.store.swap(keyOf(id), version, record, ttl)) ? { id, ...record } : undefined;
}

/**
 * Ends all that was given out for it: code and refresh tokens at once, access tokens as soon as `protect` hears of it. In this order: if
 * the store fails in between, the record is still there, and whoever tries again ends it all.
 */
export async function endAuthorization(id: string, { store, ended }: Parts<'store' | 'ended'>): Promise<void> {
  await ended.add(id);
  await store.delete(keyOf(id));
}

function keyOf(id: string): string {
  return `authorization:${id}`;
}
