/** What a user has agreed to for a client. */
import { hash } from 'node:crypto';
import type { Server } from '../contracts.js';
import type { Audiences } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import type { Stored } from '../model/store.js';
import { byAudience, type Permission } from '../rules/permission.js';

export interface Consent {
  /** Scopes of an API under its identifier, what is about the user under the empty name. */
  readonly audiences: Audiences;
  /** When the user last agreed to something, in seconds since 1970. */
  readonly agreed_at: number;
  /** What the client was when the user agreed: another, and the user is asked anew. */
  readonly revision?: string;
}

interface Subject {
  readonly client_id: string;
  readonly sub: string;
}

/** A client as it was when the user agreed. */
interface Revised extends Subject {
  readonly revision?: string | undefined;
}

/** `undefined` if the user has never been asked, or has taken it back. */
export async function findConsent(subject: Subject, { store }: Pick<Server, 'store'>): Promise<Stored<Consent> | undefined> {
  return store.get<Consent>(keyOf(subject));
}

/**
 * Where a client gets its answers, and how it proves who it is, if it may change that by itself: what was agreed to then holds for nobody
 * else. What is behind a `jwks_uri` may change, as keys are replaced. draft-ietf-oauth-client-id-metadata-document-02 section 8.4.
 *
 * @returns `undefined` for a client of the host's, who knows about every change
 */
export function revisionOf({ source, redirect_uris, authMethods, jwks, jwks_uri }: Client): string | undefined {
  if (source === 'host') return undefined;
  return digest([[...redirect_uris].sort(), authMethods, jwks, jwks_uri]);
}

/** What was agreed to, if it was agreed to for the client as it is now. */
export function inForce<C extends Pick<Consent, 'revision'>>(consent: C | undefined, revision: string | undefined): C | undefined {
  return consent?.revision === revision ? consent : undefined;
}

export function hasAgreed(consent: Consent | undefined, { audience, scope }: Permission): boolean {
  return consent?.audiences[audience]?.includes(scope) ?? false;
}

/**
 * Adds to what was agreed to `before`, as far as that is in force. Two tabs may do so at once, and neither answer is lost.
 *
 * @param before - may have changed since it was read: then it is read anew
 * @returns what it was added to, if there was anything
 */
export async function addConsent(
  subject: Revised,
  agreed: readonly Permission[],
  before: Stored<Consent> | undefined,
  server: Pick<Server, 'store' | 'clock' | 'settings'>,
): Promise<Consent | undefined> {
  const { store, settings } = server;
  const [kept] = await Promise.all([
    write(subject, agreed, before, server),
    store.link(ownerOf(subject.sub), subject.client_id, settings.lifetimes.consent),
  ]);
  return kept;
}

async function write(
  subject: Revised,
  agreed: readonly Permission[],
  before: Stored<Consent> | undefined,
  server: Pick<Server, 'store' | 'clock' | 'settings'>,
): Promise<Consent | undefined> {
  const { store, clock, settings } = server;
  const key = keyOf(subject);
  const { revision } = subject;
  const kept = inForce(before?.value, revision);
  const consent: Consent = {
    ...kept,
    audiences: joined(kept?.audiences ?? {}, byAudience(agreed)),
    agreed_at: clock(),
    ...(revision !== undefined && { revision }),
  };
  const ttl = settings.lifetimes.consent;
  const written = before ? await store.swap(key, before.version, consent, ttl) : await store.add(key, consent, ttl);
  return written ? kept : write(subject, agreed, await findConsent(subject, server), server);
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
  return `consent:${digest([client_id, sub])}`;
}

function digest(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url');
}

function ownerOf(sub: string): string {
  return `consents:${hash('sha256', sub, 'base64url')}`;
}
