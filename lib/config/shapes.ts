/** What each option may be, one by one; `check.ts` holds them against each other. The sentences never show a value that may be secret. */
import { createPrivateKey, createPublicKey, type JsonWebKey, sign, verify } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RedisOptions } from 'ioredis';
import type { JWK } from 'jose';
import { z } from 'zod';
import { isObject, last, mustBe, says } from '../clients/members.js';
import type { AccessTokenFormat, Grant, Lifetimes } from '../contracts.js';
import { isHttpsOrLoopback, isPath } from '../http/url.js';
import { algorithmFor, signingAlgorithms } from '../keys/algorithms.js';
import type { Store } from '../model/store.js';
import type { Users } from '../model/user.js';
import { isHostPattern } from '../platform/fetch.js';
import type { Log } from '../platform/log.js';
import { isIdentityScope } from '../rules/identity-scopes.js';
import { isScopeToken } from '../rules/scope.js';
import type { RedisClient } from '../store/redis.js';
import { defaults } from './defaults.js';
import type { FindClient } from './options.js';

const makeSecret = '`openssl rand -base64 32` makes one.';

const issuer = z
  .string(mustBe('a string', 'Write the https URL of this server, as https://app.example.com.'))
  .refine((url) => !/\/\/[^/?#]*@/.test(url), last('It has a user name or password.', 'Leave out all up to the @.'))
  .refine(isHttpsOrLoopback, last('It is not an https URL.', 'Write one, as https://app.example.com; http will do on localhost.'))
  .refine((url) => !/[?#]/.test(url), last('It has a query or a fragment.', 'Leave out all from ? or # on (RFC 8414 section 2).'))
  .refine((url) => !url.endsWith('/'), last('It ends with a slash.', 'Leave it out: clients compare the issuer byte for byte.'))
  .refine(isPathAsSent, last('Browsers would write its path otherwise.', 'Write it without . and .., and percent-encode what must be.'));

/** Whether requests will have the path of `url` just as it stands there. */
function isPathAsSent(url: string): boolean {
  const [, path] = /^https?:\/\/[^/]+(.*)$/.exec(url) ?? [];
  return (path || '/') === new URL(url).pathname;
}

const secret = z
  .string(
    says(
      (value) => (value === undefined ? 'It is undefined: is an environment variable not set?' : 'It is not a string.'),
      `Set it; ${makeSecret}`,
    ),
  )
  .refine((text) => text.length >= 32, says('It has fewer than 32 characters.', makeSecret));

const secrets = z
  .array(secret, mustBe('a list', 'Write [process.env.OAUTH_SECRET]; the newest comes first.'))
  .refine((list) => list.length > 0, says('It is empty.', `Give at least one secret; ${makeSecret}`));

const redis = z
  .custom<string | RedisOptions | RedisClient>(
    (value) => isObject(value) || (typeof value === 'string' && /^rediss?:\/\/./.test(value)),
    last(
      'It is not a Redis URL, nor options or a client of ioredis.',
      'Write redis://… or rediss://…; leave it out to keep all in memory.',
    ),
  )
  .refine(
    (value) => typeof value !== 'object' || namesServer(value),
    says(
      'It is no client of ioredis (perhaps of another package), nor options that name a server.',
      'Pass a client of ioredis, its options with host, path or sentinels, or a URL.',
    ),
  );

/** Other objects would quietly mean localhost:6379. */
function namesServer(value: object): boolean {
  const isClient = 'call' in value && typeof value.call === 'function';
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value));
  return isClient || (isPlain && ['host', 'port', 'path', 'sentinels'].some((name) => name in value));
}

const store = objectWith<Store>(
  ['get', 'put', 'add', 'swap', 'delete', 'link', 'linked', 'close'],
  'Give an object with all methods of the interface Store.',
);

const basePath = z
  .string(mustBe('a string', "Write a path, as '/oauth'."))
  .refine(
    (path) => /^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/.test(path),
    says('It is not a plain path.', "Begin with a slash and end without one, as '/oauth'; '' puts the endpoints right below the issuer."),
  )
  .default(defaults.basePath);

const views = z
  .string(mustBe('a string', 'Write the path of a folder.'))
  .transform((folder) => resolve(folder))
  .refine(
    (folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory(),
    says((folder) => `There is no folder ${folder}.`, 'Create it, or write its absolute path.'),
  );

const log = objectWith<Log>(['warn', 'error'], 'Give an object with warn and error, as console has them.');

const accessTokens = z.custom<AccessTokenFormat>(
  (value) => value === 'jwt' || value === 'opaque',
  says("It is neither 'jwt' nor 'opaque'.", 'Write one of the two, or leave it out.'),
);

export const optionShape = {
  issuer,
  secrets,
  redis: redis.optional(),
  store: store.optional(),
  clients: z.custom<readonly unknown[] | FindClient>(
    (value) => Array.isArray(value) || typeof value === 'function',
    mustBe('a list', 'Write [{ client_id, client_secret, redirect_uris }], or a function that finds a client.'),
  ),
  findClient: z
    .custom<FindClient>((value) => typeof value === 'function', mustBe('a function', 'Write (client_id) => db.clients.get(client_id).'))
    .optional(),
  metadataDocuments: z.boolean(mustBe('true or false', 'Write true, or leave it out.')).default(false),
  registration: z
    .custom<boolean | Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'boolean' || isObject(value),
      mustBe('true, false or an object', 'Write true, or { initialAccessToken }, for example.'),
    )
    .optional(),
  users: anObject<Users>('Write { authenticate }, or { current, loginUrl }.'),
  apis: anObject("Write { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } }."),
  basePath,
  brand: anObject('Write { name, logo, color }.').default({}),
  views: views.optional(),
  accessTokens: accessTokens.default(defaults.accessTokens),
  lifetimes: anObject('Write { accessToken: 600 }, for example.').default({}),
  keys: anObject('Write { rotateEvery: 90 * 86_400 }, for example; or { keys: [ … ] }, a JWK Set.').default({}),
  grants: z.array(z.unknown(), mustBe('a list', 'Write [{ type, redeem }].')).default([]),
  trustedIssuers: z.array(z.unknown(), mustBe('a list', 'Write [{ issuer, profile, … }].')).default([]),
  clientAssertions: anObject("Write { audience: 'endpoint' }, or leave it out.").default({}),
  mtls: anObject("Write { header: 'X-SSL-Client-Cert', verified: 'X-SSL-Client-Verify' }, for example.").optional(),
  pairwise: anObject('Write { salt: process.env.OAUTH_PAIRWISE_SALT }.').optional(),
  outgoing: anObject("Write { allow: ['localhost:8443'] }.").default({}),
  development: z.boolean(mustBe('true or false', 'Leave it out: it is true on http://localhost alone.')).optional(),
  log: log.optional(),
};

const method = z.custom((value) => typeof value === 'function', says('It is not a function.', 'Give a function.')).optional();

export const usersShape = {
  authenticate: method,
  find: method,
  claims: method,
  current: method,
  loginUrl: z
    .string(mustBe('a string', 'Write the path or URL of your login page.'))
    .refine(
      (url) => isPath(url) || isHttpsOrLoopback(url),
      says('It is neither a path nor an https URL.', "Write a path that begins with a slash, as '/login', or an https URL."),
    )
    .optional(),
};

const text = z
  .string(mustBe('a string', 'Write it for people to read.'))
  .refine((words) => words.trim() !== '', says('It is empty.', 'Write it for people to read.'));

export const apiShape = {
  name: text.optional(),
  scopes: anObject("Write { 'read:contacts': 'See your contacts' }.").refine(
    (scopes) => Object.keys(scopes).length > 0,
    says('It names no scope.', "Write { 'read:contacts': 'See your contacts' }."),
  ),
  defaultScopes: z
    .array(z.string(mustBe('a string', 'Write the name of a scope.')), mustBe('a list', 'Put it into brackets: [ … ].'))
    .default([]),
  accessTokens: accessTokens.optional(),
  signingAlg: z.string(mustBe('a string', 'Leave it out, or name an algorithm.')).optional(),
  lifetimes: anObject('Write { accessToken: 600 }, for example.').default({}),
};

/** Those that an API may have of its own. */
export function apiLifetimeShape() {
  const { accessToken, refreshToken } = lifetimeShape;
  return { accessToken: accessToken.unwrap().optional(), refreshToken: refreshToken.unwrap().optional() };
}

/** Asks each of the scopes for a good name and a description. */
export function scopesShape(scopes: object) {
  return Object.fromEntries(Object.keys(scopes).map((name) => [name, scope(name)]));
}

function scope(name: string) {
  return z
    .unknown()
    .refine(
      () => isScopeToken(name),
      says('Its name is not allowed.', 'Use ASCII without spaces, quotes and backslashes (RFC 6749 section 3.3).'),
    )
    .refine(() => !isIdentityScope(name), says('It belongs to OpenID Connect.', "Choose another name, as 'read:profile'."))
    .refine(
      (value) => isObject(value) || text.safeParse(value).success,
      says('It has no description.', 'Write what the consent screen shows.'),
    );
}

const hostsFunction = z.custom<never>((value) => typeof value === 'function', says('It is not a function.', 'Give a function.')).optional();

export const registrationShape = {
  initialAccessToken: hostsFunction,
  refuse: hostsFunction,
  softwareStatements: anObject("Write { issuers: [{ issuer: 'https://store.example.com', jwks_uri: '…' }] }.").optional(),
  lifetime: count('lifetime', 3600, 10 * 365 * 86_400, 90 * 86_400),
  quota: count('quota', 0, 1_000_000, 1_000),
  perHour: count('perHour', 1, 1_000_000, 60),
};

function count(name: string, least: number, most: number, usual: number) {
  const wrong = says(`It is not a whole number from ${least} to ${most}.`, `Write ${name}: ${usual}, the default, or leave it out.`);
  return z.custom<number>((value) => Number.isInteger(value) && least <= Number(value) && Number(value) <= most, wrong).default(usual);
}

/** Of a scope that needs more than a sentence. */
export const scopeShape = {
  description: z
    .string(mustBe('a string', 'Write what the consent screen shows.'))
    .refine((words) => words.trim() !== '', says('It is empty.', 'Write what the consent screen shows.')),
  optional: z.boolean(mustBe('true or false', 'Write true for what users may leave out.')).default(false),
};

/** What the host alone says of a client. */
export const hostsClientShape = {
  firstParty: z.boolean(mustBe('true or false', 'Write true for a client of your own.')).default(false),
  introspects: z
    .array(z.string(mustBe('a string', 'Write the identifier of an API.')), mustBe('a list', 'Put it into brackets: [ … ].'))
    .optional(),
  pkce: z.boolean(mustBe('true or false', 'Leave it out; false frees a confidential client from PKCE.')).default(true),
};

export const pairwiseShape = {
  salt: z.string(mustBe('a string', makeSecret)).refine((text) => text.length >= 32, says('It has fewer than 32 characters.', makeSecret)),
};

export const clientAssertionsShape = {
  audience: z
    .custom<'issuer' | 'endpoint'>(
      (value) => value === 'issuer' || value === 'endpoint',
      says("It is neither 'issuer' nor 'endpoint'.", 'Write one of the two, or leave it out.'),
    )
    .default(defaults.clientAssertions.audience),
};

const headerName = z
  .string(mustBe('a string', "Write the name of a header, as 'X-SSL-Client-Cert'."))
  .refine((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name), says('It is no name of a header.', "Write one, as 'X-SSL-Client-Cert'."))
  .transform((name) => name.toLowerCase());

export const mtlsShape = {
  header: headerName.optional(),
  verified: z
    .union([z.boolean(), headerName], {
      error: () =>
        "It is neither true nor the name of a header.\nWrite the header in which the proxy says SUCCESS, as 'X-SSL-Client-Verify'.",
    })
    .optional(),
  origin: z
    .string(mustBe('a string', "Write an origin, as 'https://mtls.app.example.com'."))
    .refine(
      (url) => isHttpsOrLoopback(url) && new URL(url).origin === url,
      says('It is not an https URL without a path.', "Write an origin, as 'https://mtls.app.example.com'."),
    )
    .optional(),
};

export const outgoingShape = {
  allow: z
    .array(
      z
        .string(mustBe('a string', "Write a host, as 'localhost:8443'."))
        .refine(isHostPattern, says('It is no host.', "Write it without scheme and path, as 'localhost:8443'.")),
      mustBe('a list', "Write ['localhost:8443']."),
    )
    .optional(),
  ca: z
    .custom<string | string[]>(
      (value) => typeof value === 'string' || Array.isArray(value),
      says('It is no certificate.', 'Give it as PEM text, or a list of such.'),
    )
    .optional(),
};

export const grantShape = {
  type: z
    .string(mustBe('a string', "Write its grant_type, as 'urn:example:grant-type:magic-link'."))
    .refine(
      (type) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(type),
      says('It has characters that are not allowed.', 'Write an absolute URI (RFC 6749 section 4.5).'),
    ),
  redeem: z.custom<Grant['redeem']>(
    (value) => typeof value === 'function',
    says('It is not a function.', 'Give async ({ client, parameters, req }) => ({ sub, scope, refresh }).'),
  ),
};

export const brandShape = {
  name: text.optional(),
  logo: z
    .string(mustBe('a string', 'Write the URL of a picture.'))
    .refine(
      (url) => isPath(url) || /^data:image\//.test(url) || (/^https?:\/\//.test(url) && URL.canParse(url)),
      says('It is not the URL of a picture.', 'Write a URL, a path that begins with a slash, or data:image/….'),
    )
    .optional(),
  color: z
    .string(mustBe('a string', "Write it as '#2457c5'."))
    .refine((color) => /^#[0-9a-f]{6}$/i.test(color), says('It is not a colour of the form #rrggbb.', "Write it as '#2457c5'."))
    .default(defaults.brand.color),
};

const day = 86_400; // seconds
const year = 365 * day;

/** Wide enough for whoever knows what they do, and narrow enough to notice milliseconds. RFC 6749 section 4.1.2 limits the code. */
export const lifetimeShape = {
  code: seconds('code', 1, 600),
  accessToken: seconds('accessToken', 1, 30 * day),
  idToken: seconds('idToken', 1, 30 * day),
  refreshToken: seconds('refreshToken', 1, 10 * year),
  authorization: seconds('authorization', 1, 10 * year),
  refreshGrace: seconds('refreshGrace', 0, 300),
  session: seconds('session', 1, 10 * year),
  consent: seconds('consent', 1, 10 * year),
  ticket: seconds('ticket', 1, day),
};

function seconds(name: keyof Lifetimes, least: number, most: number) {
  const wrong = says(`It is not a whole number from ${least} to ${most}.`, `Write seconds, as ${defaults.lifetimes[name]}, the default.`);
  return z
    .custom<number>((value) => Number.isInteger(value) && least <= Number(value) && Number(value) <= most, wrong)
    .default(defaults.lifetimes[name]);
}

const makeKey =
  "`crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })` of node:crypto makes one.";

const knownKeys = signingAlgorithms.map(({ alg, keyType }) => `${alg} (${keyType})`).join(', ');

const signingKey = z
  .custom<JWK>(isObject, says('It is not a JWK.', makeKey))
  .refine(fitsAlgorithm, last(`It is not a key for ${knownKeys}; others are not supported.`, makeKey))
  .refine((jwk) => jwk.d !== undefined, last('It is a public key.', 'Give the private key; the public one is published for you.'))
  .refine(isKeyPair, says('It is damaged: it cannot sign what its public part verifies.', makeKey));

export const givenKeysShape = {
  keys: z
    .array(signingKey, mustBe('a list', 'Write { keys: [ … ] }, a JWK Set.'))
    .refine((list) => list.length > 0, says('It is empty.', 'Give at least one private key, or leave keys out.')),
};

export const storedKeysShape = {
  rotateEvery: z
    .custom<number>(
      (value) => value === 0 || (Number.isInteger(value) && day <= Number(value) && Number(value) <= 10 * year),
      says(
        `It is neither 0 nor a whole number from ${day} to ${10 * year}.`,
        `Write seconds, as ${90 * day}, the default; 0 leaves it to oauth.keys.rotate().`,
      ),
    )
    .default(90 * day),
};

function fitsAlgorithm(jwk: JWK): boolean {
  try {
    return algorithmFor(jwk as JsonWebKey) !== undefined;
  } catch {
    return false; // not even its public part can be read
  }
}

/** Node reads a key whose private and public part do not belong together; so let it sign, with the hash that goes with its type. */
function isKeyPair(jwk: JWK): boolean {
  try {
    const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const { d: _, ...others } = jwk;
    const probe = Buffer.from('probe');
    return verify(null, probe, createPublicKey({ key: others as JsonWebKey, format: 'jwk' }), sign(null, probe, key));
  } catch {
    return false;
  }
}

/** Kept as it is, not copied: it may be an instance of a class, whose methods need it. */
function anObject<T extends object = Readonly<Record<string, unknown>>>(cure: string) {
  return z.custom<T>(isObject, mustBe('an object', cure));
}

function objectWith<T extends object>(methods: readonly (keyof T & string)[], cure: string) {
  const lacking = (value: unknown) => methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== 'function');
  return anObject<T>(cure).refine(
    (value) => lacking(value).length === 0,
    says((value) => `It lacks: ${lacking(value).join(', ')}.`, cure),
  );
}
