/** The record of what a user allowed, and its end. Codes, refresh tokens and access tokens all point at it. */
import type { Server } from '../contracts.js';
import type { Authorization } from '../model/authorization.js';
import type { Stored } from '../model/store.js';

type Parts<Name extends keyof Server> = Pick<Server, Name>;

/** Everything in the record but its name, which is its key in the store. */
type AuthorizationRecord = Omit<Authorization, 'id'>;

export async function addAuthorization(record: AuthorizationRecord, { store, random, settings }: Parts<'store' | 'random' | 'settings'>) {
  const id = random(16);
  await store.add(keyOf(id), record, settings.lifetimes.code);
  return { id, ...record };
}

export async function findAuthorization(id: string, { store }: Parts<'store'>): Promise<Stored<Authorization> | undefined> {
  const stored = await store.get<AuthorizationRecord>(keyOf(id));
  return stored && { version: stored.version, value: { id, ...stored.value } };
}

/**
 * Moves the authorization on by one generation; says whether nobody else was faster. Done last, after every check.
 * The record is kept for as long as anything that was given out for it may be used.
 */
export async function advanceGeneration(
  { value, version }: Stored<Authorization>,
  { refresh }: { refresh: boolean },
  { store, clock, settings: { lifetimes } }: Parts<'store' | 'clock' | 'settings'>,
): Promise<Authorization | undefined> {
  const now = clock();
  const { id, ...record } = { ...value, generation: value.generation + 1, rotated_at: now };
  const idle = refresh ? Math.max(lifetimes.refreshToken, lifetimes.accessToken) : lifetimes.accessToken;
  const ttl = Math.min(idle, record.expires_at - now);
  return (await store.swap(keyOf(id), version, record, ttl)) ? { id, ...record } : undefined;
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
