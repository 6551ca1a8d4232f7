/** Grants of the host's own, by the option `grants`. RFC 6749 section 4.5. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExtensionGrant } from '../../lib/config/options/index.js';
import type { Entitlement } from '../../lib/contracts.js';
import { OAuthError } from '../../lib/errors.js';
import { verified } from '../support/jwt.js';
import { api, callApi, type TestServer, testServer, token, web } from '../support/server.js';

const type = 'urn:example:grant-type:magic-link';
const desk = { client_id: 'desk', client_secret: 'the secret of the desk' };
const door = { client_id: 'door', client_secret: 'the secret of the door' };

/** What the host was given. */
const seen: { client_id: string; link: string | undefined; method: string | undefined; from: unknown }[] = [];

/** What the host gives for these links, instead of what is right. */
const given: Readonly<Record<string, unknown>> = {
  openid: { sub: 'alice', scope: ['openid', 'read:contacts'], refresh: false, auth_time: 1_700_000_000, acr: 'gold', amr: ['mail'] },
  number: { sub: 42, scope: ['read:contacts'] },
  'this API': { sub: 'alice', audience: api, scope: ['read:contacts'] },
  'another authorization': { sub: 'alice', scope: ['openid'], authorization: { id: 'x', sub: 'mallory', client_id: 'web', scope: [] } },
  nothing: undefined,
  'a string': 'alice',
  'no sub': { scope: ['read:contacts'], refresh: false },
  'an empty sub': { sub: '', scope: ['read:contacts'] },
  'a fraction as sub': { sub: 0.1, scope: ['read:contacts'] },
  'an unknown scope': { sub: 'alice', scope: ['everything'] },
  'no scope': { sub: 'alice' },
  'a scope that is a string': { sub: 'alice', scope: 'read:contacts' },
  'the audience of another API': { sub: 'alice', audience: 'https://other.example.com', scope: ['read:contacts'] },
};

const magicLink: ExtensionGrant = {
  type,
  async redeem({ client, parameters, req }) {
    seen.push({ client_id: client.client_id, link: parameters.get('link'), method: req.method, from: req.headers['x-from'] });
    const link = parameters.need('link');
    if (link === 'expired') throw new OAuthError('invalid_grant', 'The link has expired.');
    if (link === 'broken') throw new Error('connection to postgres://user:password@db refused');
    const good = { sub: 'alice', scope: ['read:contacts'], refresh: link === 'lasting' };
    return link in given ? (given[link] as Entitlement) : good;
  },
};

let server: TestServer;
const errors: unknown[] = [];

beforeAll(async () => {
  const clients = [{ ...desk, grant_types: [type, 'refresh_token'] }, { ...door, grant_types: [type] }, web];
  const log = { warn: () => {}, error: (_: string, cause: unknown) => errors.push(cause) };
  server = await testServer({ options: { clients, grants: [magicLink], log } });
});

afterAll(() => server.close());

const ask = (link: string | undefined, headers: Record<string, string> = {}, client = desk) =>
  token(server.url, { ...client, grant_type: type, link }, headers);

describe("a grant of the host's own", () => {
  it('is asked with the client, the parameters and the request', async () => {
    await ask('once', { 'X-From': 'desk 7' });
    expect(seen.at(-1)).toEqual({ client_id: 'desk', link: 'once', method: 'POST', from: 'desk 7' });
  });

  it('gives an access token for the API that has the scope', async () => {
    const { status, body } = await ask('once');
    expect([status, body]).toEqual([
      200,
      { access_token: expect.any(String), token_type: 'Bearer', expires_in: 600, scope: 'read:contacts' },
    ]);
    expect((await verified(server.url, body.access_token)).claims).toMatchObject({ sub: 'alice', aud: api, client_id: 'desk' });
    expect((await callApi(server.url, body.access_token)).status).toBe(200);
  });

  it('gives a refresh token where it says so, which rotates as any other', async () => {
    const { body } = await ask('lasting');
    const refresh = (refresh_token: string | undefined) => token(server.url, { ...desk, grant_type: 'refresh_token', refresh_token });
    const second = await refresh(body.refresh_token);
    const third = await refresh(second.body.refresh_token);
    expect((await callApi(server.url, third.body.access_token)).status).toBe(200);
    server.sleep(31);
    expect((await refresh(body.refresh_token)).body.error).toBe('invalid_grant');
    expect((await callApi(server.url, third.body.access_token)).status).toBe(401);
  });

  it('gives no refresh token to a client that may not use one', async () => {
    const { status, body } = await ask('lasting', {}, door);
    expect([status, body.refresh_token]).toEqual([200, undefined]);
  });

  it('gives an ID token with the scope openid, of the login that it tells of', async () => {
    const { body } = await ask('openid');
    expect((await verified(server.url, body.id_token)).claims).toMatchObject({
      sub: 'alice',
      aud: 'desk',
      auth_time: 1_700_000_000,
      acr: 'gold',
      amr: ['mail'],
    });
  });

  it.each<readonly [string, string, object]>([
    ['a number as the sub, as a string', 'number', { sub: '42', aud: api }],
    ['the audience that has the scope', 'this API', { sub: 'alice', aud: api }],
    ['the sub, and no authorization of its own making', 'another authorization', { sub: 'alice', client_id: 'desk' }],
  ])('may give %s', async (_, link, claims) => {
    const { body } = await ask(link);
    expect((await verified(server.url, body.access_token)).claims).toMatchObject(claims);
    if (body.id_token) expect((await verified(server.url, body.id_token)).claims.sub).toBe('alice');
  });

  it.each([
    ...['nothing', 'a string', 'no sub', 'an empty sub', 'a fraction as sub'],
    ...['an unknown scope', 'no scope', 'a scope that is a string', 'the audience of another API'],
  ])('that gives %s has made a mistake: the client is told that there was one, and the operator which', async (link) => {
    errors.length = 0;
    const { status, headers, body } = await ask(link);
    expect({ status, type: headers.get('content-type'), body }).toEqual({
      status: 500,
      type: expect.stringMatching(/^application\/json\b/),
      body: { error: 'server_error', error_description: expect.not.stringContaining('redeem') },
    });
    expect(errors).toEqual([expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('redeem must give') })]);
  });

  it.each<readonly [string, string | undefined, number, object]>([
    ['its own OAuthError', 'expired', 400, { error: 'invalid_grant', error_description: 'The link has expired.' }],
    ['a parameter that it needs', undefined, 400, { error: 'invalid_request', error_description: 'The parameter link is missing.' }],
    ['an error of another kind', 'broken', 500, { error: 'server_error', error_description: expect.not.stringContaining('postgres') }],
  ])('tells the client of %s', async (_, link, status, body) => {
    const answer = await ask(link);
    expect([answer.status, answer.body]).toEqual([status, body]);
  });

  it('that fails tells the operator why', async () => {
    errors.length = 0;
    await ask('broken');
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('postgres') })]);
  });

  it('is for clients that have it', async () => {
    const { client_id, client_secret } = web;
    expect((await token(server.url, { client_id, client_secret, grant_type: type, link: 'once' })).body.error).toBe('unauthorized_client');
  });

  const grantTypesOf = async (url: string) =>
    ((await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as Record<string, string[]>).grant_types_supported;

  it('is announced', async () => {
    expect(await grantTypesOf(server.url)).toEqual(['authorization_code', 'refresh_token', type]);
  });

  it('is not announced where no client has it', async () => {
    const other = await testServer({ options: { clients: [web], grants: [magicLink] } });
    const announced = await grantTypesOf(other.url);
    await other.close();
    expect(announced).toEqual(['authorization_code', 'refresh_token']);
  });
});
