/**
 * A sign-in that is under way: the password was right, and steps remain. It is no session: nobody is signed in by it. Kept sealed, under
 * a hash of what the browser holds, so that a dump of the store tells neither who they are nor what codes they were sent.
 */
import { createHash } from 'node:crypto';
import type { HttpRequest, HttpResponse, Server } from '../contracts.js';
import type { LoginVia } from '../model/events.js';
import type { Identity } from '../model/user.js';

type Parts = Pick<Server, 'secrets' | 'store' | 'clock' | 'random'>;

/** Who has shown what so far. */
export interface Proven {
  readonly user: Identity;
  readonly via: LoginVia;
  /** Whether the browser has said that it can make passkeys. */
  readonly canMakePasskeys: boolean;
  readonly amr: readonly string[];
  readonly acr?: string;
}

export interface UnderWay extends Proven {
  /** The name of the step that is shown. */
  readonly step: string;
  /** What it remembers, as JSON. */
  readonly state?: unknown;
  readonly expires_at: number;
}

/** As it was read, with the version that `changeSignIn` asks for; or, of one that is done, who has signed in by it. */
export type FoundSignIn = { readonly underWay: UnderWay; readonly version: string } | { readonly doneBy: string };

/** What stays of it until it would have expired: so that the form sent twice, and the way back, are told from a sign-in that is lost. */
interface Done {
  readonly doneBy: string;
  readonly expires_at: number;
}

const lifetime = 900; // seconds

/** Whoever begins more of them in one browser loses the oldest. */
const mostAtOnce = 5;

/** Where it is: in this browser, and on the way of this ticket. Another tab, which has another ticket, has its own. */
export interface Place {
  readonly http: Pick<HttpRequest, 'signIn'>;
  readonly ticket: string;
}

/** Under a new name, whatever cookie the browser came with: else who planted that would be half signed in as well. */
export async function storeSignIn(
  begun: Omit<UnderWay, 'expires_at'>,
  { http, ticket }: Place,
  { secrets, store, clock, random }: Parts,
): Promise<NonNullable<HttpResponse['signIn']>> {
  const value = random(32);
  const underWay: UnderWay = { ...begun, expires_at: clock() + lifetime };
  await store.put(keyOf(value, ticket), await secrets.seal('sign-in', underWay), lifetime);
  return cookieOf([{ mark: markOf(ticket), value }, ...othersThan(ticket, http)].slice(0, mostAtOnce));
}

/** `undefined` if it has expired, was given up, or was begun by another browser or for another ticket. */
export async function findSignIn({ http, ticket }: Place, { secrets, store, clock }: Parts): Promise<FoundSignIn | undefined> {
  const value = valueFor(ticket, http);
  if (value === undefined) return undefined;
  const stored = await store.get<string>(keyOf(value, ticket));
  const found = stored && ((await secrets.open('sign-in', stored.value)) as UnderWay | Done | undefined);
  if (!stored || !found || found.expires_at <= clock()) return undefined;
  return 'doneBy' in found ? { doneBy: found.doneBy } : { underWay: found, version: stored.version };
}

/** Says whether it did: somebody else may have gone on in the meantime, by a form that was sent twice. Its end stays the same. */
export async function changeSignIn(
  { http, ticket }: Place,
  version: string,
  changed: UnderWay | Done,
  { secrets, store, clock }: Parts,
): Promise<boolean> {
  const value = valueFor(ticket, http);
  if (value === undefined) return false;
  const left = Math.max(1, changed.expires_at - clock());
  return store.swap(keyOf(value, ticket), version, await secrets.seal('sign-in', changed), left);
}

/** Given up; the browser need not hold it any more. */
export async function endSignIn({ http, ticket }: Place, { store }: Pick<Parts, 'store'>): Promise<NonNullable<HttpResponse['signIn']>> {
  const value = valueFor(ticket, http);
  if (value !== undefined) await store.delete(keyOf(value, ticket));
  return cookieOf(othersThan(ticket, http));
}

/**
 * Whoever asks first may begin this step: of two forms at once the other one must not have a second mail sent. For a minute, so that a
 * process which stops in the middle of it holds nobody up for long.
 */
export async function claimStep(place: Place, step: string, { store }: Pick<Parts, 'store'>): Promise<boolean> {
  return store.add(claimOf(place, step), true, 60);
}

/** It could not be begun after all. */
export async function disclaimStep(place: Place, step: string, { store }: Pick<Parts, 'store'>): Promise<void> {
  await store.delete(claimOf(place, step));
}

/** What the cookie holds: of each sign-in its name, behind a mark by which its ticket finds it. The newest comes first. */
interface Held {
  readonly mark: string;
  readonly value: string;
}

function heldBy({ signIn = '' }: Place['http']): readonly Held[] {
  return signIn.split('~').flatMap((entry) => {
    const [, mark, value] = /^([\w-]+)\.([\w-]+)$/.exec(entry) ?? [];
    return mark === undefined || value === undefined ? [] : [{ mark, value }];
  });
}

function valueFor(ticket: string, http: Place['http']): string | undefined {
  const mark = markOf(ticket);
  return heldBy(http).find((held) => held.mark === mark)?.value;
}

function othersThan(ticket: string, http: Place['http']): readonly Held[] {
  const mark = markOf(ticket);
  return heldBy(http).filter((held) => held.mark !== mark);
}

function cookieOf(held: readonly Held[]): NonNullable<HttpResponse['signIn']> {
  if (held.length === 0) return 'cleared';
  return { value: held.map(({ mark, value }) => `${mark}.${value}`).join('~'), maxAge: lifetime };
}

function markOf(ticket: string): string {
  return hashOf(ticket).slice(0, 8);
}

function keyOf(value: string, ticket: string): string {
  return `sign-in:${hashOf(JSON.stringify([value, ticket]))}`;
}

function claimOf({ http, ticket }: Place, step: string): string {
  return `step:${hashOf(JSON.stringify([valueFor(ticket, http) ?? '', ticket, step]))}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
