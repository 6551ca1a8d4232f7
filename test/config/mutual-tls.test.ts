/** The options `mtls` and `clientAssertions`, held to what they say. */
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../lib/errors.js';
import { createServer } from '../../lib/server.js';
import { testOptions } from '../support/server.js';

const issuer = 'https://app.example.com';
const client = {
  client_id: 'bank',
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_san_dns: 'a.example',
};

function settingsOf(options: object) {
  return createServer({ ...testOptions(issuer), ...options }).settings;
}

function problemsOf(options: object) {
  try {
    settingsOf(options);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the option mtls', () => {
  it.each([
    [{}, { verified: false }],
    [{ header: 'X-SSL-Client-Cert' }, { header: 'x-ssl-client-cert', verified: false }],
    [
      { header: 'Client-Cert', verified: true },
      { header: 'client-cert', verified: true },
    ],
    [
      { header: 'A', verified: 'X-SSL-Client-Verify' },
      { header: 'a', verified: 'x-ssl-client-verify' },
    ],
    [{ origin: 'https://mtls.app.example.com:8443' }, { origin: 'https://mtls.app.example.com:8443', verified: false }],
  ])('may be %j', (mtls, settings) => {
    expect(settingsOf({ mtls }).mtls).toEqual(settings);
  });

  it('is left out', () => {
    expect(settingsOf({ clients: [client] })).not.toHaveProperty('mtls');
  });

  it.each<[string, object, RegExp, RegExp]>([
    ['mtls', { mtls: true }, /not an object/, /X-SSL-Client-Cert/],
    ['mtls.header', { mtls: { header: 'X SSL' } }, /no name of a header/, /X-SSL-Client-Cert/],
    ['mtls.header', { mtls: { header: true } }, /not a string/, /X-SSL-Client-Cert/],
    ['mtls.verified', { mtls: { header: 'A', verified: 1 } }, /neither true nor/, /SUCCESS/],
    ['mtls.verified', { mtls: { verified: true } }, /no header/, /TLS connection itself/],
    ['mtls.verified', { mtls: { header: 'A' }, clients: [client] }, /client bank authenticates by tls_client_auth/, /SUCCESS/],
    ['mtls.verified', { mtls: { header: 'A', verified: false }, clients: [client] }, /client bank/, /SUCCESS/],
    ['mtls.origin', { mtls: { origin: 'http://mtls.example.com' } }, /not an https URL/, /https/],
    ['mtls.origin', { mtls: { origin: 'https://mtls.example.com/oauth' } }, /without a path/, /origin/],
    ['mtls.origin', { mtls: { origin: 'https://mtls.example.com/' } }, /without a path/, /origin/],
    ['mtls.heder', { mtls: { heder: 'A' } }, /no option of this name/, /`header`/],
    ['clientAssertions', { clientAssertions: 'endpoint' }, /not an object/, /audience/],
    ['clientAssertions.audience', { clientAssertions: { audience: 'token_endpoint' } }, /neither 'issuer' nor 'endpoint'/, /Write/],
  ])('%s is refused: %j', (path, options, problem, cure) => {
    expect(problemsOf(options)).toEqual([{ path, problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) }]);
  });
});

describe('the option clientAssertions', () => {
  it.each([
    [undefined, 'issuer'],
    [{}, 'issuer'],
    [{ audience: 'issuer' }, 'issuer'],
    [{ audience: 'endpoint' }, 'endpoint'],
  ])('%j means %s', (clientAssertions, audience) => {
    expect(settingsOf({ clientAssertions }).clientAssertions).toEqual({ audience });
  });
});
