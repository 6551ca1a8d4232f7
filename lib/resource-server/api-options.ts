/** The options of `protectApi`, as an API on another machine writes them, and their check. */
import { isObject } from '../clients/members.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors.js';
import { isHttpsOrLoopback } from '../http/url.js';
import type { PlatformFetch } from '../platform/bounded-fetch.js';
import { consoleLog, type Log, unfailing } from '../platform/log.js';
import { isScopeToken } from '../rules/scope.js';
import { isListOf, type MemberRule, problemsOf } from './member-rules.js';

/**
 * What `protectApi` needs to know. Two are required: `issuer` and `audience`.
 *
 * @example
 * ```ts
 * const protect = protectApi({
 *   issuer: 'https://app.example.com',
 *   audience: 'https://api.example.com/contacts',
 *   scopes: ['read:contacts', 'create:contacts'],
 * });
 * ```
 */
export interface ProtectApiOptions {
  /** The authorization server, byte for byte as its metadata has it. RFC 8414 section 2. */
  issuer: string;

  /** The identifier of this API: the `aud` of its tokens, and under `apis` at the authorization server. RFC 8707 section 2. */
  audience: string;

  /** The scopes of this API: for its metadata, and so that a slip in a route is found out. Default: not known here. */
  scopes?: readonly string[] | undefined;

  /** What people call this API, for its metadata. */
  name?: string | undefined;

  /**
   * Ask the authorization server for each request whether the token was revoked, at the price of a round trip; needs `introspection`.
   * Routes can say so, too, one by one. Default: `false`.
   */
  strict?: boolean | undefined;

  /** As whom to ask the authorization server about opaque tokens. Default: they are refused. RFC 7662. */
  introspection?: IntrospectionOptions | undefined;

  /** In seconds, 300 at most: so far may the clocks of the two machines be apart. Default: 10. */
  clockTolerance?: number | undefined;

  /** Stands in for the `fetch` of the platform, for requests to the authorization server: for a proxy, or certificates of your own. */
  fetch?: PlatformFetch | undefined;

  /** Where errors go. Default: the console. */
  log?: Log | undefined;
}

/** A client of the authorization server that may introspect tokens. It authenticates by `client_secret_basic`. */
export interface IntrospectionOptions {
  client_id: string;
  /** The type allows `undefined` only so that environment variables fit; one that is not set is reported. */
  client_secret: string | undefined;
  /** In seconds: so long an answer is believed, at most until the token expires. 0: each request asks. Default: 10. */
  cacheFor?: number | undefined;
}

/** The options, checked and complete. */
export interface ApiSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly scopes: readonly string[] | undefined;
  readonly name: string | undefined;
  readonly strict: boolean;
  readonly introspection: { readonly client_id: string; readonly client_secret: string; readonly cacheFor: number } | undefined;
  readonly clockTolerance: number;
  readonly fetch: PlatformFetch;
  readonly log: Log;
}

const rules: Readonly<Record<keyof ProtectApiOptions, MemberRule>> = {
  issuer: {
    required: true,
    isRight: (value) => typeof value === 'string' && isHttpsOrLoopback(value) && !/[?#]|\/\/[^/]*@/.test(value),
    cure: 'Write the https URL of the authorization server, as https://app.example.com; http will do on localhost.',
  },
  audience: {
    required: true,
    isRight: (value) => typeof value === 'string' && /^[\x21\x22\x24-\x7e]+$/.test(value) && URL.canParse(value),
    cure: 'Write the identifier of this API, an absolute URI without fragment, as https://api.example.com/contacts.',
  },
  scopes: { isRight: (value) => isListOf(value, isScopeToken), cure: "Write a list of scopes, as ['read:contacts']." },
  name: { isRight: (value) => typeof value === 'string', cure: 'Write what people call this API.' },
  strict: { isRight: (value) => typeof value === 'boolean', cure: 'Write true or false.' },
  introspection: { isRight: isObject, cure: 'Write { client_id, client_secret }.' },
  clockTolerance: { isRight: (value) => isSeconds(value) && value <= 300, cure: 'Write a number of seconds, 300 at most.' },
  fetch: { isRight: (value) => typeof value === 'function', cure: 'Give a function like the fetch of the platform.' },
  log: {
    isRight: (value) => isObject(value) && typeof value.warn === 'function' && typeof value.error === 'function',
    cure: 'Give an object with warn and error, as console has them.',
  },
};

const isText = (value: unknown) => typeof value === 'string' && value !== '';

const introspectionRules: Readonly<Record<keyof IntrospectionOptions, MemberRule>> = {
  client_id: { required: true, isRight: isText, cure: 'Write that of a client that may introspect tokens of this API.' },
  client_secret: { required: true, isRight: isText, cure: 'Write its secret. Is an environment variable not set?' },
  cacheFor: { isRight: isSeconds, cure: 'Write a number of seconds; 0 asks each time.' },
};

/** @throws ConfigurationError with every mistake */
export function readApiOptions(options: unknown): ApiSettings {
  if (!isObject(options)) throw wrong([{ path: 'options', problem: 'They are not an object.', cure: 'Write { issuer, audience }.' }]);
  const { strict = false, introspection } = options as unknown as ProtectApiOptions;
  const problems = [
    ...problemsOf(options, rules, (name) => name),
    ...(isObject(introspection) ? problemsOf(introspection, introspectionRules, (name) => `introspection.${name}`) : []),
    ...(strict && introspection === undefined ? [nobodyToAsk] : []),
  ];
  if (problems.length > 0) throw wrong(problems);

  const { issuer, audience, scopes, name, clockTolerance = 10, log = consoleLog, ...given } = options as unknown as ProtectApiOptions;
  const fetch: PlatformFetch = given.fetch ?? ((input, init) => globalThis.fetch(input, init));
  return {
    issuer,
    audience,
    scopes,
    name,
    strict,
    introspection: introspection && {
      client_id: introspection.client_id,
      client_secret: introspection.client_secret as string,
      cacheFor: introspection.cacheFor ?? 10,
    },
    clockTolerance,
    fetch,
    log: unfailing(log),
  };
}

const nobodyToAsk: ConfigurationProblem = {
  path: 'strict',
  problem: 'Nobody can be asked.',
  cure: 'Give the option introspection: { client_id, client_secret }.',
};

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function wrong(problems: readonly ConfigurationProblem[]): ConfigurationError {
  return new ConfigurationError(problems, 'protectApi');
}
