/** What a user has agreed to for a client. */
import { createHash } from 'node:crypto';
import type { Server } from '../contracts.js';
import { isIdentityScope } from '../rules/identity-scopes.js';

/** Scopes of an API under its identifier, what is about the user under the empty name. */
interface Consent {
  readonly audiences: Readonly<Record<string, readonly string[]>>;
}

interface Subject {
  readonly client_id: string;
  readonly sub: string;
}

const aboutUser = '';

/** What was agreed to for this API and about the user; `undefined` if the user has never been asked. */
export async function findConsent(
  subject: Subject,
  audience: string,
  { store }: Pick<Server, 'store'>,
): Promise<readonly string[] | undefined> {
  const audiences = (await store.get<Consent>(keyOf(subject)))?.value.audiences;
  return audiences && [...(audiences[aboutUser] ?? []), ...(audiences[audience] ?? [])];
}

/** Adds to what was agreed to before. Two tabs may do so at once, and neither answer is lost. */
export async function addConsent(
  subject: Subject,
  audience: string,
  agreed: readonly string[],
  server: Pick<Server, 'store' | 'settings'>,
): Promise<void> {
  const { store, settings } = server;
  const key = keyOf(subject);
  const stored = await store.get<Consent>(key);
  const consent = withMore(stored?.value.audiences ?? {}, audience, agreed);
  const ttl = settings.lifetimes.consent;
  const written = stored ? await store.swap(key, stored.version, consent, ttl) : await store.add(key, consent, ttl);
  if (!written) await addConsent(subject, audience, agreed, server);
}

function withMore(before: Consent['audiences'], audience: string, agreed: readonly string[]): Consent {
  const user = agreed.filter(isIdentityScope);
  const api = agreed.filter((word) => !isIdentityScope(word));
  const joined = (name: string, more: readonly string[]) => [...new Set([...(before[name] ?? []), ...more])];
  return { audiences: { ...before, [aboutUser]: joined(aboutUser, user), [audience]: joined(audience, api) } };
}

/** Hashed, because both names are others' and may be long. */
function keyOf({ client_id, sub }: Subject): string {
  return `consent:${createHash('sha256')
    .update(JSON.stringify([client_id, sub]))
    .digest('base64url')}`;
}
