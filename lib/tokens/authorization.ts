/** The record of what a user allowed, and its end. Codes, refresh tokens and access tokens all point at it. */
import { hash } from 'node:crypto';
import type { Server } from '../contracts.js';
import type { Authorization } from '../model/authorization.js';
import type { EndReason } from '../model/events.js';
import type { Stored } from '../model/store.js';
import { lifetimesAt } from '../rules/lifetime.js';

type Parts<Name extends keyof Server> = Pick<Server, Name>;

/** Everything in the record but its name, which is its key in the store. */
type AuthorizationRecord = Omit<Authorization, 'id'>;

/** What was allowed, with a name of its own and the times of now; not written yet. */
export function newAuthorization(
  allowed: Omit<Authorization, 'id' | 'allowed_at' | 'tokens_until' | 'rotated_at' | 'expires_at' | 'listed_until'>,
  { clock, random, settings }: Parts<'clock' | 'random' | 'settings'>,
): Authorization {
  const now = clock();
  const tokens_until = now + lifetimesAt(allowed.audiences, settings).accessToken;
  return { id: random(16), ...allowed, allowed_at: now, tokens_until, rotated_at: now, expires_at: now + settings.lifetimes.authorization };
}

/** What may come of it later. */
interface Prospects {
  /** Whether it has a code, whose redemption gives it another life. */
  readonly code?: boolean;
  /** Whether its client may refresh. */
  readonly refresh?: boolean;
}

/** Writes it for the first time, for `ttl` seconds, and lists it among its user's: once, for as long as it can come to live. */
export async function addAuthorization(
  authorization: Authorization,
  { ttl, code = false, refresh = false }: { ttl: number } & Prospects,
  server: Parts<'store' | 'clock' | 'settings'>,
): Promise<void> {
  const { store, clock } = server;
  const now = clock();
  const later = refresh ? authorization.expires_at : now + ttl + (code ? lifetimeOf(authorization, false, server) : 0);
  const { id, ...record } = { ...authorization, listed_until: Math.max(now + ttl, later) };
  // The name first: what is in the store can be found by its user, whatever was lost of what came after.
  const listed = store.link(ownerOf(record.sub), id, record.listed_until - now);
  await Promise.all([store.add(keyOf(id), record, ttl), listed]);
}

export async function findAuthorization(id: string, { store }: Parts<'store'>): Promise<Stored<Authorization> | undefined> {
  const stored = await store.get<AuthorizationRecord>(keyOf(id));
  return stored && { version: stored.version, value: { id, ...stored.value } };
}

/** How long what is given out now may be used: so long the record is kept. */
export function lifetimeOf(
  { audiences, expires_at }: Pick<Authorization, 'audiences' | 'expires_at'>,
  refresh: boolean,
  { clock, settings }: Parts<'clock' | 'settings'>,
): number {
  const { accessToken, refreshToken } = lifetimesAt(audiences, settings);
  return Math.min(refresh ? Math.max(refreshToken, accessToken) : accessToken, expires_at - clock());
}

/** When the refresh token in use expires; the record may be kept for longer, for access tokens that outlive one that is not used. */
export function refreshEndOf({ audiences, expires_at, rotated_at }: Authorization, { settings }: Parts<'settings'>): number {
  return Math.min(expires_at, rotated_at + lifetimesAt(audiences, settings).refreshToken);
}

/**
 * Moves the authorization on to the generation after `from`, which is ahead of its own where the store has lost a write; says whether nobody
 * else was faster. Done last, after every check.
 */
export async function advanceGeneration(
  { value, version }: Stored<Authorization>,
  { from = value.generation, refresh }: { from?: number; refresh: boolean },
  server: Parts<'store' | 'clock' | 'settings'>,
): Promise<Authorization | undefined> {
  const { store, clock, settings } = server;
  const now = clock();
  const tokens_until = Math.max(value.tokens_until, now + lifetimesAt(value.audiences, settings).accessToken);
  const advanced = { ...value, generation: from + 1, rotated_at: now, tokens_until };
  const ttl = lifetimeOf(advanced, refresh, server);
  // Listed once for all that it may come to, unless that was not foreseen: the client may refresh since, or lifetimes were changed. With a
  // write that is lost, the listing may be lost too.
  const needed = refresh ? advanced.expires_at : now + ttl;
  const isListed = from === value.generation && (value.listed_until ?? 0) >= needed;
  const { id, ...record } = isListed ? advanced : { ...advanced, listed_until: needed };
  const listing = isListed ? undefined : store.link(ownerOf(record.sub), id, needed - now);
  const [swapped] = await Promise.all([store.swap(keyOf(id), version, record, ttl), listing]);
  return swapped ? { id, ...record } : undefined;
}

/** What this user has allowed and has not ended, of all clients. */
export async function authorizationsOf(sub: string, { store }: Parts<'store'>): Promise<readonly Authorization[]> {
  const found = await Promise.all((await store.linked(ownerOf(sub))).map((id) => findAuthorization(id, { store })));
  return found.flatMap((stored) => (stored ? [stored.value] : []));
}

/**
 * Ends all that was given out for it: code and refresh tokens at once, access tokens as soon as `protect` hears of it. In this order: if
 * the store fails in between, the record is still there, and whoever tries again ends it all.
 */
export async function endAuthorization(
  { id, client_id, sub, tokens_until }: Pick<Authorization, 'id' | 'client_id' | 'sub' | 'tokens_until'>,
  reason: EndReason,
  { store, ended, emit }: Parts<'store' | 'ended' | 'emit'>,
): Promise<void> {
  await ended.add(id, tokens_until);
  await store.delete(keyOf(id));
  emit('authorization.ended', { authorization: id, client_id, sub, reason });
}

/** Hashed, because it is the host's and may be long. */
function ownerOf(sub: string): string {
  return `authorizations:${hash('sha256', sub, 'base64url')}`;
}

function keyOf(id: string): string {
  return `authorization:${id}`;
}
