/** What a user has agreed to for a client. */
import { createHash } from 'node:crypto';
import type { Server } from '../contracts.js';
import type { Audiences } from '../model/authorization.js';
import type { Stored } from '../model/store.js';
import { byAudience, type Permission } from '../rules/permission.js';

export interface Consent {
  /** Scopes of an API under its identifier, what is about the user under the empty name. */
  readonly audiences: Audiences;
  /** When the user last agreed to something, in seconds since 1970. */
  readonly agreed_at: number;
}

interface Subject {
  readonly client_id: string;
  readonly sub: string;
}

/** `undefined` if the user has never been asked, or has taken it back. */
export async function findConsent(subject: Subject, { store }: Pick<Server, 'store'>): Promise<Stored<Consent> | undefined> {
  return store.get<Consent>(keyOf(subject));
}

export function hasAgreed(consent: Consent | undefined, { audience, scope }: Permission): boolean {
  return consent?.audiences[audience]?.includes(scope) ?? false;
}

/** Adds to what was agreed to `before`. Two tabs may do so at once, and neither answer is lost. */
export async function addConsent(
  subject: Subject,
  agreed: readonly Permission[],
  before: Stored<Consent> | undefined,
  server: Pick<Server, 'store' | 'clock' | 'settings'>,
): Promise<void> {
  const { store, settings } = server;
  await Promise.all([
    write(subject, agreed, before, server),
    store.link(ownerOf(subject.sub), subject.client_id, settings.lifetimes.consent),
  ]);
}

async function write(
  subject: Subject,
  agreed: readonly Permission[],
  before: Stored<Consent> | undefined,
  server: Pick<Server, 'store' | 'clock' | 'settings'>,
): Promise<void> {
  const { store, clock, settings } = server;
  const key = keyOf(subject);
  const consent: Consent = { audiences: joined(before?.value.audiences ?? {}, byAudience(agreed)), agreed_at: clock() };
  const ttl = settings.lifetimes.consent;
  const written = before ? await store.swap(key, before.version, consent, ttl) : await store.add(key, consent, ttl);
  if (!written) await write(subject, agreed, await findConsent(subject, server), server);
}

function joined(before: Audiences, more: Audiences): Audiences {
  const names = [...new Set([...Object.keys(before), ...Object.keys(more)])];
  return Object.fromEntries(names.map((name) => [name, [...new Set([...(before[name] ?? []), ...(more[name] ?? [])])]]));
}

/** The user takes it back, and is asked again. Says whether there was anything. */
export async function withdrawConsent(subject: Subject, { store }: Pick<Server, 'store'>): Promise<boolean> {
  return store.delete(keyOf(subject));
}

/** The clients that this user has agreed to at some time; one may have been taken back since. */
export async function clientsAgreedTo(sub: string, { store }: Pick<Server, 'store'>): Promise<readonly string[]> {
  return store.linked(ownerOf(sub));
}

/** Hashed, because both names are others' and may be long. */
function keyOf({ client_id, sub }: Subject): string {
  return `consent:${createHash('sha256')
    .update(JSON.stringify([client_id, sub]))
    .digest('base64url')}`;
}

function ownerOf(sub: string): string {
  return `consents:${createHash('sha256').update(sub).digest('base64url')}`;
}
