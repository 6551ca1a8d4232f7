/** Which client calls, and in what way it says so. RFC 6749 sections 2.3 and 5.2. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientSecretJwt } from '../../lib/client-auth/client-secret-jwt.js';
import type { ClientOptions } from '../../lib/config/options/index.js';
import { asParameters } from '../support/assertion.js';
import { basic } from '../support/examples.js';
import { type TestServer, testServer, token } from '../support/server.js';

const machine = { grant_types: ['client_credentials'], scope: 'read:contacts' };
const [secret, oldSecret, olderSecret] = [
  'the newest secret of the client',
  'the secret of last year, still good',
  'the secret of the year before',
];
const hash = (text: string) => `sha256:${createHash('sha256').update(text).digest('base64url')}`;

const clients: ClientOptions[] = [
  { ...machine, client_id: 'plain', client_secret: secret },
  { ...machine, client_id: 'hashed', client_secret_hash: hash(secret) },
  { ...machine, client_id: 'changing', client_secret: secret, client_secret_hash: [hash(oldSecret), hash(olderSecret)] },
  { ...machine, client_id: 'basic', client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' },
  { ...machine, client_id: 'post', client_secret: secret, token_endpoint_auth_method: 'client_secret_post' },
  { ...machine, client_id: 'certificate', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'a.example' },
  { client_id: 'public', redirect_uris: ['https://client.example.com/callback'] },
];

let server: TestServer;

beforeAll(async () => {
  server = await testServer({ options: { clients } });
});

afterAll(() => server.close());

async function send(parameters: Readonly<Record<string, string | undefined>>, headers: Record<string, string> = {}) {
  const answer = await token(server.url, { grant_type: 'client_credentials', client_id: undefined, ...parameters }, headers);
  const { error, error_description } = answer.body;
  return { status: answer.status, error, error_description, challenge: answer.headers.get('www-authenticate') };
}

describe('a client secret', () => {
  it.each([
    ['plain', secret],
    ['hashed', secret],
    ['changing', secret],
    ['changing', oldSecret],
    ['changing', olderSecret],
  ])('of the client %s is accepted: %s', async (client_id, client_secret) => {
    expect(await send({ client_id, client_secret })).toMatchObject({ status: 200 });
    expect(await send({}, basic(client_id, client_secret))).toMatchObject({ status: 200 });
  });

  it.each([
    ['plain', oldSecret],
    ['hashed', hash(secret)],
    ['hashed', hash(secret).slice(7)],
    ['hashed', oldSecret],
    ['changing', hash(oldSecret)],
    ['changing', 'another secret'],
    ['certificate', secret],
    ['public', secret],
    ['nobody', secret],
  ])('of the client %s is not %s', async (client_id, client_secret) => {
    expect(await send({ client_id, client_secret })).toMatchObject({ status: 401, error: 'invalid_client' });
  });
});

describe('a client_id besides', () => {
  it('is no second way, if it is the same', async () => {
    expect(await send({ client_id: 'plain' }, basic('plain', secret))).toMatchObject({ status: 200 });
    expect(await send({ client_id: 'public' }, basic('plain', secret))).toMatchObject({ status: 400, error: 'invalid_request' });
  });

  it.each(['Bearer x', 'Basic', 'Basic !', 'Negotiate x'])(
    'does not stand in for an Authorization header that is none: %s',
    async (Authorization) => {
      const answer = await send({ client_id: 'public', grant_type: 'refresh_token', refresh_token: 'x' }, { Authorization });
      expect(answer).toMatchObject({ status: 401, error: 'invalid_client', challenge: expect.stringMatching(/^Basic /) });
    },
  );
});

describe('two ways at once', () => {
  const assertion = asParameters('eyJhbGciOiJub25lIn0.eyJzdWIiOiJwbGFpbiJ9.');

  it.each([
    ['Basic and a secret', { client_secret: secret, client_id: 'plain' }, basic('plain', secret)],
    ['Basic and an assertion', assertion, basic('plain', secret)],
    ['a secret and an assertion', { ...assertion, client_secret: secret, client_id: 'plain' }, {}],
    ['all three', { ...assertion, client_secret: secret, client_id: 'plain' }, basic('plain', secret)],
  ])('are refused: %s', async (_what, parameters, headers) => {
    expect(await send(parameters, headers)).toMatchObject({ status: 400, error: 'invalid_request' });
  });
});

describe('the row of client_secret_jwt', () => {
  it('accepts nothing of a client whose secret is not known', async () => {
    const nothing = {} as never;
    expect(await clientSecretJwt.accepts({ client_ids: ['hashed'], shown: ['x'] }, nothing, nothing, nothing)).toBe(false);
  });
});

describe('who is refused', () => {
  it('by Basic is challenged by it', async () => {
    expect((await send({}, basic('plain', 'wrong'))).challenge).toMatch(/^Basic /);
    expect((await send({}, basic('post', secret))).challenge).toMatch(/^Basic /);
  });

  it.each([
    ['a secret', { client_id: 'plain', client_secret: 'wrong' }],
    ['an assertion', asParameters('x')],
    ['a client_id alone', { client_id: 'certificate' }],
    ['nothing', {}],
  ])('by %s is not', async (_what, parameters) => {
    expect(await send(parameters)).toMatchObject({ status: 401, error: 'invalid_client', challenge: null });
  });

  it.each([
    ['basic', 'post', { client_id: 'basic', client_secret: secret }, {}],
    ['post', 'basic', {}, basic('post', secret)],
    ['plain', 'none', { client_id: 'plain' }, {}],
  ])('%s by client_secret_%s learns by what to authenticate', async (_client, _by, parameters, headers) => {
    expect((await send(parameters, headers)).error_description).toMatch(/Registered: client_secret_.*auth_method_mismatch/);
  });
});
