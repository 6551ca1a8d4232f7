/** The option `trustedIssuers`: each mistake with its path and its cure. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readOptions } from '../../lib/config/check.js';
import { ConfigurationError, type ConfigurationProblem } from '../../lib/errors.js';

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const known = {
  grantTypes: ['authorization_code', 'refresh_token', grantType],
  responseTypes: [{ name: 'code', grantTypes: ['authorization_code'] }],
  authMethods: [
    { name: 'client_secret_basic', needs: 'secret' as const },
    { name: 'none', needs: 'nothing' as const },
  ],
};
const client_secret = 'K7pQ2zX9vB4nM6tR1wY8';
const options = {
  issuer: 'https://app.example.com',
  secrets: ['hvR5tT0ne2xU8Jk3yq9LwZ6bMd1sFg4c'],
  clients: [
    { client_id: 'assistant', client_secret, grant_types: [grantType] },
    { client_id: 'spa', redirect_uris: ['https://spa.example.com/'] },
  ],
  users: { authenticate: () => null },
  apis: { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } },
};

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = publicKey.export({ format: 'jwk' });
const user = () => null;
const idp = { issuer: 'https://idp.example.com', profile: 'id-jag', user };
const platform = { issuer: 'https://ci.example.com', profile: 'workload', clients: ['deploy'], subjects: ['repo:acme/shop'] };

const read = (...trustedIssuers: readonly unknown[]) => readOptions({ ...options, trustedIssuers }, known).settings.trustedIssuers;

function problemsOf(changes: Record<string, unknown>): readonly ConfigurationProblem[] {
  try {
    readOptions({ ...options, ...changes }, known);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error('There was nothing wrong.');
}

describe('trustedIssuers', () => {
  it('may be left out, where no client needs them', () => {
    const { settings } = readOptions({ ...options, clients: [options.clients[1]] }, known);
    expect(settings.trustedIssuers).toEqual([]);
  });

  it('needs an issuer, a profile and who is meant; the rest has defaults', () => {
    expect(read(idp, platform)).toEqual([idp, { ...platform, publicClients: false }]);
  });

  it('may have functions, keys and limits', () => {
    const full = {
      ...platform,
      subjects: () => true,
      jwks: { keys: [jwk] },
      audience: 'sts',
      scopes: ['read:contacts'],
      publicClients: true,
    };
    expect(read(full)).toEqual([full]);
  });

  it('may name an issuer again, for the other profile or for other clients', () => {
    const { issuer } = idp;
    expect(read(idp, { ...platform, issuer }, { ...platform, issuer, clients: ['other'] })).toHaveLength(3);
  });

  it('may have an issuer that is no URL, if its keys are given', () => {
    expect(read({ ...platform, issuer: 'kubernetes/serviceaccount', jwks: { keys: [jwk] } })).toHaveLength(1);
  });

  const without = (issuer: object, name: string) => Object.fromEntries(Object.entries(issuer).filter(([member]) => member !== name));

  it.each<[string, readonly unknown[], RegExp, RegExp]>([
    ['trustedIssuers[0]', ['https://idp.example.com'], /not an object/, /issuer, profile/],
    ['trustedIssuers[0].profile', [without(idp, 'profile')], /none of id-jag, workload/, /enterprise.*machines/],
    ['trustedIssuers[0].profile', [{ ...idp, profile: 'constructor' }], /none of id-jag, workload/, /enterprise.*machines/],
    ['trustedIssuers[0].issuer', [without(idp, 'issuer')], /missing/, /iss/],
    ['trustedIssuers[0].issuer', [{ ...idp, issuer: ' ' }], /empty/, /iss/],
    ['trustedIssuers[0].issuer', [{ ...idp, issuer: options.issuer }], /this server itself/, /another/],
    ['trustedIssuers[0].user', [without(idp, 'user')], /missing/, /iss, sub/],
    ['trustedIssuers[0].user', [{ ...idp, user: 'sub' }], /not a function/, /iss, sub/],
    ['trustedIssuers[0].jwks', [{ ...idp, jwks: null }], /not a JWK Set/, /keys/],
    ['trustedIssuers[0].jwks', [{ ...idp, jwks: [jwk] }], /not a JWK Set/, /keys/],
    ['trustedIssuers[0].jwks', [{ ...idp, jwks: { keys: [jwk, privateKey.export({ format: 'jwk' })] } }], /private/, /public/],
    ['trustedIssuers[0].jwks', [{ ...idp, jwks: { keys: [{ kty: 'oct', k: 'secret' }] } }], /secret/, /public/],
    ['trustedIssuers[0].jwks', [{ ...idp, jwks: { keys: [null, { kty: 'RSA', n: 'x', e: 'AQAB' }] } }], /no key/, /ES256/],
    ['trustedIssuers[0].jwks_uri', [{ ...idp, jwks_uri: 'http://idp.example.com/keys' }], /not an https URL/, /localhost/],
    ['trustedIssuers[0].jwks_uri', [{ ...idp, jwks: { keys: [jwk] }, jwks_uri: 'https://idp.example.com/' }], /jwks as well/, /one of/],
    ['trustedIssuers[0].jwks_uri', [{ ...idp, issuer: 'accounts' }], /no https URL/, /jwks or jwks_uri/],
    ['trustedIssuers[0].scopes', [{ ...idp, scopes: [] }], /empty/, /read:contacts/],
    ['trustedIssuers[0].scopes', [{ ...idp, scopes: 'read:contacts' }], /not a list/, /read:contacts/],
    ['trustedIssuers[0].scopes', [{ ...idp, scopes: ['write:contacts'] }], /write:contacts/, /read:contacts/],
    ['trustedIssuers[0].scopes', [{ ...platform, scopes: ['openid'] }], /Without a user/, /Give user/],
    ['trustedIssuers[0].subjects', [without(platform, 'subjects')], /missing/, /repo:acme/],
    ['trustedIssuers[0].subjects', [{ ...platform, subjects: 'repo:acme/shop' }], /list nor a function/, /repo:acme/],
    ['trustedIssuers[0].subjects', [{ ...platform, subjects: [] }], /at least one/, /repo:acme/],
    ['trustedIssuers[0].subjects', [{ ...platform, subjects: [/repo/] }], /strings/, /repo:acme/],
    ['trustedIssuers[0].subjects', [{ ...idp, subjects: ['a'] }], /no option of this name/, /Known are|Did you mean/],
    ['trustedIssuers[0].clients', [without(platform, 'clients')], /missing/, /deploy/],
    ['trustedIssuers[0].clients', [{ ...platform, clients: [] }], /empty/, /deploy/],
    ['trustedIssuers[0].clients', [{ ...platform, clients: ['spa'] }], /Public.*spa/, /publicClients: true/],
    ['trustedIssuers[0].clients', [{ ...idp, clients: ['spa'] }], /Public.*spa/, /client_secret\.$/],
    ['trustedIssuers[0].audience', [{ ...platform, audience: [] }], /not a string/, /aud/],
    ['trustedIssuers[0].publicClients', [{ ...platform, publicClients: 'yes' }], /true or false/, /true/],
    ['trustedIssuers[1]', [idp, { ...idp, clients: ['assistant'] }], /same issuer as trustedIssuers\[0\]/, /other clients/],
    ['trustedIssuers[1]', [platform, { ...platform, subjects: ['x'] }], /same issuer as trustedIssuers\[0\]/, /other clients/],
  ])('reports what is wrong with %s of %j', (path, trustedIssuers, problem, cure) => {
    expect(problemsOf({ trustedIssuers })).toEqual([{ path, problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) }]);
  });

  it.each([
    ['missing', undefined],
    ['empty', []],
  ])('must not be %s, where a client has the grant', (_, trustedIssuers) => {
    expect(problemsOf({ trustedIssuers })).toEqual([
      {
        path: 'trustedIssuers',
        problem: expect.stringMatching(/client assistant may use the grant urn:/),
        cure: expect.stringMatching(/take the grant out/),
      },
    ]);
  });

  it('is what identityProviders are called here', () => {
    const cures = problemsOf({ identityProviders: [idp] }).map(({ cure }) => cure);
    expect(cures).toContain('Did you mean `trustedIssuers`?');
  });
});
