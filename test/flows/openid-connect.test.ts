/** OpenID Connect as its clients see it: who signed in, when, and what may be known of them. OpenID Connect Core. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { compactDecrypt, importJWK, type JWK } from 'jose';
import type { ClientOptions, OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { User, Users } from '../../lib/model/user.js';
import { Agent, formField } from '../support/agent.js';
import { type Answer, answerTo, type Changes, challenge, requestUrl, type Visitor } from '../support/answers.js';
import { makeCertificates } from '../support/certificates.js';
import { leftHalf, verified } from '../support/jwt.js';
import { api, form, listen, openConsent, pkce, type TestServer, testServer, token } from '../support/server.js';

const secretOf = (client_id: string) => `the secret of the client ${client_id}`;
const redirectUriOf = (client_id: string) => `https://${client_id}.example.com/callback`;

function clientOf(client_id: string, more: Partial<ClientOptions> = {}): ClientOptions {
  return { client_id, client_secret: secretOf(client_id), redirect_uris: [redirectUriOf(client_id)], ...more };
}

/** A key of a client's own. */
function keyPair(kind: 'rsa' | 'ec', kid: string) {
  const { publicKey, privateKey } =
    kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'enc' } as JWK,
    privateJwk: privateKey.export({ format: 'jwk' }) as JWK,
  };
}

const rsa = keyPair('rsa', 'rsa');
const ec = keyPair('ec', 'ec');

const salt = 'a salt for tests, of 32 characters or more';
const sector = { subject_type: 'pairwise' } as const;
const clients: readonly ClientOptions[] = [
  clientOf('rp', { response_types: ['code', 'id_token', 'id_token token', 'code id_token'] }),
  clientOf('other'),
  clientOf('own', { firstParty: true }),
  ...(['ES256', 'RS256', 'PS256', 'EdDSA'] as const).map((alg) =>
    clientOf(alg.toLowerCase(), {
      id_token_signed_response_alg: alg,
      userinfo_signed_response_alg: alg,
      response_types: ['code', 'code id_token token'],
    }),
  ),
  clientOf('rsa-encrypted', {
    jwks: { keys: [rsa.publicJwk] },
    id_token_encrypted_response_alg: 'RSA-OAEP-256',
    userinfo_encrypted_response_alg: 'RSA-OAEP-256',
    userinfo_encrypted_response_enc: 'A256GCM',
  }),
  clientOf('ec-encrypted', {
    jwks: { keys: [rsa.publicJwk, ec.publicJwk] },
    id_token_encrypted_response_alg: 'ECDH-ES',
    id_token_encrypted_response_enc: 'A256GCM',
    userinfo_signed_response_alg: 'ES256',
    userinfo_encrypted_response_alg: 'ECDH-ES',
  }),
  clientOf('pairwise', { ...sector }),
  clientOf('neighbour', { ...sector, redirect_uris: ['https://pairwise.example.com/neighbour'] }),
  clientOf('stranger', { ...sector }),
  clientOf('hidden', { ...sector, response_types: ['id_token token'] }),
  clientOf('narrow', { scope: 'openid email read:contacts' }),
  clientOf('patient', { default_max_age: 60, require_auth_time: true }),
];

const address = { formatted: '1 Rabbit Hole\nOxford', country: 'GB' };
const profile = {
  name: 'Alice Liddell',
  'name#fr': 'Alice au pays',
  given_name: 'Alice',
  family_name: 'Liddell',
  preferred_username: 'alice',
  birthdate: '1852-05-04',
  updated_at: 1_700_000_000,
};
const email = { email: 'alice@example.com', email_verified: true };
const phone = { phone_number: '+44 1865 270000', phone_number_verified: false };
/** What the host has in its table besides: no claim, and nobody's business. */
const secrets = { password_hash: 'never to be seen', department: 'Wonderland', iss: 'https://evil.example', auth_time: 1, acr: 'gold' };
const all = { ...profile, ...email, ...phone, address };

/** The host's user; the claims are taken from it, as there is no `users.claims`. */
const table: Users = {
  authenticate: ({ username, password }) =>
    ({ alice: 'correct horse', bob: 'battery staple' })[username] === password && { id: username, acr: 'urn:example:bronze', amr: ['pwd'] },
  find: (sub) => ({ id: sub, ...(sub === 'alice' && { ...secrets, ...all }) }) as User,
};

const alice = { username: 'alice', password: 'correct horse' };
const bob = { username: 'bob', password: 'battery staple' };

let server: TestServer;

beforeAll(async () => {
  server = await testServer({ options: { clients, users: table, pairwise: { salt } } });
});

afterAll(() => server.close());

/** A browser where this user is signed in, and has allowed `scope` to the client. */
async function signedIn(person = alice, client_id = 'rp', scope = 'openid'): Promise<Agent> {
  const agent = new Agent(server.url);
  await ask({ client_id, scope }, { agent, person });
  return agent;
}

function ask({ client_id = 'rp', ...changes }: Changes, visitor: Visitor = {}): Promise<Answer> {
  return answerTo(startOf({ client_id, ...changes }), visitor);
}

function startOf({ client_id = 'rp', ...changes }: Changes, url = server.url): string {
  const common = { client_id, redirect_uri: redirectUriOf(client_id), response_type: 'code', scope: 'openid', nonce: 'a nonce' };
  return requestUrl(url, { ...common, state: 'a state', ...challenge, ...changes });
}

interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token: string;
  readonly scope: string;
}

function authenticated(client_id: string) {
  return { client_id, client_secret: secretOf(client_id) };
}

/** All the way to the tokens. */
async function tokensFor({ client_id = 'rp', ...changes }: Changes, visitor: Visitor = {}, url = server.url): Promise<Tokens> {
  const { code_verifier, code_challenge } = pkce();
  const { parameters, to } = await answerTo(startOf({ client_id, code_challenge, ...changes }, url), visitor);
  const grant = { grant_type: 'authorization_code', code: parameters.code, code_verifier, redirect_uri: to };
  const { status, body } = await token(url, { ...authenticated(client_id), ...grant });
  if (status !== 200) throw new Error(`${parameters.error ?? JSON.stringify(body)}: ${parameters.error_description}`);
  return body as unknown as Tokens;
}

async function idTokenFor(changes: Changes, visitor: Visitor = {}, url = server.url) {
  return verified(url, (await tokensFor(changes, visitor, url)).id_token);
}

const bearer = (access_token: string) => ({ Authorization: `Bearer ${access_token}` });

async function userinfo(access_token: string, url = server.url): Promise<unknown> {
  return (await fetch(`${url}/oauth/userinfo`, { headers: bearer(access_token) })).json();
}

async function withServer<T>(options: Partial<OAuthRouterOptions>, use: (other: TestServer) => Promise<T>): Promise<T> {
  const other = await testServer({ options: { clients, pairwise: { salt }, users: table, ...options } });
  try {
    return await use(other);
  } finally {
    await other.close();
  }
}

describe('the ID token', () => {
  it('says who signed in, how and when, to whom, and for how long', async () => {
    const { access_token, id_token } = await tokensFor({ scope: 'openid profile email' });
    const { header, claims } = await verified(server.url, id_token);
    expect(header).toEqual({ alg: 'RS256', kid: expect.any(String) });
    const { iat, auth_time } = claims as Record<'iat' | 'auth_time', number>;
    expect(claims).toEqual({
      iss: server.url,
      sub: 'alice',
      aud: 'rp',
      azp: 'rp',
      iat,
      exp: iat + 3_600,
      auth_time,
      acr: 'urn:example:bronze',
      amr: ['pwd'],
      sid: expect.stringMatching(/^[\w-]{22}$/),
      nonce: 'a nonce',
      at_hash: leftHalf(access_token),
    });
    expect([auth_time, iat]).toEqual([server.now(), server.now()]);
  });

  it('has no nonce where the request had none', async () => {
    expect((await idTokenFor({ nonce: undefined })).claims).not.toHaveProperty('nonce');
  });

  it('is not there without the scope openid', async () => {
    expect(await tokensFor({ scope: 'read:contacts profile' })).not.toHaveProperty('id_token');
  });

  it('lives as long as the host says', async () => {
    await withServer({ lifetimes: { idToken: 120 } }, async ({ url }) => {
      const { iat, exp } = (await idTokenFor({}, {}, url)).claims as Record<'iat' | 'exp', number>;
      expect(exp - iat).toBe(120);
    });
  });

  it('keeps the time of the login, while the browser stays signed in', async () => {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      const first = (await idTokenFor({}, { agent }, url)).claims;
      sleep(100);
      const second = (await idTokenFor({}, { agent }, url)).claims;
      expect(second).toMatchObject({ auth_time: first.auth_time, sid: first.sid, sub: first.sub });
      expect(second.iat).toBe((first.iat as number) + 100);
    });
  });

  it('has claims of the scopes only where there is no access token to ask with', async () => {
    const agent = await signedIn(alice, 'rp', 'openid email');
    const claimsOf = async (response_type: string) => {
      const { parameters } = await ask({ response_type, scope: 'openid email' }, { agent });
      return (await verified(server.url, parameters.id_token)).claims;
    };
    expect(await claimsOf('id_token')).toMatchObject(email);
    for (const response_type of ['id_token token', 'code id_token']) expect(await claimsOf(response_type)).not.toHaveProperty('email');
  });

  it.each([
    ['ES256', 'sha256'],
    ['RS256', 'sha256'],
    ['PS256', 'sha256'],
    ['EdDSA', 'sha512'],
  ])('is signed by %s for a client that registered it, and hashes with %s', async (alg, hash) => {
    const client_id = alg.toLowerCase();
    const { parameters } = await ask({ client_id, response_type: 'code id_token token' });
    const { header, claims } = await verified(server.url, parameters.id_token);
    expect({ alg: header.alg, at_hash: claims.at_hash, c_hash: claims.c_hash }).toEqual({
      alg,
      at_hash: leftHalf(parameters.access_token, hash),
      c_hash: leftHalf(parameters.code, hash),
    });
  });

  it('is never signed for one client with the key of another algorithm: the metadata tells all that are in use', async () => {
    const answer = await fetch(`${server.url}/.well-known/openid-configuration`);
    const { id_token_signing_alg_values_supported } = (await answer.json()) as Record<string, string[]>;
    expect([...(id_token_signing_alg_values_supported ?? [])].sort()).toEqual(['ES256', 'EdDSA', 'PS256', 'RS256']);
  });

  it.each([
    ['rsa-encrypted', rsa, { alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256', cty: 'JWT', kid: 'rsa' }],
    ['ec-encrypted', ec, { alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT', kid: 'ec', epk: expect.anything() }],
  ])('is encrypted to the key of the client %s, around what is signed', async (client_id, { privateJwk }, header) => {
    const { id_token } = await tokensFor({ client_id });
    const { plaintext, protectedHeader } = await compactDecrypt(id_token, await importJWK(privateJwk, header.alg));
    expect(protectedHeader).toEqual(header);
    expect((await verified(server.url, Buffer.from(plaintext).toString())).claims).toMatchObject({ sub: 'alice', aud: client_id });
  });
});

describe('what a client publishes, and cannot be fetched just now,', () => {
  const found: Record<string, unknown> = {};
  let origin: string;
  let listener: Server;
  let ca: string;

  beforeAll(async () => {
    const { ca: authority, ...certificate } = makeCertificates('DNS:localhost');
    ca = authority;
    listener = createServer(certificate, (req, res) => {
      const document = found[req.url ?? ''];
      res.writeHead(document === undefined ? 503 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
    origin = (await listen(listener)).replace('http:', 'https:');
  });

  afterAll(() => new Promise((closed) => listener.close(closed)));

  it.each<readonly [string, unknown, Partial<ClientOptions>]>([
    ['jwks_uri', { keys: [rsa.publicJwk] }, { id_token_encrypted_response_alg: 'RSA-OAEP-256' }],
    ['sector_identifier_uri', [redirectUriOf('publisher')], sector],
  ])('as its %s, does not spend its code', async (member, document, more) => {
    const publisher = clientOf('publisher', { [member]: `${origin}/${member}`, ...more });
    const options = { clients: [publisher], outgoing: { allow: [new URL(origin).host], ca } };
    await withServer(options, async ({ url, sleep }) => {
      const { code_verifier, code_challenge } = pkce();
      const { parameters, to } = await answerTo(startOf({ client_id: 'publisher', code_challenge }, url));
      const grant = { grant_type: 'authorization_code', code: parameters.code, code_verifier, redirect_uri: to };
      const redeem = () => token(url, { ...authenticated('publisher'), ...grant });
      const early = await redeem();
      found[`/${member}`] = document;
      sleep(6);
      const late = await redeem();
      expect({ early: early.body.error_description, late: late.status }).toEqual({ early: expect.stringContaining(member), late: 200 });
      expect(late.body).toMatchObject({
        access_token: expect.any(String),
        id_token: expect.any(String),
        refresh_token: expect.any(String),
      });
      expect((await redeem()).body.error).toBe('invalid_grant');
    });
  });
});

describe('a refresh with the scope openid', () => {
  const refresh = (refresh_token: string, more: Changes = {}) =>
    token(server.url, { ...authenticated('rp'), grant_type: 'refresh_token', refresh_token, ...more });

  it('gives an ID token of the same login, without the nonce of the first', async () => {
    const first = await tokensFor({ scope: 'openid read:contacts' });
    const before = (await verified(server.url, first.id_token)).claims;
    const { body } = await refresh(first.refresh_token);
    const { claims } = await verified(server.url, body.id_token);
    const { nonce: _, ...same } = before;
    expect(claims).toEqual({ ...same, iat: expect.any(Number), exp: expect.any(Number), at_hash: leftHalf(body.access_token) });
  });

  it('gives none where the client asks for less', async () => {
    const { refresh_token } = await tokensFor({ scope: 'openid read:contacts' });
    expect((await refresh(refresh_token, { scope: 'read:contacts' })).body).not.toHaveProperty('id_token');
  });
});

describe('prompt', () => {
  it('none goes through without a page for a user who is signed in and has allowed it', async () => {
    const agent = await signedIn();
    const { parameters, asked } = await ask({ prompt: 'none' }, { agent });
    expect({ asked, code: parameters.code }).toEqual({ asked: [], code: expect.any(String) });
  });

  it.each<readonly [string, string, Changes]>([
    ['login_required', 'the login was too long ago', { max_age: '9' }],
    ['consent_required', 'more is asked for than was allowed', { scope: 'openid email' }],
    ['consent_required', 'a claim is asked for that was not allowed', { claims: '{"id_token":{"email":null}}' }],
  ])('none is answered with %s, where %s', async (error, _, changes) => {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      await answerTo(startOf({}, url), { agent });
      sleep(10);
      const { parameters, asked } = await answerTo(startOf({ prompt: 'none', ...changes }, url), { agent });
      expect({ error: parameters.error, asked }).toEqual({ error, asked: [] });
    });
  });

  it('none is answered with login_required, where nobody is signed in', async () => {
    expect((await ask({ prompt: 'none' })).parameters.error).toBe('login_required');
  });

  it.each([
    ['login', ['login']],
    ['consent', ['consent']],
    ['select_account', ['account']],
    ['select_account consent', ['account', 'consent']],
    ['login consent', ['login', 'consent']],
    ['select_account login', ['login']],
  ])('%s asks a user who would need no page for %j, and for no more', async (prompt, asked) => {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      await answerTo(startOf({}, url), { agent });
      sleep(10);
      const answer = await answerTo(startOf({ prompt }, url), { agent });
      expect({ asked: answer.asked, code: answer.parameters.code }).toEqual({ asked, code: expect.any(String) });
    });
  });

  it('login tells a new time of the login, and ends the session before', async () => {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      const before = (await idTokenFor({}, { agent }, url)).claims;
      const stolen = new Agent(url);
      for (const [name, value] of agent.cookies) stolen.cookies.set(name, value);
      sleep(10);
      const after = (await idTokenFor({ prompt: 'login' }, { agent }, url)).claims;
      expect(after.auth_time).toBeGreaterThanOrEqual((before.auth_time as number) + 10);
      expect(after.sid).not.toBe(before.sid);
      expect((await answerTo(startOf({ prompt: 'none' }, url), { agent: stolen })).parameters.error).toBe('login_required');
    });
  });

  it('login lets another user sign in instead', async () => {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      await answerTo(startOf({}, url), { agent });
      sleep(10);
      expect((await idTokenFor({ prompt: 'login' }, { agent, person: bob }, url)).claims.sub).toBe('bob');
    });
  });

  it('consent asks also for a client of the host itself', async () => {
    const { asked } = await ask({ client_id: 'own', prompt: 'consent' });
    expect(asked).toEqual(['login', 'consent']);
  });
});

describe('max_age', () => {
  it.each<readonly [string, readonly string[]]>([
    ['0', ['login']],
    ['1', ['login']],
    ['9', ['login']],
    ['60', []],
    ['999999999999', []],
  ])('of %s seconds shows, ten seconds after the login, these pages: %j', async (max_age, pages) => {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      await answerTo(startOf({}, url), { agent });
      sleep(10);
      expect((await answerTo(startOf({ max_age }, url), { agent })).asked).toEqual(pages);
    });
  });

  it('makes the ID token tell of the login that it asked for', async () => {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      const before = (await idTokenFor({}, { agent }, url)).claims;
      sleep(10);
      const after = (await idTokenFor({ max_age: '0' }, { agent }, url)).claims;
      expect(after.auth_time).toBeGreaterThanOrEqual((before.auth_time as number) + 10);
    });
  });

  it('is not outlived by a page that stays open: the time counts from the request', async () => {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      const login = await (await agent.get(startOf({ max_age: '0' }, url))).text();
      sleep(600);
      const posted = await agent.post('/oauth/login', { ticket: formField(login, 'ticket'), _csrf: formField(login, '_csrf'), ...alice });
      const consent = await (await agent.get(posted.headers.get('location') ?? '')).text();
      sleep(600);
      const decision = { ticket: formField(consent, 'ticket'), _csrf: formField(consent, '_csrf'), decision: 'allow' };
      expect((await agent.post('/oauth/consent', decision)).headers.get('location')).toContain('code=');
    });
  });

  it('is the default_max_age of the client, where the request has none', async () => {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      const patient = (changes: Changes = {}) => answerTo(startOf({ client_id: 'patient', ...changes }, url), { agent });
      await patient();
      sleep(61);
      expect((await patient({ max_age: '100' })).asked).toEqual([]);
      expect((await patient()).asked).toEqual(['login']);
    });
  });
});

describe('login_hint', () => {
  const loginPage = async (changes: Changes) => (await fetch(startOf(changes))).text();

  it('stands in the field for the user name, and can be overwritten', async () => {
    expect(formField(await loginPage({ login_hint: 'alice' }), 'username')).toBe('alice');
    expect((await idTokenFor({ login_hint: 'alice' }, { person: bob })).claims.sub).toBe('bob');
  });

  it('gives way to what was typed', async () => {
    const agent = new Agent(server.url);
    const page = await (await agent.get(startOf({ login_hint: 'alice' }))).text();
    const fields = { ticket: formField(page, 'ticket'), _csrf: formField(page, '_csrf'), username: 'carol', password: 'x' };
    expect(formField(await (await agent.post('/oauth/login', fields)).text(), 'username')).toBe('carol');
  });

  it('brings no markup into the page', async () => {
    const page = await loginPage({ login_hint: '"><script>alert(1)</script>' });
    expect(page).not.toContain('<script>');
    expect(page.match(/<script/g)).toHaveLength(1); // ours, by its nonce
  });
});

describe('id_token_hint', () => {
  const hintOf = async (person: typeof alice, changes: Changes = {}) => (await tokensFor(changes, { person })).id_token;

  it('of the user who is signed in goes through', async () => {
    const agent = await signedIn();
    expect((await ask({ prompt: 'none', id_token_hint: await hintOf(alice) }, { agent })).parameters).toHaveProperty('code');
  });

  it('of another user tells the client nothing of the one who is signed in', async () => {
    const agent = await signedIn();
    const { parameters } = await ask({ prompt: 'none', id_token_hint: await hintOf(bob) }, { agent });
    expect(parameters).toMatchObject({ error: 'login_required' });
    expect(parameters).not.toHaveProperty('code');
  });

  it('of another user asks for that login', async () => {
    await expectingBob(bob, ({ asked, parameters }) => {
      expect({ asked: asked[0], code: parameters.code }).toEqual({ asked: 'login', code: expect.any(String) });
    });
  });

  it('of another user than the one who signs in then is told to the client after one login, and without going in circles', async () => {
    await expectingBob(alice, ({ asked, parameters }) => {
      expect({ asked, error: parameters.error, code: parameters.code }).toEqual({
        asked: ['login'],
        error: 'login_required',
        code: undefined,
      });
    });
  });

  /** Alice is signed in for a while, Bob is expected, and this person signs in. */
  async function expectingBob(person: typeof alice, look: (answer: Answer) => void) {
    await withServer({}, async ({ url, sleep }) => {
      const agent = new Agent(url);
      await answerTo(startOf({}, url), { agent });
      const { id_token } = await tokensFor({}, { person: bob }, url);
      sleep(10);
      look(await answerTo(startOf({ id_token_hint: id_token }, url), { agent, person }));
    });
  }

  it('that has expired is still a hint', async () => {
    await withServer({ lifetimes: { idToken: 60 } }, async ({ url, sleep }) => {
      const agent = new Agent(url);
      const { id_token } = await tokensFor({}, { agent }, url);
      sleep(3_600);
      const { parameters } = await answerTo(startOf({ prompt: 'none', id_token_hint: id_token }, url), { agent });
      expect(parameters).toHaveProperty('code');
    });
  });

  it.each<readonly [string, string, () => Promise<string>]>([
    ['of another client', 'invalid_request', () => hintOf(alice, { client_id: 'other' })],
    ['by a key that is not known', 'login_required', () => withServer({}, async ({ url }) => (await tokensFor({}, {}, url)).id_token)],
    ['with another signature', 'invalid_request', async () => `${(await hintOf(alice)).slice(0, -8)}AAAAAAAA`],
    ['without a signature', 'login_required', async () => (await hintOf(alice)).replace(/^[^.]*(\.[^.]*\.).*$/, `${unsigned}$1`)],
    ['that is an access token', 'invalid_request', async () => (await tokensFor({})).access_token],
    ['that is no token', 'invalid_request', async () => 'alice'],
  ])('%s is refused with %s', async (_, error, make) => {
    const { parameters } = await ask({ id_token_hint: await make() }, { agent: await signedIn() });
    expect(parameters).toMatchObject({ error, error_description: expect.stringContaining('id_token_hint') });
    expect(parameters).not.toHaveProperty('code');
  });

  const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
});

describe('acr_values', () => {
  it('are a wish: the ID token says how the user has signed in', async () => {
    const { claims } = await idTokenFor({ acr_values: 'urn:example:gold urn:example:silver' });
    expect(claims.acr).toBe('urn:example:bronze');
  });

  const essential = (...values: string[]) => ({ claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }) });

  it('that are essential, as values of the claim acr, are met by one of them', async () => {
    const { claims } = await idTokenFor(essential('urn:example:gold', 'urn:example:bronze'));
    expect(claims.acr).toBe('urn:example:bronze');
  });

  it('that are essential and were not met are told to the client after one login', async () => {
    const { asked, parameters } = await ask(essential('urn:example:gold'));
    expect({ asked, error: parameters.error }).toEqual({ asked: ['login'], error: 'unmet_authentication_requirements' });
  });

  it('that are essential ask a user who is signed in otherwise to sign in again', async () => {
    const agent = await signedIn();
    const silently = await ask({ prompt: 'none', ...essential('urn:example:gold') }, { agent });
    expect(silently.parameters.error).toMatch(/^(login_required|unmet_authentication_requirements)$/);
    expect(silently.parameters).not.toHaveProperty('code');
  });

  it.each<readonly [string, Changes, readonly string[]]>([
    ['as acr_values', { acr_values: 'urn:example:gold urn:example:silver' }, ['urn:example:gold', 'urn:example:silver']],
    ['as an essential claim', essential('urn:example:gold'), ['urn:example:gold']],
    ['not at all', {}, []],
  ])('are handed to users.authenticate, asked for %s', async (_, changes, expected) => {
    const seen: unknown[] = [];
    const users = {
      ...table,
      authenticate(_: unknown, { acr_values }: { acr_values: readonly string[] }) {
        seen.push(acr_values);
        return { id: 'alice', ...(acr_values[0] !== undefined && { acr: acr_values[0] }) };
      },
    } as Users;
    await withServer({ users }, async ({ url }) => {
      const { claims } = await idTokenFor(changes, {}, url);
      expect([seen, claims.acr]).toEqual([[expected], expected[0]]);
    });
  });
});

describe('ui_locales, claims_locales, display and parameters that nobody knows', () => {
  it('keep nobody from signing in', async () => {
    const changes = { ui_locales: 'fr-CA fr', claims_locales: 'fr', display: 'popup', banana: 'yellow' };
    expect((await ask(changes)).parameters).toHaveProperty('code');
  });
});

describe('userinfo', () => {
  it.each<readonly [string, object]>([
    ['openid', {}],
    ['openid profile', profile],
    ['openid email', email],
    ['openid phone', phone],
    ['openid address', { address }],
    ['openid profile email phone address', all],
    ['openid read:contacts', {}],
    ['openid offline_access', {}],
  ])('tells for the scope %s exactly what it stands for', async (scope, expected) => {
    const { access_token } = await tokensFor({ scope });
    expect(await userinfo(access_token)).toEqual({ sub: 'alice', ...expected });
  });

  it('tells of a user of whom little is known what there is', async () => {
    const { access_token } = await tokensFor({ scope: 'openid profile email' }, { person: bob });
    expect(await userinfo(access_token)).toEqual({ sub: 'bob' });
  });

  it('tells less after a refresh with less', async () => {
    const { refresh_token } = await tokensFor({ scope: 'openid email phone' });
    const { body } = await token(server.url, { ...authenticated('rp'), grant_type: 'refresh_token', refresh_token, scope: 'openid phone' });
    expect(await userinfo(body.access_token ?? '')).toEqual({ sub: 'alice', ...phone });
  });

  it('tells what is so now, not what was so when the token was made', async () => {
    let name = 'Alice Liddell';
    const users: Users = { ...table, find: (sub) => ({ id: sub, name }) } as Users;
    await withServer({ users }, async ({ url }) => {
      const { access_token } = await tokensFor({ scope: 'openid profile' }, {}, url);
      name = 'Alice Hargreaves';
      expect(await userinfo(access_token, url)).toEqual({ sub: 'alice', name });
    });
  });

  it('says to the operator, and to nobody else, which claim of the host cannot be told', async () => {
    const told = jest.fn();
    const users = { ...table, claims: () => ({ shoe_size: 37n }) } as Users;
    await withServer({ users, log: { warn: () => {}, error: told } }, async ({ url }) => {
      const { access_token } = await tokensFor({ claims: JSON.stringify({ userinfo: { shoe_size: null } }) }, {}, url);
      expect(await userinfo(access_token, url)).toEqual({ error: 'server_error', error_description: expect.stringContaining('logged') });
    });
    const message = 'users.claims must give the claim shoe_size as something that can be written as JSON.';
    expect(told).toHaveBeenCalledWith(expect.stringContaining('userinfo'), expect.objectContaining({ message }));
  });

  it('is not written by a function of the host that the client asks for by its name', async () => {
    const users = { ...table, claims: () => ({ toJSON: () => ({ sub: 'bob' }) }) } as Users;
    await withServer({ users }, async ({ url }) => {
      const asked = JSON.stringify({ userinfo: { toJSON: null }, id_token: { toJSON: null } });
      const { access_token, id_token } = await tokensFor({ claims: asked }, {}, url);
      expect(await userinfo(access_token, url)).toEqual({ sub: 'alice' });
      expect((await verified(url, id_token)).claims.sub).toBe('alice');
    });
  });

  it('tells also whoever asks with a token that came through the browser', async () => {
    const { parameters } = await ask({ response_type: 'id_token token', scope: 'openid email' });
    expect(await userinfo(parameters.access_token ?? '')).toEqual({ sub: 'alice', ...email });
  });

  describe('takes the access token', () => {
    const url = () => `${server.url}/oauth/userinfo`;

    it.each<readonly [string, (access_token: string) => RequestInit]>([
      ['of a GET, in the header', (access_token) => ({ headers: bearer(access_token) })],
      ['of a POST, in the header', (access_token) => ({ method: 'POST', headers: bearer(access_token) })],
      ['of a POST, in the body', (access_token) => ({ method: 'POST', body: form({ access_token }) })],
    ])('%s', async (_, init) => {
      const { access_token } = await tokensFor({});
      const answer = await fetch(url(), init(access_token));
      expect({ status: answer.status, type: answer.headers.get('content-type'), cache: answer.headers.get('cache-control') }).toEqual({
        status: 200,
        type: 'application/json; charset=utf-8',
        cache: 'no-store',
      });
      expect(await answer.json()).toEqual({ sub: 'alice' });
    });

    it.each<readonly [string, (access_token: string) => readonly [string, RequestInit], number, string]>([
      [
        'in header and body',
        (t) => ['', { method: 'POST', headers: bearer(t), body: form({ access_token: t }) }],
        400,
        'error="invalid_request"',
      ],
      ['in the query', (t) => [`?access_token=${t}`, {}], 401, 'Bearer'],
      ['nowhere', () => ['', {}], 401, 'Bearer'],
      ['in another scheme', (t) => ['', { headers: { Authorization: `Basic ${t}` } }], 401, 'Bearer'],
      ['with another signature', (t) => ['', { headers: bearer(`${t.slice(0, -8)}AAAAAAAA`) }], 401, 'error="invalid_token"'],
    ])('not %s', async (_, make, status, challenged) => {
      const [query, init] = make((await tokensFor({})).access_token);
      const answer = await fetch(`${url()}${query}`, init);
      expect(answer.status).toBe(status);
      expect(answer.headers.get('www-authenticate')).toContain(challenged);
      expect(await answer.text()).not.toContain('alice');
    });

    it('not without the scope openid', async () => {
      const { access_token } = await tokensFor({ scope: 'profile read:contacts' });
      const answer = await fetch(url(), { headers: bearer(access_token) });
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
        403,
        expect.stringMatching(/^Bearer error="insufficient_scope".*scope="openid"$/),
      ]);
    });

    it('not when it has expired', async () => {
      await withServer({}, async (other) => {
        const { access_token } = await tokensFor({}, {}, other.url);
        other.sleep(601);
        const answer = await fetch(`${other.url}/oauth/userinfo`, { headers: bearer(access_token) });
        expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('invalid_token')]);
      });
    });

    it('not when the account is gone', async () => {
      const accounts = new Set(['alice']);
      const users = { ...table, find: (sub: string) => (accounts.has(sub) ? { id: sub } : null) } as Users;
      await withServer({ users }, async (other) => {
        const { access_token } = await tokensFor({}, {}, other.url);
        accounts.delete('alice');
        const answer = await fetch(`${other.url}/oauth/userinfo`, { headers: bearer(access_token) });
        expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
        expect(await answer.text()).not.toContain('alice');
      });
    });

    it('not in place of an ID token', async () => {
      const answer = await fetch(url(), { headers: bearer((await tokensFor({})).id_token) });
      expect(answer.status).toBe(401);
    });

    it('not when what was allowed has ended', async () => {
      await withServer({}, async (other) => {
        const { access_token, refresh_token } = await tokensFor({}, {}, other.url);
        const refresh = () => token(other.url, { ...authenticated('rp'), grant_type: 'refresh_token', refresh_token });
        await refresh();
        other.sleep(31);
        await refresh(); // a copy, so all ends
        expect((await fetch(`${other.url}/oauth/userinfo`, { headers: bearer(access_token) })).status).toBe(401);
      });
    });
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'])('is a JWT by %s for a client that registered that', async (alg) => {
    const { access_token } = await tokensFor({ client_id: alg.toLowerCase(), scope: 'openid email' });
    const answer = await fetch(`${server.url}/oauth/userinfo`, { headers: bearer(access_token) });
    expect(answer.headers.get('content-type')).toBe('application/jwt');
    const { header, claims } = await verified(server.url, await answer.text());
    expect(header.alg).toBe(alg);
    expect(claims).toEqual({ iss: server.url, aud: alg.toLowerCase(), sub: 'alice', ...email, iat: expect.any(Number) });
  });

  it.each([
    ['rsa-encrypted', rsa, 'RSA-OAEP-256', 'A256GCM', 'RS256'],
    ['ec-encrypted', ec, 'ECDH-ES', 'A128CBC-HS256', 'ES256'],
  ])('is encrypted for the client %s, which registered that', async (client_id, { privateJwk }, alg, enc, signed) => {
    const { access_token } = await tokensFor({ client_id, scope: 'openid email' });
    const jwe = await (await fetch(`${server.url}/oauth/userinfo`, { headers: bearer(access_token) })).text();
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, await importJWK(privateJwk, alg));
    expect(protectedHeader).toMatchObject({ alg, enc, cty: 'JWT' });
    const { header, claims } = await verified(server.url, Buffer.from(plaintext).toString());
    expect([header.alg, claims]).toEqual([signed, expect.objectContaining({ sub: 'alice', ...email })]);
  });
});

describe('the parameter claims', () => {
  const claims = (value: object) => ({ claims: JSON.stringify(value) });

  it.each<readonly [string, object, object, object]>([
    ['null', { userinfo: { email: null } }, { email: 'alice@example.com' }, {}],
    ['essential', { userinfo: { email: { essential: true } } }, { email: 'alice@example.com' }, {}],
    ['for the ID token', { id_token: { email: null, birthdate: null } }, {}, { email: 'alice@example.com', birthdate: '1852-05-04' }],
    [
      'for both',
      { id_token: { email: null }, userinfo: { name: null } },
      { name: 'Alice Liddell', 'name#fr': 'Alice au pays' },
      { email: 'alice@example.com' },
    ],
    ['in one language', { userinfo: { 'name#fr': null } }, { 'name#fr': 'Alice au pays' }, {}],
    ['with the value that it has', { userinfo: { given_name: { value: 'Alice' } } }, { given_name: 'Alice' }, {}],
    ['with another value', { userinfo: { given_name: { value: 'Bob' } } }, {}, {}],
    ['with values that have it', { userinfo: { given_name: { values: ['Bob', 'Alice'] } } }, { given_name: 'Alice' }, {}],
    ['with other values', { userinfo: { given_name: { essential: true, values: ['Bob'] } } }, {}, {}],
    ['that nobody knows', { userinfo: { shoe_size: { essential: true } }, id_token: { shoe_size: null } }, {}, {}],
    [
      "by the names of fields of the host's table",
      { userinfo: { password_hash: null, department: { essential: true }, id: null }, id_token: { password_hash: null, department: null } },
      {},
      {},
    ],
    ['that the login alone can tell', { userinfo: { iss: null, aud: null, auth_time: null, acr: null } }, {}, {}],
    ['by members that nobody knows', { banana: { email: null }, userinfo: { email: { banana: 1 } } }, { email: 'alice@example.com' }, {}],
    ['by the name of what every object has', { userinfo: { constructor: null, toString: null } }, {}, {}],
  ])('asks by name, %s, and is told that and no more', async (_, value, inUserinfo, inIdToken) => {
    const { access_token, id_token } = await tokensFor(claims(value));
    expect(await userinfo(access_token)).toEqual({ sub: 'alice', ...inUserinfo });
    const { claims: told } = await verified(server.url, id_token);
    const standard = ['iss', 'sub', 'aud', 'azp', 'iat', 'exp', 'auth_time', 'acr', 'amr', 'sid', 'nonce', 'at_hash'];
    expect(Object.fromEntries(Object.entries(told).filter(([name]) => !standard.includes(name)))).toEqual(inIdToken);
    expect(told).toMatchObject({ iss: server.url, acr: 'urn:example:bronze' }); // and not what the host's table has under these names
  });

  it('still asks after a refresh', async () => {
    const { refresh_token } = await tokensFor(claims({ id_token: { email: null }, userinfo: { birthdate: null } }));
    const { body } = await token(server.url, { ...authenticated('rp'), grant_type: 'refresh_token', refresh_token });
    expect((await verified(server.url, body.id_token)).claims).toMatchObject({ email: 'alice@example.com' });
    expect(await userinfo(body.access_token ?? '')).toEqual({ sub: 'alice', birthdate: '1852-05-04' });
  });

  it('shows the user what is asked for by name, which the scopes do not say', async () => {
    await withServer({}, async ({ url }) => {
      const value = { userinfo: { birthdate: null, email: null }, id_token: { 'name#fr': null, acr: null } };
      const { html } = await consentPage(url, claims(value));
      expect(claimsShown(html)).toEqual(['date of birth', 'email address', 'full name']);
      expect(html).not.toContain('acr');
    });
  });

  it.each(['shoe_size', 'http://example.info/claims/groups', 'shoe_size#fr'])(
    'shows the name %s, which is made up, in quotes',
    async (name) => {
      const { html } = await consentPage(server.url, claims({ userinfo: { [name]: null, birthdate: null } }));
      expect(claimsShown(html)).toEqual([`“${name}”`, 'date of birth']);
    },
  );

  it.each([
    'email address. This app is made by your bank',
    'e-mail; nothing else',
    '<script>alert(1)</script>',
    '“shoe_size”',
    'x'.repeat(101),
    'shoe_size#fr and all else',
    '',
  ])('passes over the name %j, which could say anything to the user', async (name) => {
    const { html } = await consentPage(server.url, claims({ userinfo: { [name]: null, birthdate: null }, id_token: { [name]: null } }));
    expect(claimsShown(html)).toEqual(['date of birth']);
  });

  it('tells a client nothing that it may not ask for by scope', async () => {
    const beyond = { phone_number: null, birthdate: { essential: true }, 'name#fr': null, address: null };
    const asked = claims({ userinfo: { email: null, ...beyond }, id_token: { email_verified: null, ...beyond } });
    const { access_token, id_token } = await tokensFor({ client_id: 'narrow', ...asked });
    expect(await userinfo(access_token)).toEqual({ sub: 'alice', email: 'alice@example.com' });
    const told = (await verified(server.url, id_token)).claims;
    expect(told).toHaveProperty('email_verified', true);
    for (const name of Object.keys(beyond)) expect(told).not.toHaveProperty(name);
  });

  it('does not show the user what a client may not ask for', async () => {
    const { html } = await consentPage(server.url, { ...ofNarrow, ...claims({ userinfo: { email: null, birthdate: null } }) });
    expect(claimsShown(html)).toEqual(['email address']);
  });

  /** What the consent page says that the client will see, by name. */
  const claimsShown = (html: string) => [...html.matchAll(/See this about you: <bdi[^>]*>([^<]*)/g)].map(([, claim]) => claim);

  const ofNarrow = { client_id: 'narrow', redirect_uri: redirectUriOf('narrow') };

  const consentPage = (url: string, changes: Changes) =>
    openConsent(new Agent(url), alice, startOf({ prompt: 'consent', ...changes }, url));

  it.each<readonly [string, readonly [Changes, Changes], readonly string[]]>([
    ['for what was allowed', [claims({ userinfo: { email: null } }), claims({ id_token: { email: null } })], []],
    ['for another claim', [claims({ userinfo: { email: null } }), claims({ userinfo: { phone_number: null } })], ['consent']],
    [
      'for a claim of a scope that is asked for too, and was allowed',
      [{ scope: 'openid email' }, { scope: 'openid email', ...claims({ id_token: { email: null } }) }],
      [],
    ],
    ['for a scope of which one claim was allowed', [claims({ userinfo: { email: null } }), { scope: 'openid email' }], ['consent']],
  ])('asks the user anew, or not, %s', async (_, [first, second], pages) => {
    await withServer({}, async ({ url }) => {
      const agent = new Agent(url);
      await answerTo(startOf(first, url), { agent });
      expect((await answerTo(startOf(second, url), { agent })).asked).toEqual(pages);
    });
  });

  it('names by the value of sub whom the client expects', async () => {
    const agent = await signedIn(alice);
    const expecting = (value: string) => ask({ prompt: 'none', ...claims({ id_token: { sub: { value } } }) }, { agent });
    expect((await expecting('alice')).parameters).toHaveProperty('code');
    expect((await expecting('bob')).parameters.error).toBe('login_required');
  });

  it.each([
    '{',
    '[]',
    'null',
    '"email"',
    '{"userinfo":[]}',
    '{"id_token":"email"}',
    '{"userinfo":{"email":1}}',
    '{"userinfo":{"email":{"values":1}}}',
  ])('is refused as %s', async (text) => {
    const { parameters } = await ask({ claims: text });
    expect(parameters).toMatchObject({ error: 'invalid_request', error_description: expect.stringContaining('claim') });
  });
});

describe('users.claims', () => {
  it('is asked with the scopes, the names, the languages and the client, and believed in what was asked for alone', async () => {
    const calls: unknown[] = [];
    const users: Users = {
      ...table,
      claims(sub, { scopes, claims, locales, client }) {
        calls.push({ sub, scopes, claims, locales, client_id: client.client_id });
        return { ...all, department: 'Wonderland', sub: 'mallory', iss: 'https://evil.example', password_hash: 'x' };
      },
    } as Users;
    await withServer({ users }, async ({ url }) => {
      const claims = JSON.stringify({ userinfo: { department: null } });
      const { access_token } = await tokensFor({ scope: 'openid email', claims, claims_locales: 'fr-CA en' }, {}, url);
      expect(await userinfo(access_token, url)).toEqual({ sub: 'alice', ...email, department: 'Wonderland' });
    });
    const asked = { sub: 'alice', scopes: ['openid', 'email'], claims: ['email', 'email_verified', 'department'] };
    expect(calls).toEqual([{ ...asked, locales: ['fr-CA', 'en'], client_id: 'rp' }]);
  });

  it('is not asked where no claim is', async () => {
    const users = { ...table, claims: () => Promise.reject(new Error('Nobody asked.')) } as Users;
    await withServer({ users }, async ({ url }) => {
      expect(await userinfo((await tokensFor({}, {}, url)).access_token, url)).toEqual({ sub: 'alice' });
    });
  });
});

describe('a pairwise client', () => {
  const subOf = async (client_id: string, changes: Changes = {}) => {
    const redirect_uri = clients.find((client) => client.client_id === client_id)?.redirect_uris?.[0];
    const tokens = await tokensFor({ client_id, redirect_uri, ...changes });
    return { tokens, sub: (await verified(server.url, tokens.id_token)).claims.sub as string };
  };

  it('knows each user under a name of its own, which another sector does not know and the same sector does', async () => {
    const subs = [];
    for (const client_id of ['pairwise', 'neighbour', 'stranger']) subs.push((await subOf(client_id)).sub);
    const [one, neighbour, stranger] = subs;
    expect(one).toMatch(/^[\w-]{43}$/);
    expect(neighbour).toBe(one);
    expect(stranger).toMatch(/^[\w-]{43}$/);
    expect(stranger).not.toBe(one);
  });

  it('knows two users under two names, and each under the same again', async () => {
    const again = async (person: typeof alice) => (await idTokenFor({ client_id: 'pairwise' }, { person })).claims.sub;
    const [first, second, other] = [await again(alice), await again(alice), await again(bob)];
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('has the same name in an access token for userinfo, which it can read', async () => {
    const { tokens, sub } = await subOf('pairwise', { scope: 'openid email' });
    expect((await verified(server.url, tokens.access_token)).claims).toMatchObject({ sub, aud: server.url });
    const { parameters } = await ask({ client_id: 'hidden', response_type: 'id_token token' });
    const [id, access] = [await verified(server.url, parameters.id_token), await verified(server.url, parameters.access_token)];
    expect(id.claims.sub).toMatch(/^[\w-]{43}$/);
    expect(access.claims).toMatchObject({ sub: id.claims.sub, aud: server.url });
    expect(await userinfo(parameters.access_token ?? '')).toEqual({ sub: id.claims.sub });
  });

  it('has a name of its own for the session too, the same each time', async () => {
    const agent = await signedIn();
    const sidOf = async (client_id: string) => (await idTokenFor({ client_id }, { agent })).claims.sid;
    const sids = [await sidOf('pairwise'), await sidOf('stranger'), await sidOf('rp')];
    expect(sids).toEqual([
      expect.stringMatching(/^[\w-]{43}$/),
      expect.stringMatching(/^[\w-]{43}$/),
      expect.stringMatching(/^[\w-]{22}$/),
    ]);
    expect(new Set(sids).size).toBe(3);
    expect(await sidOf('pairwise')).toBe(sids[0]);
  });

  it('has the same name from userinfo and after a refresh; APIs are told the real one', async () => {
    const { tokens, sub } = await subOf('pairwise', { scope: 'openid read:contacts' });
    expect(await userinfo(tokens.access_token)).toEqual({ sub });
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token };
    const { body } = await token(server.url, { ...authenticated('pairwise'), ...refresh });
    expect((await verified(server.url, body.id_token)).claims.sub).toBe(sub);
    expect((await verified(server.url, tokens.access_token)).claims).toMatchObject({ sub: 'alice', aud: api });
  });

  it('may name by id_token_hint and by the claim sub whom it expects', async () => {
    const agent = await signedIn(alice, 'pairwise');
    const { tokens, sub } = await subOf('pairwise');
    const silently = async (changes: Changes) => (await ask({ client_id: 'pairwise', prompt: 'none', ...changes }, { agent })).parameters;
    expect(await silently({ id_token_hint: tokens.id_token })).toHaveProperty('code');
    expect(await silently({ claims: JSON.stringify({ id_token: { sub: { value: sub } } }) })).toHaveProperty('code');
    expect(await silently({ claims: JSON.stringify({ id_token: { sub: { value: 'alice' } } }) })).toMatchObject({
      error: 'login_required',
    });
    const ofBob = (await tokensFor({ client_id: 'pairwise' }, { person: bob })).id_token;
    expect(await silently({ id_token_hint: ofBob })).toMatchObject({ error: 'login_required' });
  });

  it('is announced', async () => {
    const { subject_types_supported } = (await (await fetch(`${server.url}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >;
    expect(subject_types_supported).toEqual(['public', 'pairwise']);
  });
});
