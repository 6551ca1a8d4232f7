import { describe, expect, it } from '@jest/globals';
import { Parameters } from '../../lib/http/parameters.js';
import type { Client } from '../../lib/model/client.js';
import { isClientAssured, isLoopbackRedirectUri, isSameRedirectUri, readRedirectUri } from '../../lib/rules/redirect-uri.js';
import fc from '../support/fast-check.js';

function client(redirect_uris: readonly string[], authMethods: readonly string[] = ['none']): Client {
  return {
    client_id: 'app',
    client_name: 'App',
    application_type: 'web',
    source: 'host',
    redirect_uris,
    grant_types: ['authorization_code'],
    response_types: ['code'],
    authMethods,
    firstParty: false,
    pkce: true,
    subject_type: 'public',
    id_token_signed_response_alg: 'RS256',
    introspection_signed_response_alg: 'RS256',
    require_auth_time: false,
  };
}

function read(redirect_uris: readonly string[], asked?: string) {
  return readRedirectUri(new Parameters(asked === undefined ? [] : [['redirect_uri', asked]]), client(redirect_uris));
}

describe('the redirect_uri of a request', () => {
  const [one, two] = ['https://client.example.com/one', 'https://client.example.com/two'];

  it.each([one, two])('is the one that was asked for: %s', (asked) => {
    expect(read([one, two], asked)).toEqual({ redirect_uri: asked });
  });

  it('is the only one where none was asked for', () => {
    expect(read([one])).toEqual({ redirect_uri: one });
  });

  it('has the port that was asked for', () => {
    expect(read(['http://127.0.0.1/callback'], 'http://127.0.0.1:51004/callback')).toEqual({
      redirect_uri: 'http://127.0.0.1:51004/callback',
    });
  });

  it.each([
    ['missing, where two are registered', [one, two], undefined],
    ['missing, where none is registered', [], undefined],
    ['another one', [one], two],
    ['any, where none is registered', [], one],
  ])('is refused if it is %s', (_, registered, asked) => {
    expect(() => read(registered, asked)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('two redirect URIs', () => {
  it('are the same if they are equal, whatever they are', () => {
    fc.assert(fc.property(fc.webUrl({ withQueryParameters: true }), (uri) => isSameRedirectUri(uri, uri)));
  });

  it('over https are the same in no other case', () => {
    const uri = fc.webUrl({ validSchemes: ['https'], withQueryParameters: true });
    const change = fc.tuple(fc.nat(), fc.string({ minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(uri, change, (registered, [position, text]) => {
        const at = position % (registered.length + 1);
        const asked = registered.slice(0, at) + text + registered.slice(at + 1);
        return isSameRedirectUri(registered, asked) === (registered === asked);
      }),
    );
  });

  it('on a loopback host may differ in the port, and in nothing else', () => {
    const host = fc.constantFrom('127.0.0.1', '[::1]', 'localhost');
    const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
    const path = fc.constantFrom('', '/', '/callback', '/callback?a=b', '/Callback', '?a=b');
    const write = (name: string, number: number | undefined, rest: string) =>
      `http://${name}${number === undefined ? '' : `:${number}`}${rest}`;
    fc.assert(
      fc.property(host, port, path, host, port, path, (host1, port1, path1, host2, port2, path2) => {
        const same = isSameRedirectUri(write(host1, port1, path1), write(host2, port2, path2));
        return same === (host1 === host2 && path1 === path2);
      }),
    );
  });

  it.each([
    ['http://127.0.0.1/callback', 'http://127.0.0.1:0/callback'],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:65536/callback'],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:/callback'],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:080/callback'],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:80@evil.example/callback'],
    ['http://127.0.0.1/callback', 'http://127.0.0.1.evil.example/callback'],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:80\\@evil.example/callback'],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:80/callback#'],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:80/callback\n'],
    ['http://127.0.0.1', 'http://127.0.0.1:80/'],
    ['http://localhost/callback', 'http://localhost.evil.example/callback'],
    ['http://localhost/callback', 'http://LOCALHOST:80/callback'],
    ['http://localhost/callback', 'http://127.0.0.1/callback'],
    ['http://[::1]/callback', 'http://[0:0:0:0:0:0:0:1]/callback'],
    ['https://localhost/callback', 'https://localhost:8443/callback'],
    ['https://client.example.com/callback', 'https://client.example.com:443/callback'],
    ['com.example.app:/callback', 'com.example.app:/callback/'],
  ])('%s and %j are two', (registered, asked) => {
    expect(isSameRedirectUri(registered, asked)).toBe(false);
  });
});

describe('what listens on the device of the user', () => {
  it.each([
    ['http://127.0.0.1/callback', true],
    ['http://127.0.0.1:51004/callback', true],
    ['http://[::1]:51004/callback', true],
    ['http://localhost:51004', true],
    ['https://client.example.com/callback', false],
    ['http://localhost.evil.example/callback', false],
    ['com.example.app:/callback', false],
  ])('%s: %s', (uri, expected) => {
    expect(isLoopbackRedirectUri(uri)).toBe(expected);
  });
});

describe('a client that nobody else can pass for', () => {
  it.each([
    ['a public client at an https address', true, ['none'], 'https://client.example.com/callback'],
    ['a public client at a loopback address', false, ['none'], 'http://127.0.0.1:51004/callback'],
    ['a public client with a private-use scheme', false, ['none'], 'com.example.app:/callback'],
    ['a confidential client at an https address', true, ['client_secret_basic'], 'https://client.example.com/callback'],
    ['a confidential client at a loopback address', true, ['client_secret_basic'], 'http://127.0.0.1:51004/callback'],
  ])('%s: %s', (_, expected, authMethods, redirect_uri) => {
    expect(isClientAssured(client([redirect_uri], authMethods), redirect_uri)).toBe(expected);
  });
});
