import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { Server } from '../../lib/contracts.js';
import { systemRandom } from '../../lib/platform/random.js';
import { createServer } from '../../lib/server.js';
import { accessTokenType, authorizationOf, isSealed, issueAccessToken, type SealedAccessToken } from '../../lib/tokens/access-token.js';
import { newAuthorization } from '../../lib/tokens/authorization.js';
import { testOptions } from '../support/server.js';

const now = 1_700_000_000;
const issuer = 'https://app.example.com';
const [plain, opaque, rsa, brief] = ['plain', 'opaque', 'rsa', 'brief'].map((name) => `https://${name}.example.com`) as [
  string,
  string,
  string,
  string,
];
const scopes = { read: 'See' };

const apis: OAuthRouterOptions['apis'] = {
  [plain]: { scopes },
  [opaque]: { scopes, accessTokens: 'opaque', lifetimes: { accessToken: 3_600 } },
  [rsa]: { scopes, signingAlg: 'RS256' },
  [brief]: { scopes, lifetimes: { accessToken: 5 } },
};

function newServer(options: Partial<OAuthRouterOptions> = {}): Server {
  return createServer({ ...testOptions(issuer), apis, ...options }, { clock: () => now, random: systemRandom });
}

const server = newServer();

const issue = (audience: string, more: Partial<Parameters<typeof issueAccessToken>[0]> = {}, at = server) =>
  issueAccessToken(
    { sub: 'alice', client_id: 'web', audience, scope: ['read'], event: { grant_type: 'password', sub: 'alice', refresh: false }, ...more },
    at,
  );

/** What is allowed until so many seconds from now. */
const until = (seconds: number) => ({
  ...newAuthorization({ client_id: 'web', sub: 'alice', scope: ['read'], audiences: { [plain]: ['read'] }, generation: 1 }, server),
  expires_at: now + seconds,
});

async function claimsOf(token: string, at = server): Promise<JWTPayload> {
  if (!isSealed(token)) return decodeJwt(token);
  return ((await at.secrets.open('access token', token)) as SealedAccessToken).claims;
}

describe('an access token', () => {
  it.each<readonly [string, boolean]>([
    [plain, false],
    [opaque, true],
    [rsa, false],
    [issuer, false],
  ])('for %s is a reference: %s', async (audience, sealed) => {
    expect(isSealed((await issue(audience)).access_token)).toBe(sealed);
  });

  it.each<readonly [string, string]>([
    [plain, 'ES256'],
    [rsa, 'RS256'],
    [issuer, 'ES256'],
  ])('for %s is signed by %s', async (audience, alg) => {
    expect(decodeProtectedHeader((await issue(audience)).access_token)).toMatchObject({ alg, typ: accessTokenType });
  });

  it('is signed by what the API says, also with keys that the host has given', async () => {
    const jwks = ['P-256', 'RSA'].map((type) =>
      type === 'RSA'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
        : generateKeyPairSync('ec', { namedCurve: type }).privateKey.export({ format: 'jwk' }),
    );
    const given = newServer({ keys: { keys: jwks } } as Partial<OAuthRouterOptions>);
    expect(decodeProtectedHeader((await issue(rsa, {}, given)).access_token).alg).toBe('RS256');
    expect(decodeProtectedHeader((await issue(plain, {}, given)).access_token).alg).toBe('ES256');
  });

  it('says the same, whether it is a JWT or a reference', async () => {
    const authorization = { ...until(86_400), auth_time: now - 7, acr: 'gold', amr: ['hwk'] };
    for (const audience of [plain, opaque]) {
      const claims = await claimsOf((await issue(audience, { authorization })).access_token);
      expect({ ...claims, exp: undefined }).toEqual({
        iss: issuer,
        aud: audience,
        sub: 'alice',
        client_id: 'web',
        scope: 'read',
        auth_time: now - 7,
        acr: 'gold',
        amr: ['hwk'],
        iat: now,
        exp: undefined,
        jti: expect.stringMatching(/^[\w-]+\.[\w-]+$/),
      });
    }
  });

  it('is for userinfo alone as the option accessTokens says, and for an API as that says', async () => {
    const other = newServer({ accessTokens: 'opaque', apis: { [plain]: { scopes }, [rsa]: { scopes, accessTokens: 'jwt' } } });
    const sealed = await Promise.all(
      [issuer, plain, rsa].map(async (audience) => isSealed((await issue(audience, {}, other)).access_token)),
    );
    expect(sealed).toEqual([true, true, false]);
  });
});

describe('the life of an access token', () => {
  it.each<readonly [string, number, number]>([
    [plain, 86_400, 600],
    [opaque, 86_400, 3_600],
    [brief, 86_400, 5],
    [issuer, 86_400, 600],
    // No token outlives what was allowed.
    [plain, 599, 599],
    [opaque, 599, 599],
    [brief, 1, 1],
    [plain, 600, 600],
  ])('for %s, allowed for %d seconds more, is %d seconds', async (audience, left, seconds) => {
    const { access_token, expires_in } = await issue(audience, { authorization: until(left) });
    expect({ expires_in, exp: (await claimsOf(access_token)).exp }).toEqual({ expires_in: seconds, exp: now + seconds });
  });

  it("is the API's where no user has allowed it", async () => {
    expect([(await issue(brief)).expires_in, (await issue(opaque)).expires_in]).toEqual([5, 3_600]);
  });
});

describe('the name of an access token', () => {
  it.each([plain, opaque])('for %s begins with that of the authorization, and is another each time', async (audience) => {
    const authorization = until(600);
    const names = await Promise.all(
      [1, 2].map(async () => (await claimsOf((await issue(audience, { authorization })).access_token)).jti as string),
    );
    expect(names.map(authorizationOf)).toEqual([authorization.id, authorization.id]);
    expect(new Set(names).size).toBe(2);
  });

  it('begins with a name of its own where nobody has allowed it', async () => {
    const [one, two] = await Promise.all([1, 2].map(async () => (await claimsOf((await issue(plain)).access_token)).jti as string));
    expect(authorizationOf(one as string)).not.toBe(authorizationOf(two as string));
  });
});

describe('a reference', () => {
  it.each([true, false])('says whether there is a record of what a user has allowed: %s', async (recorded) => {
    const { access_token } = await issue(opaque, recorded ? { authorization: until(600) } : {});
    expect(await server.secrets.open('access token', access_token)).toMatchObject({ recorded });
  });

  it('says nothing to whoever holds it', async () => {
    const { access_token } = await issue(opaque, { sub: 'somebody-in-particular', authorization: until(600) });
    const texts = access_token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect([access_token, ...texts].join()).not.toMatch(/somebody|example\.com|"read"/);
  });

  it('cannot be opened by another server, nor for another purpose', async () => {
    const { access_token } = await issue(opaque);
    const other = newServer({ secrets: ['another secret of more than 32 characters'] });
    expect(await other.secrets.open('access token', access_token)).toBeUndefined();
    expect(await server.secrets.open('ticket', access_token)).toBeUndefined();
  });

  it('is still opened after the secret was changed, as long as the old one is kept', async () => {
    const { access_token } = await issue(opaque);
    const secrets = ['a newer secret of more than 32 characters', ...testOptions(issuer).secrets];
    expect(await newServer({ secrets }).secrets.open('access token', access_token)).toMatchObject({ recorded: false });
  });
});

it.each([
  ['a.b.c.d.e', true],
  ['a.b.c', false],
  ['a.b.c.d', false],
  ['a.b.c.d.e.f', false],
  ['', false],
  ['....', true],
  ['.'.repeat(100_000), false],
])('what has five parts is taken for a reference: %.20j, %s', (token, sealed) => {
  expect(isSealed(token)).toBe(sealed);
});
