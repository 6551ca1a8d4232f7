/** Who is at the browser: our own session, or the host's. */
import { hash } from 'node:crypto';
import type { HttpRequest, HttpResponse, Server } from '../contracts.js';
import type { Identity } from '../model/user.js';
import { readUser } from '../rules/user.js';

type Parts = Pick<Server, 'settings' | 'store' | 'random'>;

/**
 * The user of this request; asked of the host, or found by the cookie that our login screen has set.
 *
 * @param authenticated_at - when the host sent the user back from its login, for a host that does not tell by itself
 */
export async function findUser(
  http: HttpRequest,
  { settings: { users }, store }: Pick<Parts, 'settings' | 'store'>,
  authenticated?: { readonly sub: string; readonly at: number },
): Promise<Identity | undefined> {
  if (users.current) {
    const user = readUser(await users.current(http.host), 'users.current');
    return user && { ...(authenticated?.sub === user.sub && { auth_time: authenticated.at }), ...user };
  }
  const identity = await findSession(http, { store });
  if (!identity || !users.find) return identity;
  return readUser(await users.find(identity.sub), 'users.find') && identity;
}

/** Begins a session under a new name, whatever cookie the browser came with, and ends the one before. */
export async function startSession(
  user: Identity & { readonly auth_time: number },
  http: Pick<HttpRequest, 'session'>,
  { store, random, settings: { lifetimes } }: Parts,
): Promise<{ readonly session: NonNullable<HttpResponse['session']>; readonly sid: string }> {
  const value = random(32);
  const sid = random(16);
  const identity: Identity = { ...user, sid };
  await Promise.all([store.put(keyOf(value), identity, lifetimes.session), endSession(http, { store })]);
  return { session: { value, maxAge: lifetimes.session }, sid };
}

/** Whom the browser's cookie stands for, whether the account still exists or not. */
export async function findSession(http: Pick<HttpRequest, 'session'>, { store }: Pick<Parts, 'store'>): Promise<Identity | undefined> {
  return http.session === undefined ? undefined : (await store.get<Identity>(keyOf(http.session)))?.value;
}

export async function endSession(http: Pick<HttpRequest, 'session'>, { store }: Pick<Parts, 'store'>): Promise<void> {
  if (http.session !== undefined) await store.delete(keyOf(http.session));
}

/** Only a hash of the cookie is kept, so what is in the store opens no session. */
function keyOf(cookie: string): string {
  return `session:${hash('sha256', cookie, 'base64url')}`;
}
