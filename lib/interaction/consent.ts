/** Which scopes a user has agreed to for a client. */
import { createHash } from 'node:crypto';
import type { Server } from '../contracts.js';

interface Consent {
  readonly audiences: Readonly<Record<string, readonly string[]>>;
}

interface Subject {
  readonly client_id: string;
  readonly sub: string;
}

/** The scopes of the API that were agreed to; `undefined` if the user has never been asked for it. */
export async function findConsent(
  subject: Subject,
  audience: string,
  { store }: Pick<Server, 'store'>,
): Promise<readonly string[] | undefined> {
  return (await store.get<Consent>(keyOf(subject)))?.value.audiences[audience];
}

/** Adds to what was agreed to before. Two tabs may do so at once, and neither answer is lost. */
export async function addConsent(
  subject: Subject,
  audience: string,
  scope: readonly string[],
  server: Pick<Server, 'store' | 'settings'>,
): Promise<void> {
  const { store, settings } = server;
  const ttl = settings.lifetimes.consent;
  const key = keyOf(subject);
  const stored = await store.get<Consent>(key);
  const before = stored?.value.audiences ?? {};
  const consent: Consent = { audiences: { ...before, [audience]: [...new Set([...(before[audience] ?? []), ...scope])] } };
  const written = stored ? await store.swap(key, stored.version, consent, ttl) : await store.add(key, consent, ttl);
  if (!written) await addConsent(subject, audience, scope, server);
}

/** Hashed, because both names are others' and may be long. */
function keyOf({ client_id, sub }: Subject): string {
  return `consent:${createHash('sha256')
    .update(JSON.stringify([client_id, sub]))
    .digest('base64url')}`;
}
