/** What a client may learn about a user. OpenID Connect Core sections 5.3 to 5.5. */
import type { Server } from '../contracts.js';
import type { ClaimRequest } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { claimsOfScopes, isStandardClaim, protocolClaims } from '../rules/identity-scopes.js';

export interface ClaimsAsked {
  readonly sub: string;
  readonly client: Client;
  /** The scopes whose claims are wanted. */
  readonly scopes: readonly string[];
  /** Claims asked for by name. */
  readonly named?: Readonly<Record<string, ClaimRequest>> | undefined;
  readonly locales?: readonly string[] | undefined;
}

/** The claims that were asked for and that the host knows; a claim that is unknown is left out, also an essential one. Section 5.5.1. */
export async function claimsFor(
  { sub, client, scopes, named = {}, locales = [] }: ClaimsAsked,
  { settings: { users } }: Pick<Server, 'settings'>,
): Promise<Record<string, unknown>> {
  const claims = [...new Set([...claimsOfScopes(scopes), ...Object.keys(named)])].filter((name) => !protocolClaims.includes(name));
  if (claims.length === 0) return {};
  const known: object =
    (await (users.claims ? users.claims(sub, { scopes, claims: [...claims], locales, client }) : users.find?.(sub))) || {};
  const wanted = Object.keys(known).filter((name) => isAskedFor(name, claims) && (users.claims !== undefined || isStandardClaim(name)));
  const source = users.claims ? 'users.claims' : 'users.find';
  const read = wanted.map((name) => [name, readClaim(name, known as Readonly<Record<string, unknown>>, source)] as const);
  return Object.fromEntries(read.filter(([name, value]) => value !== undefined && value !== null && fits(value, named[name])));
}

/**
 * As JSON has it, so without functions: one called `toJSON`, which a client may ask for by name, would write the answer in place of us.
 *
 * @throws TypeError; the host's function is at fault
 */
function readClaim(name: string, known: Readonly<Record<string, unknown>>, source: string): unknown {
  try {
    const value = known[name];
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`${source} must give the claim ${name} as something that can be written as JSON.`, { cause });
  }
}

/** A claim in a language of its own is called name#tag: whoever asks for the name gets it too. Section 5.2. */
function isAskedFor(name: string, claims: readonly string[]): boolean {
  return claims.includes(name) || claims.includes(name.split('#', 1)[0] as string);
}

/** A claim that is asked for with a value is given with that value, or not at all. */
function fits(value: unknown, request: ClaimRequest | undefined): boolean {
  if (!request) return true;
  if ('value' in request) return value === request.value;
  return request.values?.includes(value) ?? true;
}
