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
import { canonicalTag } from '../languages/tag.js';
import type { MayEnrol, PasskeyStore } from '../model/passkey.js';
import { type Icon, icons } from '../model/screens.js';
import type { Store } from '../model/store.js';
import type { Users } from '../model/user.js';
import type { HostWords } from '../model/words.js';
import { isHostPattern } from '../platform/fetch.js';
import type { Log } from '../platform/log.js';
import { isIdentityScope } from '../rules/identity-scopes.js';
import { isScopeToken } from '../rules/scope.js';
import type { RedisClient } from '../store/redis.js';
import { defaults } from './defaults.js';
import { noTag } from './languages.js';
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
  passkeys: z
    .custom<boolean | Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'boolean' || isObject(value),
      mustBe('true, false or an object', 'Write true, or { acr }, for example.'),
    )
    .optional(),
  apis: anObject("Write { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } }."),
  basePath,
  brand: anObject('Write { name, logo, color }.').default({}),
  views: views.optional(),
  languages: z
    .array(
      z.string(mustBe('a string', 'Write a language tag, as de or pt-BR.')),
      mustBe('a list', "Write ['de', 'en'], the first in front."),
    )
    .refine((tags) => tags.length > 0, says('It is empty.', 'Leave it out for all languages.'))
    .optional(),
  messages: anObject("Write { en: { 'login.title': 'Welcome back' } }, for example.").optional(),
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
  steps: z.array(z.unknown(), mustBe('a list', 'Write [{ name, page, submit }].')).optional(),
  forgotPasswordUrl: pageOfHost('/forgot-password').optional(),
  createAccountUrl: pageOfHost('/sign-up').optional(),
};

function pageOfHost(example: string) {
  return z
    .string(mustBe('a string', 'Write the path or URL of your page.'))
    .refine(
      (url) => (isPath(url) || isHttpsOrLoopback(url)) && !url.includes('#'),
      says('It is neither a path nor an https URL.', `Write a path that begins with a slash, as '${example}', or an https URL.`),
    );
}

/** A step of the sign-in; its page is checked by itself. */
export const stepShape = {
  name: z
    .string(mustBe('a string', "Write its name, as 'email-code'."))
    .refine(
      (name) => /^[a-z0-9-]{1,50}$/.test(name),
      says('It is no name for a step.', "Write small letters, digits and hyphens, as 'email-code'."),
    ),
  isDue: method,
  begin: method,
  page: z.custom<unknown>(
    (value) => isObject(value) || typeof value === 'function',
    mustBe('an object or a function', 'Write { title, fields }.'),
  ),
  submit: z.custom<unknown>((value) => typeof value === 'function', mustBe('a function', 'Write (values, context) => ({ done: true }).')),
};

const text = z
  .string(mustBe('a string', 'Write it for people to read.'))
  .refine((words) => words.trim() !== '', says('It is empty.', 'Write it for people to read.'));

/** Words of the host's, for all or by language. */
function hostWords(cure: string) {
  return z
    .custom<HostWords>((value) => typeof value === 'string' || isObject(value), { ...mustBe('a string', cure), abort: true })
    .superRefine((words, context) => reportWords(words, cure, context))
    .transform(byCanonicalTag);
}

function reportWords(
  words: unknown,
  cure: string,
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  const report = (path: string[], problem: string, cure: string) =>
    context.addIssue({ code: 'custom', path, message: `${problem}\n${cure}` });
  if (typeof words === 'string' && words.trim() === '') report([], 'It is empty.', cure);
  if (!isObject(words)) return;
  if (Object.keys(words).length === 0) report([], 'It has no language.', cure);
  for (const [tag, text] of Object.entries(words)) {
    if (canonicalTag(tag) === undefined) report([tag], noTag.problem, noTag.cure);
    if (typeof text !== 'string') report([tag], 'It is not a string.', cure);
    else if (text.trim() === '') report([tag], 'It is empty.', cure);
  }
}

export function byCanonicalTag(words: HostWords): HostWords {
  if (typeof words === 'string') return words;
  return Object.fromEntries(Object.entries(words).map(([tag, text]) => [canonicalTag(tag) ?? tag, text]));
}

export const apiShape = {
  name: hostWords('Write it for people to read.').optional(),
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
  return Object.fromEntries(Object.entries(scopes).map(([name, value]) => [name, scope(name, value)]));
}

function scope(name: string, value: unknown) {
  return z
    .unknown()
    .refine(
      () => isScopeToken(name),
      says('Its name is not allowed.', 'Use ASCII without spaces, quotes and backslashes (RFC 6749 section 3.3).'),
    )
    .refine(() => !isIdentityScope(name), says('It belongs to OpenID Connect.', "Choose another name, as 'read:profile'."))
    .refine((value) => isObject(value) || text.safeParse(value).success, says('It has no description.', describe))
    .superRefine((words, context) => {
      if (isByLanguage(value)) reportWords(words, describe, context);
    });
}

const describe = 'Write what the consent screen shows.';

/** Whether this is a description by language, and not a scope with its options: those have longer names. */
export function isByLanguage(scope: unknown): scope is Readonly<Record<string, string>> {
  return isObject(scope) && !('description' in scope) && Object.keys(scope).some((name) => /^[a-z]{2,3}(?![a-z])/i.test(name));
}

export const passkeysShape = {
  store: objectWith<PasskeyStore>(
    ['find', 'list', 'add', 'update', 'remove'],
    'Give an object with all methods of the interface PasskeyStore.',
  ).optional(),
  rpId: z.string(mustBe('a string', "Write a domain, as 'example.com'; or leave it out.")).optional(),
  acr: z
    .string(mustBe('a string', 'Write an authentication context class, or leave it out.'))
    .refine((acr) => /^\S{1,255}$/.test(acr), says('It is empty, too long, or has spaces.', 'Write one word, or leave it out.'))
    .optional(),
  offer: z.boolean(mustBe('true or false', 'Write false to offer nobody a passkey.')).default(true),
  mayEnrol: z.custom<MayEnrol>((value) => typeof value === 'function', says('It is not a function.', 'Give a function.')).optional(),
};

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
  description: hostWords(describe),
  optional: z.boolean(mustBe('true or false', 'Write true for what users may leave out.')).default(false),
  risky: z.boolean(mustBe('true or false', 'Write true for what is to be marked.')).default(false),
  icon: z
    .custom<Icon>(
      (value) => icons.some((name) => name === value),
      says('There is no picture of this name.', `Known are: ${icons.join(', ')}.`),
    )
    .optional(),
};

/** What the host alone says of a client. */
export const hostsClientShape = {
  firstParty: z.boolean(mustBe('true or false', 'Write true for a client of your own.')).default(false),
  verified: z.boolean(mustBe('true or false', 'Write true for a client that you have looked at.')).optional(),
  brand: anObject('Write { name, logo, color }.').optional(),
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

const picture = z
  .string(mustBe('a string', 'Write the URL of a picture.'))
  .refine(
    (url) => isPath(url) || /^data:image\//i.test(url) || isWebUrl(url),
    says('It is not the URL of a picture.', 'Write a URL, a path that begins with a slash, or data:image/….'),
  )
  // In `srcset` white space and commas at the end belong to the list and not to the URL.
  .transform((url) => url.replaceAll(/[\t\n\f\r ]|,(?=,*$)/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`));

/** What may stand in a Content-Security-Policy: parsers of URLs let semicolons and commas into a host, which would begin a policy anew. */
function isWebUrl(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url) && /^[\w.:[\]-]+$/.test(new URL(url).host);
}

/** A link of the host's own: browsers would pass over white space within it, and then read something else. */
function isLinkOfHost(href: string): boolean {
  return !/[\s\x00-\x1f\x7f]/.test(href) && (isPath(href) || isWebUrl(href));
}

const color = z
  .string(mustBe('a string', "Write it as '#2457c5'."))
  .refine((color) => /^#[0-9a-f]{6}$/i.test(color), says('It is not a colour of the form #rrggbb.', "Write it as '#2457c5'."))
  .optional();

const largestRadius = 32; // pixels

const fontFamily = String.raw`(?:"[\p{L}\p{N} _.&+-]+"|'[\p{L}\p{N} _.&+-]+'|-?[\p{L}_][\p{L}\p{N}_-]*(?: -?[\p{L}_][\p{L}\p{N}_-]*)*)`;
const fontFamilies = new RegExp(`^${fontFamily}(?: ?, ?${fontFamily})*$`, 'u');

export const brandShape = {
  name: text.optional(),
  logo: z
    .union([z.custom<Readonly<Record<string, unknown>>>(isObject), picture], {
      error: ({ input }) =>
        typeof input === 'string'
          ? 'It is not the URL of a picture.\nWrite a URL, a path that begins with a slash, or data:image/….'
          : 'It is not a string.\nWrite the URL of a picture, or { light, dark } with one for each.',
    })
    .optional(),
  favicon: picture.optional(),
  color,
  colors: anObject("Write { light: { card: '#ffffff' }, dark: { card: '#17191e' } }, for example.").optional(),
  radius: z
    .custom<number>(
      (value) => Number.isInteger(value) && 0 <= Number(value) && Number(value) <= largestRadius,
      says(`It is not a whole number from 0 to ${largestRadius}.`, 'Write pixels: 20 is the default, 0 gives square corners.'),
    )
    .optional(),
  font: z
    .string(mustBe('a string', "Write a list of fonts, as 'Inter, system-ui, sans-serif'."))
    .refine(
      (list) => list.length <= 500 && fontFamilies.test(list),
      says(
        'It is not a list of font families.',
        'Write names with commas between, those with digits in quotes: \'"Source Sans 3", sans-serif\'.',
      ),
    )
    .optional(),
  url: z
    .string(mustBe('a string', 'Write the URL of your home page.'))
    .refine(isLinkOfHost, says('It is neither a path nor an http or https URL.', "Write one, as 'https://www.example.com/'."))
    .optional(),
  links: z
    .array(anObject("Write { text: 'Privacy', href: '/privacy' }."), mustBe('a list', "Write [{ text: 'Privacy', href: '/privacy' }]."))
    .refine(
      (list) => list.length <= 6,
      says('It has more than 6 links.', 'Keep those that people need here, such as imprint, privacy and help.'),
    )
    .optional(),
};

export const logoShape = { light: picture, dark: picture };

const ofScheme = anObject("Write { card: '#ffffff' }, for example.").optional();
export const schemesShape = { light: ofScheme, dark: ofScheme };

export const colorsShape = { page: color, card: color, text: color, quiet: color, line: color, brand: color, onBrand: color };

export const brandLinkShape = {
  text: hostWords("Write what people read, as 'Privacy'; or { en: 'Privacy', de: 'Datenschutz' }."),
  href: z
    .string(mustBe('a string', "Write a path or a URL, as '/privacy'."))
    .refine(
      (href) => isLinkOfHost(href) || /^mailto:[^\s\x00-\x1f\x7f]+$/i.test(href),
      says('It is neither a path nor an http, https or mailto URL.', "Write one, as '/privacy' or 'mailto:help@example.com'."),
    ),
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
