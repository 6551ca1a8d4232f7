/** What a route of an API asks of an access token: read once, when the route is defined. RFC 6750 section 3.1, RFC 9470 sections 3 and 4. */
import { suggest } from '../config/suggest.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors.js';
import type { HostRequest } from '../model/user.js';
import { isScopeToken } from '../rules/scope.js';
import type { Auth } from './auth.js';
import type { ChallengeParameters } from './challenge.js';
import { isListOf, type MemberRule, meant, problemsOf } from './member-rules.js';

/** The request of a route, with what Express has read of it. */
export type RouteRequest = HostRequest & {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** What a parser of the host has read before `protect`. */
  readonly body?: unknown;
};

/** What a route asks for, beyond a valid token of its API. All of it is optional, and all that is there must be met. */
export interface Requirements {
  /** The identifier of the API, where its scopes do not tell: APIs may use the same names. */
  readonly audience?: string | undefined;
  /** All of these are needed. */
  readonly scopes?: readonly string[] | undefined;
  /** One of these is needed; who has none is told to ask for the first. */
  readonly anyScope?: readonly string[] | undefined;
  /**
   * Your own rule, asked last. Whatever it returns but `true` is a refusal with 403 `access_denied`; what it throws goes to the error
   * handler of the app.
   *
   * @example ({ sub }, req) => sub === req.params.user
   */
  readonly allow?: ((auth: Auth, req: RouteRequest) => boolean | Promise<boolean>) | undefined;
  /** The user must have proved who they are in one of these ways (the claim `acr`), the best first. RFC 9470. */
  readonly acrValues?: readonly string[] | undefined;
  /** So many seconds ago at most (the claim `auth_time`). RFC 9470. */
  readonly maxAge?: number | undefined;
  /** Ask for each request whether the token was revoked, at the price of a round trip. */
  readonly strict?: boolean | undefined;
}

/** An API, as far as its routes are concerned. */
export interface ProtectedApi {
  readonly identifier: string;
  /** Left out: not known here, so no slip in a name is found out. */
  readonly scopes?: readonly string[] | undefined;
}

/** Requirements that were read, with the API that they are for. */
export interface ProtectedRoute<Api extends ProtectedApi> {
  readonly api: Api;
  readonly scopes: readonly string[];
  readonly anyScope: readonly string[];
  readonly allow: Requirements['allow'];
  readonly acrValues: readonly string[];
  readonly maxAge: number | undefined;
  readonly strict: boolean | undefined;
}

/** What a valid token lacks, with all that the client must ask for to have it. */
export interface Lack {
  readonly code: 'insufficient_scope' | 'insufficient_user_authentication';
  readonly message: string;
  readonly parameters: ChallengeParameters;
}

/** `protect('a', 'b')` or `protect({ … })`. @throws ConfigurationError, rather than an answer that refuses everyone */
export function readRequirements<Api extends ProtectedApi>(given: readonly unknown[], apis: readonly Api[]): ProtectedRoute<Api> {
  const call = callOf(given);
  const requirements = readMembers(given, call);
  const { scopes = [], anyScope = [], allow, acrValues = [], maxAge, strict } = requirements;
  return { api: chooseApi(requirements, apis, call), scopes, anyScope, allow, acrValues, maxAge, strict };
}

/** All scopes of the operation. Of those that will do alike, the one that the client has; or the first. */
export function neededScopes(
  { scopes, anyScope }: Pick<ProtectedRoute<ProtectedApi>, 'scopes' | 'anyScope'>,
  held: readonly string[],
): string[] {
  const one = anyScope.find((scope) => held.includes(scope)) ?? anyScope[0];
  return [...new Set([...scopes, ...(one === undefined ? [] : [one])])];
}

/**
 * Who must authenticate anew is told of the scopes as well, so that one more request is enough. RFC 9470 section 3.
 *
 * @param now - in seconds since 1970
 */
export function lackOf(route: Omit<ProtectedRoute<ProtectedApi>, 'api' | 'allow' | 'strict'>, auth: Auth, now: number): Lack | undefined {
  const { acrValues, maxAge } = route;
  const needed = neededScopes(route, auth.scopes);
  const lacksScope = needed.some((scope) => !auth.scopes.includes(scope));
  const scope = needed.join(' ');
  const lacksContext = acrValues.length > 0 && !acrValues.some((acr) => acr === auth.claims.acr);
  const lacksRecency = maxAge !== undefined && !isRecent(auth.claims.auth_time, now - maxAge);

  if (lacksContext || lacksRecency) {
    return {
      code: 'insufficient_user_authentication',
      message: lacksContext ? 'A different authentication level is required.' : 'More recent authentication is required.',
      parameters: { acr_values: acrValues.join(' '), max_age: maxAge?.toString(), scope: lacksScope ? scope : undefined },
    };
  }
  return lacksScope ? { code: 'insufficient_scope', message: `This needs the scope: ${scope}.`, parameters: { scope } } : undefined;
}

/** A token that does not tell when is no proof that it was not long ago. */
function isRecent(auth_time: unknown, since: number): boolean {
  return typeof auth_time === 'number' && auth_time >= since;
}

const scopeList: MemberRule = { isRight: (value) => isListOf(value, isScopeToken), cure: "Write a list of scopes, as ['read:contacts']." };

/** What each member may be. */
export const requirementRules: Readonly<Record<keyof Requirements, MemberRule>> = {
  audience: { isRight: (value) => typeof value === 'string', cure: 'Write the identifier of an API.' },
  scopes: scopeList,
  anyScope: { ...scopeList, isRight: (value) => scopeList.isRight(value) && (value as unknown[]).length > 0 },
  allow: { isRight: (value) => typeof value === 'function', cure: 'Give a function: (auth, req) => auth.sub === req.params.user.' },
  acrValues: {
    isRight: (value) => isListOf(value, (text) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)) && (value as unknown[]).length > 0,
    cure: "Write a list of names without spaces, as ['urn:example:mfa'].",
  },
  maxAge: { isRight: (value) => Number.isSafeInteger(value) && (value as number) > 0, cure: 'Write a number of seconds, 1 or more.' },
  strict: { isRight: (value) => typeof value === 'boolean', cure: 'Write true or false.' },
};

function readMembers(given: readonly unknown[], call: string): Requirements {
  const [first] = given;
  if (given.every((scope) => typeof scope === 'string')) return { scopes: checkStrings(given as string[], call) };
  if (given.length > 1 || typeof first !== 'object' || first === null || Array.isArray(first)) {
    const cure = "Write protect('read:contacts'), or protect({ scopes: ['read:contacts'] }).";
    throw wrong({ path: call, problem: 'These are neither scopes nor one object.', cure });
  }
  const problems = problemsOf(first, requirementRules, (name) => `protect({ ${name} })`);
  if (problems.length > 0) throw wrong(...problems);
  return first;
}

function checkStrings(scopes: readonly string[], call: string): readonly string[] {
  if (scopes.every(isScopeToken)) return scopes;
  throw wrong({ path: call, problem: 'A scope has no spaces.', cure: "Write several as protect('read:contacts', 'create:contacts')." });
}

function chooseApi<Api extends ProtectedApi>(
  { audience, scopes = [], anyScope = [] }: Requirements,
  apis: readonly Api[],
  path: string,
): Api {
  const named = [...scopes, ...anyScope];
  const candidates = apis.filter(({ identifier }) => audience === undefined || identifier === audience);
  if (candidates.length === 0) throw wrong({ path, ...unknownApi(audience as string, apis) });
  const [api, ...others] = candidates.filter((candidate) => named.every((scope) => candidate.scopes?.includes(scope) ?? true));
  if (!api) throw wrong({ path, ...unknownScopes(named, candidates) });
  if (others.length > 0) {
    const names = [api, ...others].map(({ identifier }) => identifier).join(', ');
    const problem = `More than one API has ${named.length > 0 ? 'these scopes' : 'no need of a scope'}: ${names}.`;
    throw wrong({ path, problem, cure: 'Name the one that is meant: protect({ audience, scopes }).' });
  }
  return api;
}

function unknownApi(audience: string, apis: readonly ProtectedApi[]): Omit<ConfigurationProblem, 'path'> {
  const known = apis.map(({ identifier }) => identifier);
  return { problem: `There is no API ${audience}.`, cure: meant(audience, known) };
}

function unknownScopes(named: readonly string[], apis: readonly ProtectedApi[]): Omit<ConfigurationProblem, 'path'> {
  const known = [...new Set(apis.flatMap(({ scopes = [] }) => scopes))];
  const slip = named.find((scope) => !known.includes(scope));
  const guess = slip === undefined ? undefined : suggest(slip, known);
  const hint = guess === undefined ? '' : `Did you mean \`${guess}\`? `;
  return {
    problem: apis.length === 1 ? `The API ${apis[0]?.identifier} has not all of these scopes.` : 'No API has all of these scopes.',
    cure: `${hint}Add them to the scopes of the API, or choose among: ${known.join(', ')}.`,
  };
}

/** The call as it was written, for the message. */
function callOf(given: readonly unknown[]): string {
  const written = given.map((one) => (typeof one === 'object' && one !== null ? `{ ${Object.keys(one).join(', ')} }` : `'${String(one)}'`));
  return `protect(${written.join(', ')})`;
}

function wrong(...problems: readonly ConfigurationProblem[]): ConfigurationError {
  return new ConfigurationError(problems, 'protect');
}
