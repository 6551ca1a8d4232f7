import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { readRequestObject } from '../../lib/authorization/request-object.js';
import { Parameters } from '../../lib/http/parameters.js';
import { FetchRefused, type GuardedFetch } from '../../lib/platform/fetch.js';

const issuer = 'https://server.example.com';
const now = 1_700_000_000;
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const request_uri = 'https://client.example.org/request.jwt#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM';

const client = {
  client_id: 's6BhdRkqt3',
  jwks: { keys: [{ ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'k2bdc' }] },
  request_uris: ['https://client.example.org/request.jwt'],
};
const unsigned = { ...client, request_object_signing_alg: 'none' };

/** The example of OpenID Connect Core section 6.1. */
const example = {
  iss: 's6BhdRkqt3',
  aud: 'https://server.example.com',
  response_type: 'code id_token',
  client_id: 's6BhdRkqt3',
  redirect_uri: 'https://client.example.org/cb',
  scope: 'openid',
  state: 'af0ifjsldkj',
  nonce: 'n-0S6_WzA2Mj',
  max_age: 86400,
  claims: { userinfo: { given_name: { essential: true }, picture: null }, id_token: { acr: { values: ['urn:mace:incommon:iap:silver'] } } },
};
const outside = { response_type: 'code id_token', client_id: 's6BhdRkqt3', scope: 'openid' };

function sign(claims: object, header = {}, key = privateKey): Promise<string> {
  return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k2bdc', ...header }).sign(key);
}

function serving(body: string, status = 200) {
  return jest.fn<GuardedFetch>(async () => ({ status, headers: {}, body }));
}

function read(parameters: Record<string, string>, of: RequestObjectClient = client, fetch: GuardedFetch = serving('')) {
  return readRequestObject(new Parameters(Object.entries(parameters)), of, { settings: { issuer }, clock: () => now, fetch });
}
type RequestObjectClient = Arguments<typeof readRequestObject>[1];
type Arguments<T> = T extends (...args: infer A) => unknown ? A : never;

describe('a request without object', () => {
  it('is left as it is', async () => {
    const parameters = new Parameters(Object.entries(outside));
    expect(await readRequestObject(parameters, client, { settings: { issuer }, clock: () => now, fetch: serving('') })).toBe(parameters);
  });
});

describe('a request object by value', () => {
  it('gives its parameters, as in the example of the specification', async () => {
    const merged = await read({ ...outside, request: await sign(example) });
    const names = ['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'nonce', 'max_age', 'claims'];
    expect(Object.fromEntries(names.map((name) => [name, merged.need(name)]))).toEqual({
      response_type: 'code id_token',
      client_id: 's6BhdRkqt3',
      redirect_uri: 'https://client.example.org/cb',
      scope: 'openid',
      state: 'af0ifjsldkj',
      nonce: 'n-0S6_WzA2Mj',
      max_age: '86400',
      claims: JSON.stringify(example.claims),
    });
  });

  it('supersedes what stands outside; what it does not name stays', async () => {
    const merged = await read({ ...outside, state: 'outside', prompt: 'login', request: await sign({ scope: 'openid email', state: '' }) });
    expect([merged.get('scope'), merged.get('state'), merged.has('state'), merged.get('prompt')]).toEqual([
      'openid email',
      undefined,
      false,
      'login',
    ]);
  });

  it('is used up, and its own claims are no parameters', async () => {
    const merged = await read({ ...outside, sub: 'outside', request: await sign({ ...example, jti: '1', exp: now + 1 }) });
    expect(['request', 'request_uri', 'iss', 'aud', 'exp', 'jti'].filter((name) => merged.has(name))).toEqual([]);
    expect(merged.get('sub')).toBe('outside');
  });

  it('repeats a parameter by a list of strings', async () => {
    const merged = await read({ ...outside, request: await sign({ resource: ['https://a.example', 'https://b.example'] }) });
    expect(() => merged.get('resource')).toThrow('The parameter resource must not be repeated.');
    const single = await read({ ...outside, request: await sign({ resource: ['https://a.example'] }) });
    expect(single.get('resource')).toBe('https://a.example');
  });

  it.each<readonly [string, unknown, readonly string[]]>([
    ['a list', ['https://a.example', 'https://b.example'], ['https://a.example', 'https://b.example']],
    ['one', 'https://a.example', ['https://a.example']],
    ['a list with the same twice', ['https://a.example', 'https://a.example'], ['https://a.example']],
    ['an empty list', [], []],
    ['null', null, []],
    ['a number', 7, ['7']],
    ['a list of lists', [['https://a.example']], ['[["https://a.example"]]']],
  ])('names resources by %s, and what stands outside does not add to them', async (_, resource, values) => {
    const merged = await read({ ...outside, resource: 'https://outside.example', request: await sign({ resource }) });
    expect(merged.all('resource')).toEqual(values);
  });

  it('that names no resource leaves those outside', async () => {
    const parameters = new Parameters([
      ['resource', 'https://a.example'],
      ['resource', 'https://b.example'],
      ['request', await sign(example)],
    ]);
    const merged = await readRequestObject(parameters, client, { settings: { issuer }, clock: () => now, fetch: serving('') });
    expect(merged.all('resource')).toEqual(['https://a.example', 'https://b.example']);
  });

  it('writes a list of objects, a boolean and null as a query would', async () => {
    const details = [{ type: 'payment' }];
    const merged = await read({ ...outside, ui: 'outside', request: await sign({ authorization_details: details, flag: true, ui: null }) });
    expect([merged.get('authorization_details'), merged.get('flag'), merged.get('ui')]).toEqual([
      JSON.stringify(details),
      'true',
      undefined,
    ]);
  });

  it.each([
    ['no typ', {}],
    ['the typ JWT', { typ: 'JWT' }],
    ['the typ of RFC 9101', { typ: 'oauth-authz-req+jwt' }],
    ['the same as a media type', { typ: 'application/oauth-authz-req+jwt' }],
    ['no kid', { kid: undefined }],
  ])('may have %s', async (_name, header) => {
    expect((await read({ ...outside, request: await sign(example, header) })).get('state')).toBe('af0ifjsldkj');
  });

  it('may be for several audiences, of which we are one', async () => {
    const request = await sign({ ...example, aud: ['https://other.example.com', issuer] });
    expect((await read({ ...outside, request })).get('state')).toBe('af0ifjsldkj');
  });

  it('may hold the response_type alone, as RFC 9101 has it', async () => {
    const merged = await read({ client_id: 's6BhdRkqt3', request: await sign(example) });
    expect(merged.get('response_type')).toBe('code id_token');
  });

  it('may be unsigned, if the client has registered that', async () => {
    const request = new UnsecuredJWT({ ...example }).encode();
    expect((await read({ ...outside, request }, unsigned)).get('state')).toBe('af0ifjsldkj');
  });

  it('goes by the clock of the server, signed or not', async () => {
    const claims = { ...example, exp: now + 1 };
    expect((await read({ ...outside, request: await sign(claims) })).get('state')).toBe('af0ifjsldkj');
    expect((await read({ ...outside, request: new UnsecuredJWT(claims).encode() }, unsigned)).get('state')).toBe('af0ifjsldkj');
  });

  it('may be late or early by ten seconds', async () => {
    const request = await sign({ ...example, exp: now - 9, nbf: now + 9 });
    expect((await read({ ...outside, request })).get('state')).toBe('af0ifjsldkj');
  });

  it.each<[string, () => string | Promise<string>, RegExp, RequestObjectClient?]>([
    ['is no JWT', () => 'x', /^The request object is not valid: it has no readable header\.$/],
    ['has a stranger’s signature', () => sign(example, {}, stranger.privateKey), /signature verification failed/],
    ['has lost its signature', async () => (await sign(example)).replace(/[^.]*$/, ''), /signature verification failed/],
    ['names an unknown kid', () => sign(example, { kid: 'other' }), /^The client has no key for the algorithm ES256 and the kid other\.$/],
    ['was signed by a client without keys', () => sign(example), /neither jwks nor jwks_uri/, { client_id: 's6BhdRkqt3' }],
    ['is not signed', () => new UnsecuredJWT({ ...example }).encode(), /^The request object is not signed, which only a client may do/],
    [
      'is not signed, with a signature behind',
      async () => `${new UnsecuredJWT({ ...example }).encode()}c2ln`,
      /^The request object is not valid/,
      unsigned,
    ],
    [
      'is signed, where none was registered',
      () => sign(example),
      /alg of the request object is ES256, but .* registered none\.$/,
      unsigned,
    ],
    [
      'is signed by another algorithm than registered',
      () => sign(example),
      /^The alg of the request object is ES256, but the client has registered PS256\.$/,
      { ...client, request_object_signing_alg: 'PS256' },
    ],
    [
      'is not signed, where an algorithm was registered',
      () => new UnsecuredJWT({ ...example }).encode(),
      /^The alg of the request object is none, but the client has registered ES256\.$/,
      { ...client, request_object_signing_alg: 'ES256' },
    ],
    [
      'is signed with a shared secret',
      () => new SignJWT({ ...example }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.alloc(32)),
      /^The request object is signed with HS256, a shared secret\. Sign it with a key/,
    ],
    [
      'is signed by the public key as a shared secret',
      () =>
        new SignJWT({ ...example })
          .setProtectedHeader({ alg: 'HS256', kid: 'k2bdc' })
          .sign(Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }))),
      /^The request object is signed with HS256/,
      { ...client, request_object_signing_alg: 'HS256' },
    ],
    [
      'is encrypted',
      () => `${Buffer.from(JSON.stringify({ alg: 'RSA-OAEP', enc: 'A128GCM' })).toString('base64url')}.a.b.c.d`,
      /^The request object is encrypted, which is not supported\./,
    ],
    ['is a client assertion by its typ', () => sign(example, { typ: 'client-authentication+jwt' }), /^The typ of the request object/],
    ['is a DPoP proof by its typ', () => sign(example, { typ: 'dpop+jwt' }), /^The typ of the request object/],
    ['has expired', () => sign({ ...example, exp: now - 10 }), /"exp" claim timestamp check failed/],
    ['is not yet valid', () => sign({ ...example, nbf: now + 11 }), /"nbf" claim timestamp check failed/],
    ['has an exp that is no number', () => sign({ ...example, exp: 'never' }), /"exp" claim must be a number/],
    [
      'has expired, unsigned',
      () => new UnsecuredJWT({ ...example, exp: now - 10 }).encode(),
      /"exp" claim timestamp check failed/,
      unsigned,
    ],
    ['was issued by someone else', () => sign({ ...example, iss: 'other' }), /^The iss of the request object is not the client_id\.$/],
    [
      'is for someone else',
      () => sign({ ...example, aud: 'https://other.example.com' }),
      /^The aud of the request object does not contain/,
    ],
    ['is for no one', () => sign({ ...example, aud: [] }), /^The aud of the request object does not contain/],
    ['is for almost us', () => sign({ ...example, aud: `${issuer}/` }), /^The aud of the request object does not contain/],
    ['has another client_id', () => sign({ ...example, client_id: 'other' }), /^The client_id of the request object is another\.$/],
    [
      'has another response_type',
      () => sign({ ...example, response_type: 'code' }),
      /^The response_type of the request object is not that/,
    ],
    ['holds a request', () => sign({ ...example, request: 'x' }), /^The request object must not contain the parameter request\.$/],
    ['holds a request_uri', () => sign({ ...example, request_uri }), /^The request object must not contain the parameter request_uri\.$/],
    ['holds no object', () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.W10.`, /^The request object is not valid/, unsigned],
  ])('is refused if it %s', async (_name, request, message, of = client) => {
    const refused = read({ ...outside, request: await request() }, of);
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request_object', message: expect.stringMatching(message) });
  });

  it('is refused beside a request_uri', async () => {
    const refused = read({ ...outside, request: await sign(example), request_uri });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('a request object by reference', () => {
  it('is fetched, each time, from where the client has registered; the fragment is that of its version', async () => {
    const fetch = serving(`${await sign(example)}\n`);
    for (const uri of [request_uri, request_uri, 'https://client.example.org/request.jwt']) {
      expect((await read({ ...outside, request_uri: uri }, client, fetch)).get('state')).toBe('af0ifjsldkj');
    }
    expect(fetch).toHaveBeenCalledTimes(3);
    expect(fetch).toHaveBeenCalledWith(request_uri, { accept: 'application/oauth-authz-req+jwt, application/jwt', maxBytes: 65_536 });
  });

  it('may have been registered with a fragment', async () => {
    const registered = { ...client, request_uris: ['https://client.example.org/request.jwt#old'] };
    expect((await read({ ...outside, request_uri }, registered, serving(await sign(example)))).get('state')).toBe('af0ifjsldkj');
  });

  it.each([
    ['another', 'https://client.example.org/other.jwt'],
    ['one with a query', 'https://client.example.org/request.jwt?a=b'],
    ['one that is parsed the same', 'https://CLIENT.example.org/request.jwt'],
    ['the handle of a pushed request', 'urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c'],
  ])('is not fetched from %s', async (_name, uri) => {
    const fetch = serving(await sign(example));
    await expect(read({ ...outside, request_uri: uri }, client, fetch)).rejects.toMatchObject({
      code: 'invalid_request_uri',
      message: 'The request_uri is not one that this client has registered in request_uris.',
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is not fetched for a client that has registered nothing', async () => {
    await expect(read({ ...outside, request_uri }, { client_id: 's6BhdRkqt3' })).rejects.toMatchObject({ code: 'invalid_request_uri' });
  });

  it('has a URI of 512 characters at most', async () => {
    const long = `${client.request_uris[0]}#${'x'.repeat(512)}`;
    await expect(read({ ...outside, request_uri: long })).rejects.toMatchObject({
      code: 'invalid_request_uri',
      message: expect.stringContaining('512'),
    });
  });

  it('is refused with another status', async () => {
    await expect(read({ ...outside, request_uri }, client, serving('', 404))).rejects.toMatchObject({
      code: 'invalid_request_uri',
      message: 'The request_uri answers with the status 404.',
    });
  });

  it('is refused if it cannot be fetched', async () => {
    const fetch: GuardedFetch = async () => {
      throw new FetchRefused('The host client.example.org has no public address.');
    };
    await expect(read({ ...outside, request_uri }, client, fetch)).rejects.toMatchObject({
      code: 'invalid_request_uri',
      message: 'The request_uri cannot be fetched. The host client.example.org has no public address.',
    });
  });

  it('passes the same checks as one by value', async () => {
    const fetch = serving(await sign({ ...example, iss: 'other' }));
    await expect(read({ ...outside, request_uri }, client, fetch)).rejects.toMatchObject({ code: 'invalid_request_object' });
  });
});
