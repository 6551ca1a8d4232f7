import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { clientAuthMethods } from '../../lib/client-auth/index.js';
import { readOptions } from '../../lib/config/check.js';
import { defaults } from '../../lib/config/defaults.js';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { ConfigurationError, type ConfigurationProblem } from '../../lib/errors.js';
import { languages } from '../../lib/languages/index.js';
import { consoleLog } from '../../lib/platform/log.js';

const known = {
  grantTypes: ['authorization_code', 'refresh_token'],
  responseTypes: [{ name: 'code', grantTypes: ['authorization_code'] }],
  authMethods: clientAuthMethods,
};
const api = 'https://app.example.com/api';
const secret = 'hvR5tT0ne2xU8Jk3yq9LwZ6bMd1sFg4c';
const clientSecret = 'K7pQ2zX9vB4nM6tR1wY8';

const client = { client_id: 'web', client_secret: clientSecret, redirect_uris: ['https://client.example.com/callback'] };
const options = {
  issuer: 'https://app.example.com',
  secrets: [secret],
  redis: undefined,
  clients: [client],
  users: { authenticate: () => null },
  apis: { [api]: { scopes: { 'read:contacts': 'See your contacts' } } },
} satisfies OAuthRouterOptions;

const ecKey = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' });
const { d: _, ...publicKey } = ecKey();
const redeem = async () => ({ sub: 'a', scope: [], refresh: false });
const magic = { type: 'urn:example:magic', redeem };
const store = Object.fromEntries(['get', 'put', 'add', 'swap', 'delete', 'link', 'linked', 'close'].map((name) => [name, () => {}]));

function errorOf(given: unknown): ConfigurationError {
  try {
    readOptions(given, known);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('There was nothing wrong.');
}

function problemsOf(given: unknown): readonly ConfigurationProblem[] {
  return errorOf(given).problems;
}

describe('readOptions', () => {
  it('makes complete settings of five options', () => {
    const { settings, secrets, log, ...rest } = readOptions(options, known);
    expect(settings).toEqual({
      issuer: 'https://app.example.com',
      development: false,
      basePath: '/oauth',
      apis: new Map([
        [
          api,
          {
            identifier: api,
            name: api,
            scopes: new Map([['read:contacts', { description: 'See your contacts', optional: false, risky: false, icon: 'read' }]]),
            defaultScopes: [],
            accessTokens: 'jwt',
            lifetimes: { accessToken: 600, refreshToken: defaults.lifetimes.refreshToken },
          },
        ],
      ]),
      clients: new Map([['web', expect.objectContaining({ client_id: 'web', firstParty: false })]]),
      users: options.users,
      brand: {
        name: 'app.example.com',
        color: defaults.brand.color,
        colors: { light: {}, dark: {} },
        url: 'https://app.example.com/',
        links: [],
      },
      languages,
      clientAssertions: { audience: 'issuer' },
      clientContext: expect.objectContaining({ scopes: expect.any(Set) }),
      metadataDocuments: false,
      trustedIssuers: [],
      lifetimes: defaults.lifetimes,
      accessTokens: 'jwt',
    });
    expect({ secrets, rest }).toEqual({
      secrets: [secret],
      rest: { algorithms: ['ES256', 'RS256'], grants: [], keys: { rotateEvery: 90 * 86_400 }, limits: {}, outgoing: {}, warnings: [] },
    });
    expect(log).toBe(consoleLog);
  });

  it.each<readonly [string, Record<string, unknown>, string, boolean]>([
    ['on for an http issuer', { issuer: 'http://localhost:3000' }, 'test', true],
    ['off for an https issuer', {}, 'development', false],
    ['off where NODE_ENV says production', { issuer: 'http://localhost:3000' }, 'production', false],
    ['on where the option says so', { development: true }, 'production', true],
    ['off where the option says so', { issuer: 'http://localhost:3000', development: false }, 'test', false],
  ])('has development %s', (_, more, environment, expected) => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = environment;
    try {
      expect(readOptions({ ...options, ...more }, known).settings.development).toBe(expected);
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  it('hands on what it was given, as it was given', () => {
    const log = { warn: () => {}, error: () => {} };
    const keys = { keys: [{ ...ecKey(), kid: 'one' }, ecKey()] };
    const given = { ...options, store, log, keys, views: 'views', brand: { name: 'Contacts', logo: '/logo.svg', color: '#AABBCC' } };
    const read = readOptions({ ...given, lifetimes: { code: 30, refreshGrace: 0 } }, known);
    expect(read.store).toBe(store);
    expect(read.log).toBe(log);
    expect(read.keys).toEqual(keys);
    expect(read.settings).toMatchObject({
      brand: given.brand,
      lifetimes: { ...defaults.lifetimes, code: 30, refreshGrace: 0 },
      views: expect.stringMatching(/^\/.*\/views$/),
    });
  });

  it('keeps an instance of a class, with its own this and its other members', () => {
    class Accounts {
      readonly #names = ['ada'];
      readonly connection = 'db';
      authenticate = ({ username }: { username: string }) => (this.#names.includes(username) ? { id: username } : null);
      find(sub: string) {
        return this.#names.includes(sub) ? { id: sub } : null;
      }
    }
    const users = new Accounts();
    const { settings } = readOptions({ ...options, users }, known);
    expect(settings.users).toBe(users);
    expect(settings.users.find?.('ada')).toEqual({ id: 'ada' });
  });

  it('lets the host, and only the host, say that a client is its own', () => {
    const { settings } = readOptions({ ...options, clients: [{ ...client, firstParty: true }] }, known);
    expect(settings.clients.get('web')?.firstParty).toBe(true);
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1', 'https://app.example.com/tenant/a', 'https://APP.example.com:443'])(
    'keeps the issuer %s byte for byte',
    (issuer) => {
      expect(readOptions({ ...options, issuer }, known).settings.issuer).toBe(issuer);
    },
  );

  it.each(['', '/auth', '/a/b-c_d~e.f', '/.hidden'])('accepts the base path %j', (basePath) => {
    expect(readOptions({ ...options, basePath }, known).settings.basePath).toBe(basePath);
  });

  const scopes = { 'read:contacts': 'See your contacts' };
  const withApi = (value: unknown) => ({ apis: { [api]: value } });

  it.each<[string, Record<string, unknown>, RegExp, RegExp]>([
    ['issuer', { issuer: undefined }, /missing/, /https:/],
    ['issuer', { issuer: 'app.example.com' }, /not an https URL/, /localhost/],
    ['issuer', { issuer: 'http://app.example.com' }, /not an https URL/, /localhost/],
    ['issuer', { issuer: 'https://app.example.com/' }, /slash/, /byte for byte/],
    ['issuer', { issuer: 'https://app.example.com/tenant/' }, /slash/, /byte for byte/],
    ['issuer', { issuer: 'https://app.example.com?a' }, /query/, /\?/],
    ['issuer', { issuer: 'https://app.example.com#' }, /fragment/, /#/],
    ['issuer', { issuer: 'https://app.example.com/a/../b' }, /path/, /\.\./],
    ['issuer', { issuer: 'https://app.example.com/.' }, /path/, /\.\./],
    ['issuer', { issuer: 'https://ada:lovelace@app.example.com' }, /user name/, /@/],
    ['issuer', { issuer: 'https://app.example.com ' }, /not an https URL/, /localhost/],
    ['secrets', { secrets: undefined }, /missing/, /OAUTH_SECRET/],
    ['secrets', { secrets: secret }, /not a list/, /OAUTH_SECRET/],
    ['secrets', { secrets: [] }, /empty/, /openssl rand -base64 32/],
    ['secrets[0]', { secrets: [undefined] }, /environment variable/, /openssl rand -base64 32/],
    ['secrets[0]', { secrets: [null] }, /not a string/, /openssl/],
    ['secrets[1]', { secrets: [secret, secret.slice(1)] }, /32 characters/, /openssl/],
    ['secrets[1]', { secrets: [secret, secret] }, /same as secrets\[0\]/, /one of the two/],
    ['redis', { redis: 'localhost:6379' }, /not a Redis URL/, /redis:/],
    ['redis', { redis: '' }, /not a Redis URL/, /memory/],
    ['redis', { redis: {} }, /name a server/, /host, path, sentinels or cluster/],
    ['redis', { redis: { urll: 'redis://prod' } }, /name a server/, /host, path, sentinels or cluster/],
    [
      'redis',
      {
        redis: new (class {
          host = 'a client of another package';
          get() {}
        })(),
      },
      /no client of ioredis/,
      /ioredis/,
    ],
    ['wait', { redis: { call() {} }, wait: { replicas: 1 } }, /no pipeline or no duplicate/, /ioredis/],
    ['wait', { redis: { call() {}, pipeline() {} }, wait: { replicas: 1 } }, /no pipeline or no duplicate/, /ioredis/],
    ['store', { store: {} }, /lacks: get, put, add/, /Store/],
    ['store', { store, redis: { host: 'localhost' } }, /redis as well/, /one of the two/],
    ['clients', { clients: undefined }, /missing/, /client_id/],
    ['clients', { clients: client }, /not a list/, /client_id/],
    ['clients[0]', { clients: [null] }, /not an object/, /client_id/],
    ['clients[1].client_id', { clients: [client, client] }, /same as clients\[0\]/, /one of the two/],
    ['clients[0].firstParty', { clients: [{ ...client, firstParty: 'yes' }] }, /true or false/, /true/],
    ['clients[0].scope', { clients: [{ ...client, scope: 'write:contacts' }] }, /write:contacts/, /read:contacts/],
    ['users', { users: undefined }, /missing/, /authenticate/],
    ['users', { users: {} }, /no way/, /authenticate .* current and loginUrl/],
    ['users', { users: { authenticate: () => null, current: () => null } }, /authenticate, and current/, /Keep/],
    ['users.authenticate', { users: { authenticate: 'yes' } }, /not a function/, /function/],
    ['users.find', { users: { ...options.users, find: 1 } }, /not a function/, /function/],
    ['users.current', { users: { loginUrl: '/login' } }, /missing/, /req/],
    ['users.loginUrl', { users: { current: () => null } }, /missing/, /login/],
    ['users.loginUrl', { users: { current: () => null, loginUrl: '//evil.example' } }, /neither a path/, /slash/],
    ['apis', { apis: undefined }, /missing/, /scopes/],
    ['apis', { apis: {} }, /no API/, /scopes/],
    ['apis.api', { apis: { api: { scopes } } }, /identifier/, /URL/],
    ["apis['https://x.example/#a']", { apis: { 'https://x.example/#a': { scopes } } }, /fragment/, /URL/],
    [`apis['${api}']`, withApi(null), /not an object/, /scopes/],
    [`apis['${api}'].name`, withApi({ scopes, name: '' }), /empty/, /people/],
    [`apis['${api}'].scopes`, withApi({}), /missing/, /read:contacts/],
    [`apis['${api}'].scopes`, withApi({ scopes: {} }), /no scope/, /read:contacts/],
    [`apis['${api}'].scopes`, withApi({ scopes: ['read'] }), /not an object/, /read:contacts/],
    [`apis['${api}'].scopes['read all']`, withApi({ scopes: { 'read all': 'See' } }), /name/, /ASCII/],
    [`apis['${api}'].scopes.openid`, withApi({ scopes: { openid: 'See' } }), /OpenID/, /another name/],
    [`apis['${api}'].scopes.read`, withApi({ scopes: { read: '' } }), /description/, /consent/],
    [`apis['${api}'].defaultScopes[0]`, withApi({ scopes, defaultScopes: ['write'] }), /no scope write/, /read:contacts/],
    [`apis['${api}'].defaultScopes`, withApi({ scopes, defaultScopes: 'read:contacts' }), /not a list/, /brackets/],
    [`apis['${api}'].scopes.read`, withApi({ scopes: { read: 1 } }), /description/, /consent/],
    [`apis['${api}'].scopes.read`, withApi({ scopes: { read: ['See'] } }), /description/, /consent/],
    [`apis['${api}'].scopes.read.description`, withApi({ scopes: { read: {} } }), /missing/, /consent/],
    [`apis['${api}'].scopes.read.description`, withApi({ scopes: { read: { description: ' ', optional: true } } }), /empty/, /consent/],
    [
      `apis['${api}'].scopes.read.optional`,
      withApi({ scopes: { read: { description: 'See', optional: 'yes' } } }),
      /true or false/,
      /true/,
    ],
    [
      `apis['${api}'].scopes.read.banana`,
      withApi({ scopes: { read: { description: 'See', banana: 1 } } }),
      /no option/,
      /description, optional/,
    ],
    [`apis['${api}'].scopes.openid`, withApi({ scopes: { openid: { description: 'See' } } }), /OpenID/, /another name/],
    ['accessTokens', { accessTokens: 'JWT' }, /neither 'jwt' nor 'opaque'/, /one of the two/],
    ['accessTokens', { accessTokens: 'reference' }, /neither 'jwt' nor 'opaque'/, /one of the two/],
    [`apis['${api}'].accessTokens`, withApi({ scopes, accessTokens: true }), /neither 'jwt' nor 'opaque'/, /one of the two/],
    [`apis['${api}'].signingAlg`, withApi({ scopes, signingAlg: 256 }), /not a string/, /algorithm/],
    [`apis['${api}'].signingAlg`, withApi({ scopes, signingAlg: 'HS256' }), /no keys for HS256/, /Known are: ES256, .*RS256/],
    [`apis['${api}'].signingAlg`, withApi({ scopes, signingAlg: 'none' }), /no keys for none/, /Known are/],
    [
      `apis['${api}'].signingAlg`,
      { keys: { keys: [ecKey()] }, ...withApi({ scopes, signingAlg: 'RS256' }) },
      /no keys for RS256/,
      /Known are: ES256\./,
    ],
    [`apis['${api}'].lifetimes`, withApi({ scopes, lifetimes: 600 }), /not an object/, /accessToken/],
    [`apis['${api}'].lifetimes.accessToken`, withApi({ scopes, lifetimes: { accessToken: 0 } }), /whole number/, /600/],
    [`apis['${api}'].lifetimes.refreshToken`, withApi({ scopes, lifetimes: { refreshToken: '1 day' } }), /whole number/, /seconds|default/],
    [`apis['${api}'].lifetimes.session`, withApi({ scopes, lifetimes: { session: 60 } }), /no option/, /accessToken, refreshToken/],
    ['clients[0].introspects', { clients: [{ ...client, introspects: api }] }, /not a list/, /brackets/],
    ['clients[0].introspects[0]', { clients: [{ ...client, introspects: [1] }] }, /not a string/, /identifier/],
    [
      'clients[0].introspects',
      { clients: [{ ...client, introspects: ['https://x.example'] }] },
      /No API: https:\/\/x\.example/,
      /Known are: https:\/\/app/,
    ],
    [
      'clients[1].introspects',
      { clients: [client, { client_id: 'app', redirect_uris: client.redirect_uris, introspects: [api] }] },
      /public client/,
      /client_secret/,
    ],
    ['basePath', { basePath: 'oauth' }, /plain path/, /slash/],
    ['basePath', { basePath: '/' }, /plain path/, /slash/],
    ['basePath', { basePath: '/oauth/' }, /plain path/, /slash/],
    ['basePath', { basePath: '/a/../b' }, /plain path/, /slash/],
    ['basePath', { basePath: '/oauth?x' }, /plain path/, /slash/],
    ['brand', { brand: 'Contacts' }, /not an object/, /name/],
    ['brand.name', { brand: { name: '' } }, /empty/, /people/],
    ['brand.logo', { brand: { logo: 'logo.png' } }, /picture/, /slash/],
    ['brand.logo', { brand: { logo: 'data:text/html,x' } }, /picture/, /data:image/],
    ['brand.color', { brand: { color: 'red' } }, /#rrggbb/, /#/],
    ['views', { views: '/nowhere/at/all' }, /no folder \/nowhere\/at\/all/, /Create/],
    ['views', { views: 'package.json' }, /no folder/, /Create/],
    ['lifetimes.code', { lifetimes: { code: 601 } }, /from 1 to 600/, /60, the default/],
    ['lifetimes.code', { lifetimes: { code: 0 } }, /from 1 to 600/, /60, the default/],
    ['lifetimes.accessToken', { lifetimes: { accessToken: 1.5 } }, /whole number/, /600/],
    ['lifetimes.accessToken', { lifetimes: { accessToken: '600' } }, /whole number/, /600/],
    ['lifetimes.session', { lifetimes: { session: Number.POSITIVE_INFINITY } }, /whole number/, /seconds/],
    ['lifetimes.refreshGrace', { lifetimes: { refreshGrace: -1 } }, /from 0/, /30/],
    ['keys', { keys: [ecKey()] }, /not an object/, /JWK Set/],
    ['keys.keys', { keys: { keys: [] } }, /empty/, /private key/],
    ['keys.keys[0]', { keys: { keys: ['x'] } }, /not a JWK/, /generateKeyPairSync/],
    ['keys.keys[0]', { keys: { keys: [publicKey] } }, /public key/, /private key/],
    ['keys.keys[0]', { keys: { keys: [ecKey('P-384')] } }, /not a key for ES256/, /generateKeyPairSync/],
    ['keys.keys[0]', { keys: { keys: [{ ...ecKey(), alg: 'RS256' }] } }, /not a key for ES256/, /generateKeyPairSync/],
    ['keys.keys[0]', { keys: { keys: [{ ...ecKey(), d: ecKey().d }] } }, /damaged/, /generateKeyPairSync/],
    [
      'keys.keys[1].kid',
      {
        keys: {
          keys: [
            { ...ecKey(), kid: 'a' },
            { ...ecKey(), kid: 'a' },
          ],
        },
      },
      /same as keys\.keys\[0\]/,
      /one of the two/,
    ],
    ['keys.rotateEvery', { keys: { rotateEvery: 3_600 } }, /from 86400/, /rotate\(\)/],
    ['keys.rotateEvery', { keys: { keys: [ecKey()], rotateEvery: 86_400 } }, /keys as well/, /one of the two/],
    ['clients[0].pkce', { clients: [{ ...client, pkce: 'no' }] }, /true or false/, /false/],
    ['clients[0].pkce', { clients: [{ client_id: 'app', redirect_uris: client.redirect_uris, pkce: false }] }, /public client/, /Leave/],
    [
      'clients[0].id_token_signed_response_alg',
      { keys: { keys: [ecKey()] }, clients: [{ ...client, id_token_signed_response_alg: 'RS256' }] },
      /RS256/,
      /Known are: ES256\./,
    ],
    ['pairwise', { clients: [{ ...client, subject_type: 'pairwise' }] }, /client web has pairwise/, /salt/],
    ['pairwise.salt', { pairwise: { salt: undefined } }, /missing/, /openssl/],
    ['pairwise.salt', { pairwise: { salt: 'short' } }, /32 characters/, /openssl/],
    ['outgoing.allow', { outgoing: { allow: 'localhost' } }, /not a list/, /localhost/],
    ['outgoing.allow[0]', { outgoing: { allow: ['https://localhost'] } }, /no host/, /scheme/],
    ['grants', { grants: { redeem } }, /not a list/, /redeem/],
    ['grants[0]', { grants: ['magic'] }, /not an object/, /redeem/],
    ['grants[0].type', { grants: [{ redeem }] }, /missing/, /grant_type/],
    ['grants[0].type', { grants: [{ type: 'magic link', redeem }] }, /characters/, /URI/],
    ['grants[0].type', { grants: [{ type: 'refresh_token', redeem }] }, /built in/, /another/],
    ['grants[0].redeem', { grants: [{ type: 'urn:example:magic' }] }, /not a function/, /scope, refresh/],
    ['grants[1].type', { grants: [magic, magic] }, /same as grants\[0\]/, /one of the two/],
    [
      'clients[0].grant_types',
      { grants: [magic], clients: [{ ...client, grant_types: ['urn:example:magick'] }] },
      /magick/,
      /urn:example:magic/,
    ],
    ['log', { log: { warn: () => {} } }, /lacks: error/, /console/],
  ])('finds what is wrong with %s in %j', (path, change, problem, cure) => {
    expect(problemsOf({ ...options, ...change })).toEqual([
      { path, problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['url', { ...options, issuer: undefined, url: 'https://app.example.com' }, 'issuer'],
    ['isuer', { ...options, isuer: 'x' }, 'issuer'],
    ['clients[0].redirectUris', { ...options, clients: [{ client_id: 'app', redirectUris: client.redirect_uris }] }, 'redirect_uris'],
    ['clients[0].clientId', { ...options, clients: [{ ...client, clientId: 'x' }] }, 'client_id'],
    ['brand.colour', { ...options, brand: { colour: '#000000' } }, 'color'],
    ['lifetimes.access_token', { ...options, lifetimes: { access_token: 600 } }, 'accessToken'],
    [`apis['${api}'].scope`, { ...options, apis: { [api]: { scope: scopes } } }, 'scopes'],
    ['accessToken', { ...options, accessToken: 'jwt' }, 'accessTokens'],
    ['tokenFormat', { ...options, tokenFormat: 'opaque' }, 'accessTokens'],
    [`apis['${api}'].accessToken`, { ...options, ...withApi({ scopes, accessToken: 'opaque' }) }, 'accessTokens'],
    [`apis['${api}'].alg`, { ...options, ...withApi({ scopes, alg: 'RS256' }) }, 'signingAlg'],
    [`apis['${api}'].signingAlgorithm`, { ...options, ...withApi({ scopes, signingAlgorithm: 'RS256' }) }, 'signingAlg'],
    [`apis['${api}'].ttl`, { ...options, ...withApi({ scopes, ttl: {} }) }, 'lifetimes'],
    [`apis['${api}'].lifetimes.accesToken`, { ...options, ...withApi({ scopes, lifetimes: { accesToken: 60 } }) }, 'accessToken'],
    [
      `apis['${api}'].scopes.read.optinal`,
      { ...options, ...withApi({ scopes: { read: { description: 'See', optinal: true } } }) },
      'optional',
    ],
    [`apis['${api}'].scopes.read.descripton`, { ...options, ...withApi({ scopes: { read: { descripton: 'See' } } }) }, 'description'],
    ['clients[0].introspect', { ...options, clients: [{ ...client, introspect: [api] }] }, 'introspects'],
    ['users.findd', { ...options, users: { ...options.users, findd: () => null } }, 'find'],
  ])('guesses what %s was meant to be', (path, given, meant) => {
    expect(problemsOf(given)).toContainEqual({ path, problem: 'There is no option of this name.', cure: `Did you mean \`${meant}\`?` });
  });

  it('reads a scope that is a sentence like one that is an object with a sentence', () => {
    const both = {
      a: 'See',
      b: { description: 'See' },
      c: { description: 'Add', optional: true, risky: true, icon: 'pay' },
      d: { description: 'Go', optional: undefined },
      e: { en: 'See', 'pt-br': 'Ver' },
      f: { description: { en: 'See', 'pt-br': 'Ver' }, optional: true },
    };
    const { settings } = readOptions({ ...options, ...withApi({ scopes: both }) }, known);
    expect(settings.apis.get(api)?.scopes).toEqual(
      new Map([
        ['a', { description: 'See', optional: false, risky: false, icon: 'check' }],
        ['b', { description: 'See', optional: false, risky: false, icon: 'check' }],
        ['c', { description: 'Add', optional: true, risky: true, icon: 'pay' }],
        ['d', { description: 'Go', optional: false, risky: false, icon: 'check' }],
        ['e', { description: { en: 'See', 'pt-BR': 'Ver' }, optional: false, risky: false, icon: 'check' }],
        ['f', { description: { en: 'See', 'pt-BR': 'Ver' }, optional: true, risky: false, icon: 'check' }],
      ]),
    );
  });

  it('gives each API what it says, and what holds for all where it says nothing', () => {
    const [one, two] = ['https://one.example.com', 'https://two.example.com'];
    const apis = {
      [one]: { scopes },
      [two]: { scopes, accessTokens: 'jwt', signingAlg: 'EdDSA', lifetimes: { accessToken: 60 } },
    } as const;
    const lifetimes = { accessToken: 300, refreshToken: 7_200 };
    const { settings } = readOptions({ ...options, apis, accessTokens: 'opaque', lifetimes }, known);
    expect(settings).toMatchObject({ accessTokens: 'opaque', lifetimes });
    expect(settings.apis.get(one)).toMatchObject({ accessTokens: 'opaque', lifetimes });
    expect(settings.apis.get(one)).not.toHaveProperty('signingAlg');
    expect(settings.apis.get(two)).toMatchObject({
      accessTokens: 'jwt',
      signingAlg: 'EdDSA',
      lifetimes: { accessToken: 60, refreshToken: 7_200 },
    });
  });

  it('knows which APIs a client stands for', () => {
    const { settings } = readOptions(
      {
        ...options,
        clients: [
          { ...client, introspects: [api] },
          { ...client, client_id: 'other' },
        ],
      },
      known,
    );
    expect([settings.clients.get('web')?.introspects, settings.clients.get('other')?.introspects]).toEqual([[api], undefined]);
  });

  it('names every mistake in an API at once', () => {
    const wrong = { read: { description: '' }, 'a b': 'See', openid: 'Know' };
    const given = { scopes: wrong, accessTokens: 'x', signingAlg: 'x', lifetimes: { accessToken: 0 }, defaultScopes: ['no'] };
    expect(
      problemsOf({ ...options, ...withApi(given) })
        .map(({ path }) => path.replace(`apis['${api}']`, ''))
        .sort(),
    ).toEqual([
      '.accessTokens',
      '.defaultScopes[0]',
      '.lifetimes.accessToken',
      '.scopes.openid',
      '.scopes.read.description',
      ".scopes['a b']",
      '.signingAlg',
    ]);
  });

  it('makes a grant of the host known to its clients', () => {
    const clients = [{ ...client, grant_types: ['urn:example:magic'] }];
    const { grants, settings } = readOptions({ ...options, grants: [magic], clients }, known);
    expect(grants).toEqual([magic]);
    expect(settings.clients.get('web')?.grant_types).toEqual(['urn:example:magic']);
  });

  it('does not blame a client for scopes of an API that could not be read', () => {
    const given = { ...options, apis: { [api]: { scopes: [] } }, clients: [{ ...client, scope: 'read:contacts' }] };
    expect(problemsOf(given).map(({ path }) => path)).toEqual([`apis['${api}'].scopes`]);
  });

  it('lists the names where there is no guess', () => {
    expect(problemsOf({ ...options, banana: 1 })).toMatchObject([{ path: 'banana', cure: expect.stringContaining('issuer, secrets') }]);
  });

  it('reads a misspelt option as it was meant: it is not missing, and its own mistakes come to light', () => {
    const { issuer: _, ...others } = options;
    const given = { ...others, isuer: 'https://app.example.com', clients: [{ client_id: 'app', redirectUris: ['/callback'] }] };
    expect(problemsOf(given).map(({ path }) => path)).toEqual(['isuer', 'clients[0].redirectUris', 'clients[0].redirect_uris[0]']);
  });

  it.each([undefined, null, 'options', []])('says what to do with %j', (given) => {
    expect(problemsOf(given)).toMatchObject([{ path: 'options', cure: expect.stringContaining('oauthRouter({ issuer, secrets') }]);
  });

  it('reports every mistake in one error, each on a line with path, problem and cure', () => {
    const { message, problems } = errorOf({
      issuer: 'http://app.example.com',
      secrets: [undefined],
      clients: [{ client_id: 'app' }],
      basepath: 1,
    });
    expect(problems.map(({ path }) => path)).toEqual([
      'basepath',
      'issuer',
      'secrets[0]',
      'users',
      'apis',
      'basePath',
      'clients[0].redirect_uris',
    ]);
    for (const { path, problem, cure } of problems) expect(message).toContain(`${path}: ${problem} ${cure}`);
  });

  it('never shows a secret', () => {
    const given = {
      issuer: `https://ada:${secret}@app.example.com`,
      secrets: [secret, secret, 'shortsecret', { secret }],
      secret,
      redis: `http://:${secret}@localhost`,
      clients: [
        { ...client, client_secret: `${clientSecret}\n`, token_endpoint_auth_method: 'none', secret: clientSecret },
        { client_id: 'other', client_secret: 'shortsecret', redirect_uris: [`https://ada:${secret}@client.example.com`] },
      ],
      keys: {
        keys: [
          { ...ecKey(), d: secret },
          { kty: 'oct', k: secret },
        ],
      },
      users: secret,
      log: secret,
    };
    const { message, problems } = errorOf(given);
    expect(problems.length).toBeGreaterThan(10);
    for (const shown of [secret, clientSecret, 'shortsecret']) expect(message).not.toContain(shown);
  });
});
