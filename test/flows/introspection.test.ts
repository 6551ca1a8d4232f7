/** What an API is told of a token that somebody shows it, and who is told nothing. RFC 7662, RFC 9701, RFC 9470 section 6.2. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compactDecrypt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import type { Users } from '../../lib/model/user.js';
import { basic } from '../support/examples.js';
import fc from '../support/fast-check.js';
import { verified } from '../support/jwt.js';
import { alice, testServer, web } from '../support/server.js';
import { as, calendar, clients, contacts, type Fields, post, standsFor, type TokenServer, tokenServer } from '../support/token-server.js';

const jwtType = 'application/token-introspection+jwt';
const inactive = { active: false };
const decrypting = await generateKeyPair('RSA-OAEP-256', { extractable: true });

const users: Users = {
  authenticate: ({ username, password }) =>
    username === alice.username && password === alice.password && { id: 'alice', acr: 'urn:example:silver', amr: ['pwd'] },
};

let server: TokenServer;
let url: string;
let body: Record<string, string>;

beforeAll(async () => {
  const publicKey = { ...(await exportJWK(decrypting.publicKey)), use: 'enc' };
  server = await tokenServer({
    users,
    pairwise: { salt: 'a salt of more than 32 characters, for tests' },
    clients: [
      ...clients,
      standsFor('both-apis', [contacts, calendar]),
      standsFor('no-api', []),
      standsFor('es256', [contacts], { introspection_signed_response_alg: 'ES256' }),
      standsFor('basic-only', [contacts], { token_endpoint_auth_method: 'client_secret_basic' }),
      standsFor('encrypted', [contacts], { jwks: { keys: [publicKey] }, introspection_encrypted_response_alg: 'RSA-OAEP-256' }),
      { ...web, client_id: 'pairwise', subject_type: 'pairwise', introspects: [] },
      { ...web, client_id: 'curious', introspects: [] },
    ],
  });
  url = server.url;
  ({ body } = await server.tokens());
});

afterAll(() => server.close());

const ask = (fields: Fields, headers: Record<string, string> = {}) => post(`${url}/oauth/introspect`, fields, headers);

describe('who may ask', () => {
  it('a client that stands for the API of the token', async () => {
    expect(await server.isActive(body.access_token, 'contacts-api')).toBe(true);
    expect(await server.isActive(body.access_token, 'both-apis')).toBe(true);
  });

  it('by client_secret_basic too', async () => {
    const answer = await ask({ token: body.access_token }, basic('basic-only', web.client_secret));
    expect(answer).toMatchObject({ status: 200, body: { active: true } });
  });

  it('not a client that stands for no API, whatever it asks about: 403 unauthorized_client', async () => {
    for (const token of [body.access_token, body.refresh_token, 'garbage', undefined]) {
      expect(await server.introspect(token, 'web')).toMatchObject({ status: 403, body: { error: 'unauthorized_client' } });
    }
  });

  it.each<[string, Fields, Record<string, string>]>([
    ['a public client, which can only say who it is', as('spa'), {}],
    ['nobody', {}, {}],
    ['who has the wrong secret', { client_id: 'contacts-api', client_secret: 'a guess of 16 letters' }, {}],
    ['a confidential client that only says who it is', { client_id: 'contacts-api' }, {}],
    ['an unknown client', { client_id: 'unheard of', client_secret: web.client_secret }, {}],
    ['who has an access token, and no secret', {}, { Authorization: 'Bearer ' }],
    ['a client by another method than its own', as('basic-only'), {}],
  ])('not %s: 401 invalid_client', async (_, fields, headers) => {
    const bearer = 'Authorization' in headers ? { Authorization: `Bearer ${body.access_token}` } : {};
    const answer = await ask({ token: body.access_token, ...fields }, bearer);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(answer.text).not.toContain('active');
  });

  it('with a challenge, if it tried by the Authorization header', async () => {
    const { headers } = await ask({ token: body.access_token }, basic('contacts-api', 'wrong'));
    expect(headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  it('with no credentials in the URL', async () => {
    const query = new URLSearchParams({ token: body.access_token as string, client_id: 'contacts-api', client_secret: web.client_secret });
    expect((await post(`${url}/oauth/introspect?${query}`, {})).status).toBe(401);
  });
});

describe('the request', () => {
  it('needs a token: 400', async () => {
    expect(await ask(as('contacts-api'))).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(await ask({ ...as('contacts-api'), token: '' })).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it('has it in the body, not in the URL', async () => {
    const answer = await post(`${url}/oauth/introspect?token=${body.access_token}`, as('contacts-api'));
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it.each(['token', 'token_type_hint', 'client_id', 'client_secret'])('has no %s twice: 400', async (name) => {
    const fields: Record<string, string> = { ...as('contacts-api'), token: body.access_token, token_type_hint: 'access_token' } as never;
    const answer = await ask({ ...fields, [name]: [fields[name] as string, fields[name] as string] });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it.each(['access_token', 'refresh_token', 'id_token', 'nonsense', '\u0000', ''])('may have any token_type_hint: %j', async (hint) => {
    expect((await server.introspect(body.access_token, 'contacts-api', { token_type_hint: hint })).body.active).toBe(true);
    expect((await server.introspect(body.refresh_token, 'curious', { token_type_hint: hint })).body).toEqual(inactive); // not its own
  });

  it('is a POST: 405', async () => {
    const answer = await fetch(`${url}/oauth/introspect?token=x`);
    expect([answer.status, answer.headers.get('allow'), answer.headers.get('cache-control')]).toEqual([405, 'POST', 'no-store']);
  });

  it('is a form: 415', async () => {
    const json = JSON.stringify({ ...as('contacts-api'), token: body.access_token });
    const answer = await fetch(`${url}/oauth/introspect`, { method: 'POST', body: json, headers: { 'Content-Type': 'application/json' } });
    expect(answer.status).toBe(415);
  });

  it('does not come from a page of another origin', async () => {
    const headers = { Origin: 'https://evil.example.com', 'Access-Control-Request-Method': 'POST' };
    const preflight = await fetch(`${url}/oauth/introspect`, { method: 'OPTIONS', headers });
    const answer = await ask({ ...as('contacts-api'), token: body.access_token }, { Origin: 'https://evil.example.com' });
    expect(preflight.ok).toBe(false);
    for (const { headers } of [preflight, answer]) expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the answer about an access token', () => {
  it('has all that the token says, and is not stored', async () => {
    const { claims } = await verified(url, body.access_token);
    const answer = await server.introspect(body.access_token);
    expect(answer.body).toEqual({ active: true, ...claims, token_type: 'Bearer' });
    expect(answer.body).toEqual({
      active: true,
      iss: url,
      aud: contacts,
      sub: 'alice',
      client_id: 'web',
      scope: 'read:contacts',
      token_type: 'Bearer',
      // RFC 9470 section 6.2
      acr: 'urn:example:silver',
      auth_time: expect.any(Number),
      amr: ['pwd'],
      iat: expect.any(Number),
      exp: (claims.iat as number) + 600,
      jti: expect.any(String),
    });
    expect([answer.headers.get('cache-control'), answer.headers.get('content-type')]).toEqual([
      'no-store',
      'application/json; charset=utf-8',
    ]);
  });

  it('is the same in form for a reference', async () => {
    const { body: opaque } = await server.tokens({ resource: calendar, scope: 'read:events' });
    const answer = await server.introspect(opaque.access_token, 'calendar-api');
    expect(answer.body).toMatchObject({ active: true, iss: url, aud: calendar, sub: 'alice', client_id: 'web', scope: 'read:events' });
    expect(answer.body).toMatchObject({ acr: 'urn:example:silver', auth_time: expect.any(Number), token_type: 'Bearer' });
  });

  it('names the client as the subject of a machine’s, and no login', async () => {
    const { body: machine } = await server.machineToken({ scope: 'read:contacts' });
    const answer = await server.introspect(machine.access_token);
    expect(answer.body).toMatchObject({ active: true, sub: 'machine', client_id: 'machine' });
    for (const name of ['auth_time', 'acr', 'amr']) expect(answer.body).not.toHaveProperty(name);
  });

  it('is inactive, and nothing else, for whoever stands for another API', async () => {
    expect((await server.introspect(body.access_token, 'calendar-api')).body).toEqual(inactive);
    expect((await server.introspect(body.access_token, 'no-api')).body).toEqual(inactive);
  });

  it('is also for the client that it was issued to', async () => {
    const { body: own } = await server.tokens({ client_id: 'curious' });
    expect((await server.introspect(own.access_token, 'curious')).body).toMatchObject({ active: true, sub: 'alice', aud: contacts });
    expect((await server.introspect(body.access_token, 'curious')).body).toEqual(inactive);
  });

  it.each([{ resource: contacts }, { resource: calendar, scope: 'read:events' }, { scope: 'openid' }])(
    'tells a pairwise client the name that it knows, and the API the host’s: %j',
    async (fields) => {
      const { body: own } = await server.tokens({ client_id: 'pairwise', ...fields });
      const { body: openid } = await server.tokens({ client_id: 'pairwise', scope: 'openid' });
      const { claims } = await verified(url, openid.id_token);
      const answer = await server.introspect(own.access_token, 'pairwise');
      expect(answer.body).toMatchObject({ active: true, sub: claims.sub });
      expect(JSON.stringify(answer.body)).not.toContain('alice');
      if ('resource' in fields) expect((await server.introspect(own.access_token, 'both-apis')).body.sub).toBe('alice');
    },
  );
});

describe('the answer about a refresh token', () => {
  it('is for the client that it was issued to', async () => {
    const { body: own } = await server.tokens({ client_id: 'curious', scope: 'openid read:contacts' });
    const answer = await server.introspect(own.refresh_token, 'curious');
    expect(answer.body).toEqual({
      active: true,
      iss: url,
      aud: [contacts],
      sub: 'alice',
      client_id: 'curious',
      scope: 'openid read:contacts',
      acr: 'urn:example:silver',
      auth_time: expect.any(Number),
      amr: ['pwd'],
      iat: expect.any(Number),
      exp: (answer.body.iat as number) + 14 * 86_400,
    });
  });

  it('is inactive for every other, also for the API', async () => {
    const { body: own } = await server.tokens({ client_id: 'curious' });
    for (const client of ['contacts-api', 'both-apis', 'no-api']) {
      expect((await server.introspect(own.refresh_token, client)).body).toEqual(inactive);
    }
  });

  it('is inactive once it was replaced, and active for its successor', async () => {
    const { body: own } = await server.tokens({ client_id: 'curious' });
    const { body: next } = await server.refresh(own.refresh_token, as('curious'));
    expect((await server.introspect(own.refresh_token, 'curious')).body).toEqual(inactive);
    expect(await server.isActive(next.refresh_token, 'curious')).toBe(true);
  });

  it('never says of a code that it is a token', async () => {
    const { callback } = await server.authorize({ client_id: 'curious' });
    expect((await server.introspect(callback.searchParams.get('code') as string, 'curious')).body).toEqual(inactive);
  });
});

describe('active: false, and nothing else, with 200', () => {
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each<[string, () => string]>([
    ['garbage', () => 'garbage'],
    ['random bytes', () => randomBytes(64).toString('base64url')],
    ['control characters', () => 'a\u0000b\r\nSet-Cookie: x\u007f'],
    ['what is not ASCII', () => 'ключ \u{1F511} \uFFFD'],
    ['40 000 characters', () => 'A'.repeat(40_000)],
    ['40 000 dots', () => '.'.repeat(40_000)],
    ['a JWT of 40 000 characters', () => `${body.access_token}${'A'.repeat(40_000)}`],
    ['a truncated JWT', () => (body.access_token as string).slice(0, -4)],
    ['two JWTs at once', () => `${body.access_token}${body.access_token}`],
    ['a JWT in other letters', () => (body.access_token as string).toLowerCase()],
    ['a space and a JWT', () => ` ${body.access_token}`],
    ['a JWT without a signature', () => (body.access_token as string).replace(/[^.]*$/, '')],
    ['a JWT with alg none', () => `${encoded({ alg: 'none', typ: 'at+jwt' })}.${(body.access_token as string).split('.')[1]}.`],
    ['a forged refresh token', () => (body.refresh_token as string).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
  ])('for %s', async (_, make) => {
    const answer = await server.introspect(make());
    expect([answer.status, answer.body]).toEqual([200, inactive]);
  });

  it('for any text at all', async () => {
    const anything = fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.stringMatching(/^[\w-]*(\.[\w-]*){1,6}$/));
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        const answer = await server.introspect(text);
        expect([answer.status, answer.body]).toEqual([200, inactive]);
      }),
      { numRuns: 60 },
    );
  });

  it('but a body of 1 MB is refused before anybody looks into it: 413', async () => {
    const answer = await server.introspect('A'.repeat(1_000_000));
    expect(answer).toMatchObject({ status: 413, body: { error: 'invalid_request' } });
  });

  it('for an ID token', async () => {
    const { body: openid } = await server.tokens({ scope: 'openid' });
    expect((await server.introspect(openid.id_token)).body).toEqual(inactive);
  });

  it('for a token of another issuer, by the same keys and secrets', async () => {
    const elsewhere = await testServer({ options: { clients: [standsFor('contacts-api', [contacts])], keys: { keys: [await keyOf()] } } });
    const here = await tokenServer({ keys: { keys: [await keyOf()] } });
    try {
      const { body: theirs } = await here.tokens();
      const asked = { ...as('contacts-api'), token: theirs.access_token };
      expect(await here.isActive(theirs.access_token)).toBe(true);
      expect((await post(`${elsewhere.url}/oauth/introspect`, asked)).body).toEqual(inactive);
    } finally {
      await Promise.all([elsewhere.close(), here.close()]);
    }
  });
});

let key: Awaited<ReturnType<typeof exportJWK>> | undefined;
async function keyOf() {
  key ??= await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey);
  return key;
}

describe('it knows at once', () => {
  it.each([
    ['a JWT', contacts, 'contacts-api'],
    ['a reference', calendar, 'calendar-api'],
  ])('that %s was revoked', async (_, resource, client) => {
    const { body: own } = await server.tokens({ resource, scope: 'read' });
    await server.introspect(own.access_token, client); // has just been read
    await server.revoke(own.access_token);
    expect((await server.introspect(own.access_token, client)).body).toEqual(inactive);
  });

  it('that its authorization was ended, by revocation of the refresh token', async () => {
    const { body: own } = await server.tokens();
    expect(await server.isActive(own.access_token)).toBe(true);
    await server.revoke(own.refresh_token);
    expect((await server.introspect(own.access_token)).body).toEqual(inactive);
    const { body: curious } = await server.tokens({ client_id: 'curious' });
    await server.revoke(curious.refresh_token, 'curious');
    expect((await server.introspect(curious.refresh_token, 'curious')).body).toEqual(inactive);
  });

  it('that its authorization was ended, because the code was used twice', async () => {
    const { callback, code_verifier } = await server.authorize();
    const redemption = { grant_type: 'authorization_code', code: callback.searchParams.get('code') ?? '', code_verifier, ...as('web') };
    const { body: first } = await post(`${url}/oauth/token`, redemption);
    expect(await server.isActive(first.access_token as string)).toBe(true);
    await post(`${url}/oauth/token`, redemption);
    expect((await server.introspect(first.access_token as string)).body).toEqual(inactive);
  });
});

describe('when time goes by', () => {
  let clock: TokenServer;
  let brief: TokenServer;

  beforeAll(async () => {
    const curious = { ...web, client_id: 'curious', introspects: [] };
    const options = { clients: [...clients, curious] };
    clock = await tokenServer(options);
    brief = await tokenServer({ ...options, lifetimes: { refreshToken: 100 } });
  });

  afterAll(async () => {
    await Promise.all([clock.close(), brief.close()]);
  });

  it.each([
    ['a JWT', contacts, 'contacts-api', 600],
    ['a reference', calendar, 'calendar-api', 300],
  ])('%s is active until its last second', async (_, resource, client, lifetime) => {
    const { body: own } = await clock.tokens({ resource, scope: 'read' });
    clock.sleep(lifetime - 1);
    expect(await clock.isActive(own.access_token, client)).toBe(true);
    clock.sleep(1);
    expect((await clock.introspect(own.access_token, client)).body).toEqual(inactive);
  });

  it('a refresh token is active until its last second', async () => {
    const { body: own } = await clock.tokens({ client_id: 'curious' });
    clock.sleep(14 * 86_400 - 1);
    expect(await clock.isActive(own.refresh_token, 'curious')).toBe(true);
    clock.sleep(1);
    expect((await clock.introspect(own.refresh_token, 'curious')).body).toEqual(inactive);
  });

  it('a refresh token is inactive after its last second, also if its record is kept for a longer access token', async () => {
    const { body: own } = await brief.tokens({ client_id: 'curious' });
    brief.sleep(99);
    expect(await brief.isActive(own.refresh_token, 'curious')).toBe(true);
    brief.sleep(1);
    expect([await brief.isActive(own.refresh_token, 'curious'), await brief.isActive(own.access_token)]).toEqual([false, true]);
  });

  it('what was ended by replay of a refresh token is inactive at once', async () => {
    const { body: own } = await clock.tokens();
    const { body: next } = await clock.refresh(own.refresh_token);
    clock.sleep(31);
    expect(await clock.isActive(next.access_token)).toBe(true);
    expect((await clock.refresh(own.refresh_token)).status).toBe(400);
    expect((await clock.introspect(next.access_token)).body).toEqual(inactive);
  });
});

describe('a signed answer', () => {
  const signed = async (token: string | undefined, client = 'contacts-api') => {
    const answer = await server.introspect(token, client, {}, { Accept: jwtType });
    return { ...answer, type: answer.headers.get('content-type') };
  };

  it('says what it is, by whom and for whom, and holds the answer within', async () => {
    const answer = await signed(body.access_token);
    const { header, claims } = await verified(url, answer.text);
    expect([answer.status, answer.type, answer.headers.get('cache-control')]).toEqual([200, jwtType, 'no-store']);
    expect(header).toEqual({ alg: 'RS256', typ: 'token-introspection+jwt', kid: expect.any(String) });
    const plain = await server.introspect(body.access_token);
    expect(claims).toEqual({ iss: url, aud: 'contacts-api', iat: expect.any(Number), token_introspection: plain.body });
  });

  it('also when the token is not active', async () => {
    const { claims } = await verified(url, (await signed('garbage')).text);
    expect(claims).toEqual({ iss: url, aud: 'contacts-api', iat: expect.any(Number), token_introspection: inactive });
  });

  it('passes for no token, here or at userinfo', async () => {
    const { text } = await signed(body.access_token);
    expect(await server.callContacts(text)).toBe(401);
    expect((await server.introspect(text)).body).toEqual(inactive);
    expect((await fetch(`${url}/oauth/userinfo`, { headers: { Authorization: `Bearer ${text}` } })).status).toBe(401);
  });

  it('has the algorithm that the client has registered', async () => {
    expect((await verified(url, (await signed(body.access_token, 'es256')).text)).header.alg).toBe('ES256');
  });

  it('is encrypted to the key of the client, if it has registered for that', async () => {
    const { text, type } = await signed(body.access_token, 'encrypted');
    expect(decodeProtectedHeader(text)).toMatchObject({ alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256', cty: 'JWT' });
    const inner = Buffer.from((await compactDecrypt(text, decrypting.privateKey)).plaintext).toString();
    const { header, claims } = await verified(url, inner);
    expect([type, header.typ]).toEqual([jwtType, 'token-introspection+jwt']);
    expect(claims).toMatchObject({ aud: 'encrypted', token_introspection: { active: true, sub: 'alice' } });
  });

  it('is not for errors', async () => {
    const answer = await server.introspect(body.access_token, 'web', {}, { Accept: jwtType });
    expect(answer).toMatchObject({ status: 403, body: { error: 'unauthorized_client' } });
  });

  it.each([
    [jwtType, true],
    [jwtType.toUpperCase(), true],
    [`application/json, ${jwtType}`, true],
    [`${jwtType};q=0.9, application/json;q=0.8`, true],
    [`text/html, ${jwtType};q=0.001`, true],
    [`${jwtType}, */*;q=0.1`, true],
    [`${jwtType}, */*`, true],
    [`${jwtType} ; charset=utf-8 ; q=1.000`, true],
    [`application/json;q=0, ${jwtType};q=0.5`, true],
    [`application/json;q=0.1, */*, ${jwtType};q=0.5`, true],
    ['application/json', false],
    ['*/*', false],
    ['application/*', false],
    ['text/html', false],
    ['', false],
    ['application/jwt', false],
    [`application/json, ${jwtType};q=0.9`, false],
    [`application/*, ${jwtType};q=0.9`, false],
    [`${jwtType};q=0.5, */*`, false],
    [`${jwtType};q=0`, false],
    [`${jwtType};q=0.000`, false],
    [`${jwtType};q=nonsense`, false],
    [`x${jwtType}`, false],
  ])('is given to whoever prefers it: "%s" %s', async (Accept, isJwt) => {
    const { headers } = await server.introspect(body.access_token, 'contacts-api', {}, { Accept });
    expect(headers.get('content-type')).toBe(isJwt ? jwtType : 'application/json; charset=utf-8');
  });
});

describe('the metadata', () => {
  it('says where to ask, how to authenticate, and what signs and encrypts', async () => {
    const metadata = await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json();
    expect(metadata).toMatchObject({
      introspection_endpoint: `${url}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'],
      introspection_signing_alg_values_supported: expect.arrayContaining(['ES256', 'RS256']),
      introspection_encryption_alg_values_supported: expect.arrayContaining(['RSA-OAEP-256']),
      introspection_encryption_enc_values_supported: expect.arrayContaining(['A256GCM']),
    });
  });
});
