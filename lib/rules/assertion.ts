/** What an assertion must say, and how much may be granted for it. RFC 7523 section 3. */
import type { JWTPayload } from 'jose';
import type { Settings } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { Parameters } from '../http/parameters.js';
import type { Client } from '../model/client.js';
import { isIdentityScope } from './identity-scopes.js';
import { readResources } from './resource.js';
import { knownScopes, parseScope, readScopeAtOne } from './scope.js';

/** The `grant_type`. RFC 7523 section 2.1. */
export const jwtBearerType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** In seconds: so far may the clocks of issuers be off. */
export const clockTolerance = 10;

/** This server and nobody else, or the others could use the assertion here. Nor is anything unwrapped: `[[issuer]]` is not the issuer. */
export function checkAudience({ aud }: JWTPayload, expected: string): void {
  const [only, ...others] = Array.isArray(aud) ? aud : [aud];
  if (only !== expected || others.length > 0) throw refusal(`The aud of the assertion must be ${expected}, and nothing besides.`);
}

/** Besides `exp` and `nbf`, which were checked with the signature: an assertion is for now, and not for keeping. */
export function checkLifetime({ exp, iat }: JWTPayload, longest: number, now: number): void {
  if (iat !== undefined && iat > now + clockTolerance) throw refusal('The iat of the assertion is in the future: is a clock wrong?');
  if ((exp as number) - (iat ?? now) > longest) throw refusal(`The assertion is valid for more than ${longest} seconds.`);
}

/** What would bind it or limit it in ways that are not known here: without them it would be worth more than its issuer meant. */
export function checkUnderstood(claims: JWTPayload): void {
  const unknown = ['cnf', 'authorization_details'].filter((name) => claims[name] !== undefined);
  if (unknown.length > 0) throw refusal(`The assertion has ${unknown.join(' and ')}, which is not supported here.`);
}

export function needClaim(claims: JWTPayload, name: string): string {
  const value = claims[name];
  if (typeof value !== 'string' || value === '') throw refusal(`The ${name} of the assertion is missing, or is not a string.`);
  return value;
}

/** How much an assertion allows; what is left out is not limited by it. */
export interface AssertionLimits {
  readonly scope?: readonly string[];
  readonly resources?: readonly string[];
}

/** draft-ietf-oauth-identity-assertion-authz-grant section 3: a string of scopes, and one API or several. */
export function readLimits({ scope, resource }: JWTPayload): AssertionLimits {
  const resources = Array.isArray(resource) ? resource : [resource];
  if (resource !== undefined && !resources.every((item) => typeof item === 'string')) {
    throw refusal('The resource of the assertion is neither a string nor a list of strings.');
  }
  if (scope !== undefined && typeof scope !== 'string') throw refusal('The scope of the assertion is not a string.');
  return { ...(scope !== undefined && { scope: parseScope(scope) }), ...(resource !== undefined && { resources }) };
}

/** All that narrows a grant: the assertion, the host's option, and whether there is a user. */
export interface GrantLimits extends AssertionLimits {
  readonly scopes?: readonly string[];
  readonly user: boolean;
}

/** What the request asks for, within the limits; where it names nothing, as much as they allow. */
export function readScopeWithin(
  parameters: Parameters,
  client: Client,
  limits: GrantLimits,
  settings: Pick<Settings, 'apis' | 'issuer'>,
): { scope: readonly string[]; audience: string } {
  const asked = parseScope(parameters.get('scope') ?? '');
  const beyond = limits.scope ? asked.filter((word) => !limits.scope?.includes(word)) : [];
  if (beyond.length > 0) throw new OAuthError('invalid_scope', `Beyond the scope of the assertion: ${beyond.join(' ')}.`);
  const ofUsers = limits.user ? [] : asked.filter(isIdentityScope);
  if (ofUsers.length > 0) throw new OAuthError('invalid_scope', `There is no user here, so there is no scope: ${ofUsers.join(' ')}.`);

  const resources = readResourcesWithin(parameters, limits, settings);
  const narrowed = new Parameters([['scope', asked.join(' ')], ...resources.map((resource) => ['resource', resource] as const)]);
  return readScopeAtOne(narrowed, within(client, resources, limits, settings), settings);
}

function readResourcesWithin(parameters: Parameters, { resources }: AssertionLimits, settings: Pick<Settings, 'apis'>): readonly string[] {
  const asked = readResources(parameters, settings);
  if (!resources) return asked;
  const allowed = readResources(new Parameters(resources.map((resource) => ['resource', resource])), settings);
  const beyond = asked.filter((resource) => !allowed.includes(resource));
  if (beyond.length > 0) {
    throw new OAuthError('invalid_target', `The assertion is not for ${beyond.join(', ')}, but for: ${allowed.join(', ')}.`);
  }
  return asked.length > 0 ? asked : allowed;
}

/** The client as it may ask here: for no more than each of the limits has, and for nothing that a refresh token would be needed for. */
function within(
  client: Client,
  resources: readonly string[],
  { scope, scopes, user }: GrantLimits,
  settings: Pick<Settings, 'apis'>,
): Client {
  const [first, ...others] = [scope, scopes, client.scope].filter((limit) => limit !== undefined);
  if (!first) return client;
  const known = knownScopes(settings);
  const isAtTarget = (word: string) => resources.length === 0 || resources.some((name) => settings.apis.get(name)?.scopes.has(word));
  const left = first.filter(
    (word) =>
      known.includes(word) &&
      others.every((limit) => limit.includes(word)) &&
      (isIdentityScope(word) ? user && word !== 'offline_access' : isAtTarget(word)),
  );
  if (left.length === 0) throw new OAuthError('invalid_scope', 'Of what the assertion allows, this client may have nothing here.');
  return { ...client, scope: left };
}

export function refusal(message: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_grant', message, { cause });
}
