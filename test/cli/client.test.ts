/** Clients and keys by command, at servers that run meanwhile in other processes, on one real Redis. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { exportJWK, generateKeyPair } from 'jose';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import { systemClock } from '../../lib/platform/clock.js';
import { asParameters, makeAssertion } from '../support/assertion.js';
import { type Operator, optionsSource, startOperator } from '../support/cli.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { freshCode, secret, type TestServer, testServer, token } from '../support/server.js';

interface Created {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly [name: string]: unknown;
}

const callback = 'https://client.example.com/callback';
const machine = ['--grant', 'client_credentials', '--scope', 'read:contacts'];

let operator: Operator;
let redis: RedisServer;
let cluster: Cluster;
/** Of a server in another process. */
let url: string;
/** One in this process, with a clock that can be moved. */
let server: TestServer;

beforeAll(async () => {
  [operator, redis, cluster] = await Promise.all([startOperator(), startRedis(), startCluster(1)]);
  await operator.write('oauth.config.mjs', `export default ${optionsSource(redis.url)};`);
  [url] = (await cluster.serve({ redis: redis.url })) as [string];
  server = await testServer({ options: { redis: redis.url } });
});

afterAll(async () => {
  await Promise.all([server.close(), cluster.kill()]);
  await Promise.all([operator.remove(), redis.stop()]);
});

function create(...args: readonly string[]): Promise<Created> {
  return operator.json('client', 'create', ...args);
}

/** As a machine, by its secret. */
function askAs({ client_id, client_secret }: Created, at = url) {
  return token(at, { grant_type: 'client_credentials', client_id, client_secret });
}

describe('a client that was created by command', () => {
  it('signs users in at once, at a server that was running before', async () => {
    const { client_id, client_secret } = await create('--name', 'Calendar', '--redirect-uri', callback);
    const redemption = await freshCode(url, { client_id });
    expect(await token(url, { ...redemption, client_id, client_secret })).toMatchObject({ status: 200 });
  });

  it('may be public', async () => {
    const created = await create('--public', '--name', 'Notes', '--redirect-uri', callback);
    expect(created).toMatchObject({ token_endpoint_auth_method: 'none' });
    expect(created).not.toHaveProperty('client_secret');
    const { client_id } = created;
    expect(await token(url, { ...(await freshCode(url, { client_id })), client_id })).toMatchObject({ status: 200 });
  });

  it('may be the host’s own, whose users are not asked', async () => {
    expect(await create('--first-party', '--name', 'Ours', '--redirect-uri', callback)).toMatchObject({ firstParty: true });
  });

  it('may be a machine', async () => {
    expect(await askAs(await create('--name', 'Job', ...machine))).toMatchObject({ status: 200, body: { scope: 'read:contacts' } });
  });

  it.each(['HS256', 'HS512'])('may sign assertions with its secret, by %s', async (alg) => {
    await operator.write('metadata.json', '{ "token_endpoint_auth_method": "client_secret_jwt" }');
    const { client_id, client_secret } = await create('--metadata', 'metadata.json', ...machine);
    const key = new TextEncoder().encode(client_secret);
    const assertion = await makeAssertion({ client_id, issuer: url, key, alg, now: systemClock() });
    expect(await token(url, { grant_type: 'client_credentials', client_id, ...asParameters(assertion) })).toMatchObject({ status: 200 });
  });

  it('may sign assertions with a key of its own', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'a key' }] };
    await operator.write('metadata.json', JSON.stringify({ token_endpoint_auth_method: 'private_key_jwt', jwks }));
    const created = await create('--metadata', 'metadata.json', ...machine);
    expect(created).not.toHaveProperty('client_secret');
    const { client_id } = created;
    const assertion = await makeAssertion({
      client_id,
      issuer: url,
      key: privateKey,
      alg: 'ES256',
      now: systemClock(),
      header: { kid: 'a key' },
    });
    expect(await token(url, { grant_type: 'client_credentials', client_id, ...asParameters(assertion) })).toMatchObject({ status: 200 });
  });

  it('is refused within half a minute after it was removed', async () => {
    const created = await create('--name', 'Gone', ...machine);
    expect(await askAs(created, server.url)).toMatchObject({ status: 200 });
    expect(await operator.json('client', 'remove', created.client_id)).toEqual({ client_id: created.client_id, removed: true });
    expect(await askAs(created, url)).toMatchObject({ status: 401 }); // where nobody had asked for it
    server.sleep(30);
    expect(await askAs(created, server.url)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });
});

describe('a secret', () => {
  it('is shown once, and stands in no store', async () => {
    const { stdout } = await operator.run('client', 'create', '--name', 'Secretive', ...machine);
    const [, client_id = ''] = /^(\S+)/.exec(stdout) ?? [];
    const [, client_secret = ''] = /client_secret +(\S+) +\(shown this once\)/.exec(stdout) ?? [];
    expect(client_secret).toMatch(/^[\w-]{64}$/);
    const later = [
      await operator.run('client', 'show', client_id),
      await operator.run('client', 'show', client_id, '--json'),
      await operator.run('client', 'list'),
      await operator.run('client', 'list', '--json'),
      await operator.run('client', 'remove', client_id),
    ];
    const client = new Redis(redis.url);
    const kept = await client.mget(...(await client.keys('*:value:*')));
    client.disconnect();
    expect(later.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(JSON.stringify([later, kept])).not.toContain(client_secret);
    expect(JSON.stringify(later)).not.toMatch(/secretHash|tokenHash|sealedSecret/);
  });

  it('in a file that cannot be read is not repeated', async () => {
    await operator.write('metadata.json', '{ "client_secret": "a secret in a file"');
    const { code, stdout, stderr } = await operator.run('client', 'create', '--metadata', 'metadata.json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('There is no JSON object in metadata.json.');
    expect(stderr).not.toContain('a secret');
  });
});

describe('what is asked for a client', () => {
  it.each<[string, object, string[], RegExp]>([
    ['no redirect URI', {}, ['--name', 'A'], /redirect_uris: It names no URI.*Name all URIs/],
    ['a bad one', {}, ['--redirect-uri', 'http://a.example.com/'], /redirect_uris\[0\]: .*Use https/],
    ['an unknown grant', {}, ['--grant', 'magic'], /grant_types: Unknown here: magic\. Known are: /],
    ['an unknown scope', {}, ['--scope', 'admin', '--redirect-uri', callback], /scope: Unknown here: admin/],
    ['an unknown name', { redirect_uri: callback }, [], /redirect_uri: There is no option of this name\. Did you mean `redirect_uris`\?/],
    ['a name of its own', { client_id: 'mine' }, [], /There is a client_id in metadata\.json\. Leave it out: it is made here\./],
    ['a secret of its own', { client_secret: 'my own secret of characters' }, [], /There is a client_secret in metadata\.json/],
    ['two ways', { token_endpoint_auth_method: 'private_key_jwt' }, ['--public'], /--public is for clients without authentication/],
    ['a private key', { jwks: { keys: [{ kty: 'EC', d: 'x' }] }, redirect_uris: [callback] }, [], /jwks: It has a private key/],
    ['pairwise names without a salt', { subject_type: 'pairwise', redirect_uris: [callback] }, [], /subject_type: Unknown here: pairwise/],
  ])('is refused with a cure: %s', async (_, metadata, args, said) => {
    await operator.write('metadata.json', JSON.stringify(metadata));
    const { code, stdout, stderr } = await operator.run('client', 'create', '--metadata', 'metadata.json', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain('my own secret');
  });

  it('is warned of, where RFC 9700 advises against it', async () => {
    const { code, stdout, stderr } = await operator.run('client', 'create', '--grant', 'password', '--json');
    expect({ code, grants: JSON.parse(stdout).grant_types }).toEqual({ code: 0, grants: ['password'] });
    expect(stderr).toMatch(/may use the grant password\. It hands its users’ passwords to a client/);
  });
});

describe('a client that is looked for', () => {
  it.each(['show', 'remove'])('is not there: `%s` says what is', async (command) => {
    const { client_id } = await create('--name', 'Near', ...machine);
    const near = await operator.run('client', command, `${client_id.slice(0, -1)}~`);
    const far = await operator.run('client', command, 'nobody');
    expect([near.code, far.code, near.stdout, far.stdout]).toEqual([1, 1, '', '']);
    expect(near.stderr).toContain(`Did you mean ${client_id}?`);
    expect(far.stderr).toContain('`client list` shows');
  });

  it('may stand in the options: it is shown, and removed there', async () => {
    expect(await operator.json('client', 'show', 'web')).toMatchObject({ client_id: 'web', source: 'host' });
    const { code, stderr } = await operator.run('client', 'remove', 'web');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'web stands in the option clients. Take it out there.\n' });
  });

  it('may have registered itself: then it says so', async () => {
    await operator.write('open.mjs', `export default ${optionsSource(redis.url, 'registration: true')};`);
    const open = await testServer({ options: { redis: redis.url, registration: true } });
    const client_name = 'Nice app';
    const ids: string[] = [];
    for (const token_endpoint_auth_method of ['none', 'client_secret_basic']) {
      const body = JSON.stringify({ client_name, redirect_uris: [callback], token_endpoint_auth_method });
      const answer = await fetch(`${open.url}/oauth/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      ids.push(((await answer.json()) as Created).client_id);
    }
    await open.close();
    for (const id of ids) {
      const { code, stdout } = await operator.run('client', 'show', id, '--config', 'open.mjs');
      expect({ code, isPlain: stdout.includes('Nice app'), isItself: stdout.includes('itself, by registration') }).toEqual({
        code: 0,
        isPlain: true,
        isItself: true,
      });
    }
    const removed = [];
    for (const id of ids) removed.push((await operator.run('client', 'remove', id, '--config', 'open.mjs')).code);
    expect(removed).toEqual([1, 0]); // the public one is kept nowhere
  });
});

describe('key rotate', () => {
  it('gives all keys a successor, which running servers publish', async () => {
    const published = async () =>
      ((await (await fetch(`${server.url}/oauth/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    const before = await published();
    const rotated = await operator.json<{ kid: string }[]>('key', 'rotate');
    server.sleep(61);
    const after = await published();
    expect(after).toEqual(rotated.map(({ kid }) => kid));
    expect(after.length).toBe(2 * before.length);
  });

  it('says so, where a rotation was under way', async () => {
    await operator.run('key', 'rotate');
    const { code, stdout } = await operator.run('key', 'rotate');
    expect({ code, said: stdout.split(':')[0] }).toEqual({
      code: 0,
      said: 'The next keys are published already, and sign within minutes',
    });
  });

  it('fails with a cure, where the keys are the host’s own', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const keys = JSON.stringify({ keys: [{ ...(await exportJWK(privateKey)), kid: 'own' }] });
    await operator.write('own.mjs', `export default ${optionsSource(redis.url, `keys: ${keys}`)};`);
    const { code, stdout, stderr } = await operator.run('key', 'rotate', '--config', 'own.mjs');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/Add the new key to the end of keys\.keys/);
  });

  it('fails with a cure, where the secret is another', async () => {
    const other = optionsSource(redis.url).replace(secret, 'another secret of more than 32 characters');
    await operator.write('other.mjs', `export default ${other};`);
    const { code, stderr } = await operator.run('key', 'rotate', '--config', 'other.mjs');
    expect(code).toBe(1);
    expect(stderr).toMatch(/sealed under a secret that is not in the option secrets/);
    expect(stderr).not.toContain(secret);
  });
});

it('keeps the secret of client_secret_jwt sealed, and it opens with the secrets alone', async () => {
  await operator.write('metadata.json', '{ "token_endpoint_auth_method": "client_secret_jwt" }');
  const { client_id, client_secret } = await create('--metadata', 'metadata.json', ...machine);
  const client = new Redis(redis.url);
  const [key = ''] = await client.keys(`*${client_id}`);
  const text = (await client.get(key)) ?? '';
  client.disconnect();
  const { sealedSecret } = JSON.parse(text.replace(/^\S+ /, '')).record;
  expect(text).not.toContain(client_secret);
  expect(await deriveSecrets([secret]).open('client secret', sealedSecret)).toBe(client_secret);
});
