/** That a sampled answer which names another user, API, client, scope or issuer ends the run, whoever gave it. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { drive } from '../../bench/driver/drive.js';
import type { Target } from '../../bench/driver/target.js';
import type { Worker } from '../../bench/jobs/job.js';
import { expectAccessToken, expectIdToken, expectIntrospection, expectSub, proofOfTokens } from '../../bench/jobs/verify.js';
import { nodeOf } from '../../bench/measure/node.js';
import { startServer } from '../../bench/measure/server-process.js';
import { api, scope } from '../../bench/world.js';
import { startRedis } from '../support/redis.js';

const target: Target = { paths: {}, urls: ['https://as.example.com'] };
const granted = { username: 'user-7', scopes: ['openid', scope] };
const exp = Math.floor(Date.now() / 1000) + 600;
const right: JWTPayload = { iss: 'https://as.example.com', aud: api, sub: 'user-7', client_id: 'web', scope: `openid ${scope}`, exp };

describe('an access token', () => {
  it('may name its audience in a list, and its scopes in any order', () => {
    expect(() => expectAccessToken({ ...right, aud: [api], scope: `${scope} openid` }, target, granted)).not.toThrow();
  });

  it.each([
    ['sub', 'user-8'],
    ['aud', 'https://other.example.com'],
    ['aud', [api, 'https://other.example.com']],
    ['client_id', 'another'],
    ['scope', scope],
    ['scope', `openid ${scope} write:contacts`],
    ['iss', 'https://other.example.com'],
    ['exp', exp - 700],
  ])('is refused with a wrong %s: %s', (name, value) => {
    expect(() => expectAccessToken({ ...right, [name]: value }, target, granted)).toThrow(`The ${name} is `);
  });

  it.each(['sub', 'aud', 'client_id', 'scope', 'iss', 'exp'])('is refused without %s', (name) => {
    expect(() => expectAccessToken({ ...right, [name]: undefined }, target, granted)).toThrow(`The ${name} is undefined`);
  });

  it('of a machine is its own: one of a user is refused', () => {
    const scopes = granted.scopes;
    expect(() => expectAccessToken({ ...right, sub: 'web' }, target, { scopes })).not.toThrow();
    expect(() => expectAccessToken(right, target, { scopes })).toThrow('The sub is "user-7" in place of "web"');
  });
});

describe('an access token of a server that has a form of its own', () => {
  const peculiar: Target = {
    ...{ ...target, issuer: 'https://as.example.com/auth', client_id: 'x1', subs: { 'user-7': 'id-7' } },
    claims: { lacks: ['aud', 'sub of a machine'], client_id: 'cid', lacksScopes: ['openid'] },
  };
  const withoutSub: JWTPayload = { iss: 'https://as.example.com/auth', cid: 'x1', scope, exp };
  const said: JWTPayload = { ...withoutSub, sub: 'id-7' };

  it('is judged by that form', () => {
    expect(() => expectAccessToken(said, peculiar, granted)).not.toThrow();
    expect(() => expectAccessToken(withoutSub, peculiar, { scopes: [scope] })).not.toThrow();
  });

  it.each([
    ['aud', api],
    ['sub', 'user-7'],
    ['sub', undefined],
    ['cid', undefined],
    ['cid', 'web'],
    ['scope', `openid ${scope}`],
  ])('is refused where it is not so: %s is %s', (name, value) => {
    expect(() => expectAccessToken({ ...said, [name]: value }, peculiar, granted)).toThrow(`The ${name} is `);
  });

  it('has the audience that it has for a scope, and nowhere else', () => {
    const withUserinfo: Target = { ...target, claims: { audiences: { openid: 'https://as.example.com/userinfo' } } };
    const both = { ...right, aud: ['https://as.example.com/userinfo', api] };
    expect(() => expectAccessToken(both, withUserinfo, granted)).not.toThrow();
    expect(() => expectAccessToken(right, withUserinfo, granted)).toThrow('The aud is ');
    expect(() => expectAccessToken({ ...both, scope }, withUserinfo, { ...granted, scopes: [scope] })).toThrow('The aud is ');
  });
});

describe('an ID token', () => {
  const hash = createHash('sha256').update('the access token').digest().subarray(0, 16).toString('base64url');
  const idToken: JWTPayload = { iss: 'https://as.example.com', aud: 'web', sub: 'user-7', exp, at_hash: hash };

  it('needs no at_hash', () => {
    expect(() => expectIdToken(idToken, 'the access token', target, granted)).not.toThrow();
    expect(() => expectIdToken({ ...idToken, at_hash: undefined }, 'the access token', target, granted)).not.toThrow();
  });

  it.each([
    ['iss', 'https://other.example.com'],
    ['aud', api],
    ['aud', undefined],
    ['sub', 'user-8'],
    ['sub', undefined],
    ['nonce', 'which nobody sent'],
    ['at_hash', 'of another token'],
    ['exp', undefined],
  ])('is refused where %s is %s', (name, value) => {
    expect(() => expectIdToken({ ...idToken, [name]: value }, 'the access token', target, granted)).toThrow(`The ${name} is `);
  });
});

describe('an answer about a token', () => {
  it('is refused if it is of another user', () => {
    expect(() => expectSub('{"sub":"user-7"}', target, granted)).not.toThrow();
    expect(() => expectSub('{"sub":"user-8"}', target, granted)).toThrow('The sub is "user-8" in place of "user-7"');
    expect(() => expectSub('{}', target, granted)).toThrow('The sub is undefined');
  });

  it('is refused if it calls the token inactive, or another scope its own', () => {
    expect(() => expectIntrospection(JSON.stringify({ active: true, ...right }), target, granted)).not.toThrow();
    expect(() => expectIntrospection('{"active":false}', target, granted)).toThrow('The token is not active');
    expect(() => expectIntrospection(JSON.stringify({ ...right, active: true, scope }), target, granted)).toThrow('The scope is ');
  });
});

describe('a token answer', () => {
  const worker = { target, format: 'ES256' } as Worker;

  async function signed(claims: JWTPayload, alg: string) {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    const access_token = await new SignJWT(claims).setProtectedHeader({ alg }).sign(privateKey);
    return { tokens: { access_token, token_type: 'Bearer' }, keys: { keys: [await exportJWK(publicKey)] } };
  }

  it('is proven by a signature of the right kind, by the right key', async () => {
    const { tokens, keys } = await signed(right, 'ES256');
    await expect(proofOfTokens(tokens, worker, granted)(keys)).resolves.toBeUndefined();
    await expect(proofOfTokens(tokens, worker, granted)((await signed(right, 'ES256')).keys)).rejects.toThrow(
      'signature verification failed',
    );
    const other = await signed(right, 'ES384');
    await expect(proofOfTokens(other.tokens, worker, granted)(other.keys)).rejects.toThrow('signed by ES384 in place of ES256');
  });

  it('is refused if its JWT is of another user, however well signed', async () => {
    const { tokens, keys } = await signed({ ...right, sub: 'user-8' }, 'ES256');
    await expect(proofOfTokens(tokens, worker, granted)(keys)).rejects.toThrow('The sub is "user-8" in place of "user-7"');
  });

  it('is refused if its ID token is of another user', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const sign = (claims: JWTPayload) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    const keys = { keys: [await exportJWK(publicKey)] };
    const access_token = await sign(right);
    const idTokenOf = (sub: string) => sign({ iss: 'https://as.example.com', aud: 'web', sub, exp });
    const proof = (id_token: string) => proofOfTokens({ access_token, id_token, token_type: 'Bearer' }, worker, granted)(keys);
    await expect(proof(await idTokenOf('user-7'))).resolves.toBeUndefined();
    await expect(proof(await idTokenOf('user-8'))).rejects.toThrow('The sub is "user-8" in place of "user-7"');
  });
});

describe('a run', () => {
  const anybodyElse = new Proxy({}, { get: () => 'another' });

  it.each([
    ['client-credentials-es256', { claims: { lacks: ['aud'] } }, 'The aud is '],
    ['code', { subs: anybodyElse }, 'The sub is "user-'],
    ['code-openid', { claims: { lacksScopes: ['openid'] } }, 'The scope is '],
    ['refresh', { issuer: 'https://other.example.com' }, 'The iss is '],
    ['userinfo', { subs: anybodyElse }, 'The sub is "user-'],
    ['protect-jwt', { subs: anybodyElse }, 'The sub is "user-'],
    ['client-credentials-opaque', { claims: { lacks: ['sub of a machine'] } }, 'The sub is "web" in place of undefined'],
    ['full', { subs: anybodyElse }, 'The sub is "user-'],
    ['introspection', { claims: { client_id: 'cid' } }, 'The cid is '],
  ] as const)('of %s ends where the server answers other than for what was asked', async (job, told, failure) => {
    const redis = await startRedis();
    const format = /opaque|full|introspection/.test(job) ? 'opaque' : 'ES256';
    const node = nodeOf(process.versions.node.split('.')[0] as string);
    const server = await startServer({ name: 'ours', node, redis: redis.url, format });
    try {
      const order = { job, workers: 1, warmUp: 0, seconds: 0.05 };
      await expect(drive({ ...order, target: { ...server.target, ...told } }, async () => {})).rejects.toThrow(failure);
    } finally {
      await server.stop();
      await redis.stop();
    }
  });
});
