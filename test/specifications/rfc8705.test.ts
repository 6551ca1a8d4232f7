/** RFC 8705, mutual TLS client authentication, by its sentences. */
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientAuthMethods } from '../../lib/client-auth/index.js';
import { readClient } from '../../lib/clients/metadata.js';
import type { ClientOptions } from '../../lib/config/options/index.js';
import { selfSigned } from '../support/certificates.js';
import { authority, type MutualTlsServer, startDirect } from '../support/mutual-tls.js';
import { tlsFetch } from '../support/tls-fetch.js';

const machine = { grant_types: ['client_credentials'], scope: 'read:contacts' };

describe('section 2, at a server that asks for certificates', () => {
  const subject = ['C=US', 'O=mtls.example.com', 'CN=mtls.example.com'];
  const pair = authority.issue({ subject });
  const own = selfSigned({ subject });
  const { raw, publicKey } = new X509Certificate(own.cert);
  const clients: ClientOptions[] = [
    {
      ...machine,
      client_id: 's6BhdRkqt3',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=mtls.example.com,O=mtls.example.com,C=US',
    },
    {
      ...machine,
      client_id: 'self',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), x5c: [raw.toString('base64')] } as { kty: string }] },
    },
  ];
  let server: MutualTlsServer;

  beforeAll(async () => {
    server = await startDirect({ clients });
  });

  afterAll(() => server.close());

  async function post(body: string, shown?: typeof pair) {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await tlsFetch(server.ca, shown)(`${server.secureUrl}/oauth/token`, { method: 'POST', headers, body });
    return { status: answer.status, ...((await answer.json()) as { error?: string }) };
  }

  it('the client MUST include client_id in the request, by which the server finds it', async () => {
    expect(await post('grant_type=client_credentials&client_id=s6BhdRkqt3', pair)).toMatchObject({ status: 200 });
    expect(await post('grant_type=client_credentials', pair)).toMatchObject({ status: 401, error: 'invalid_client' });
  });

  it('a certificate that does not match is rejected with invalid_client', async () => {
    expect(await post('grant_type=client_credentials&client_id=s6BhdRkqt3', authority.issue({}))).toMatchObject({
      status: 401,
      error: 'invalid_client',
    });
    expect(await post('grant_type=client_credentials&client_id=s6BhdRkqt3')).toMatchObject({ status: 401, error: 'invalid_client' });
  });

  it('2.1: the chain is validated', async () => {
    expect(await post('grant_type=client_credentials&client_id=s6BhdRkqt3', own)).toMatchObject({ status: 401 });
  });

  it('2.2: the chain is not validated, and the certificate must be one that is registered', async () => {
    expect(await post('grant_type=client_credentials&client_id=self', own)).toMatchObject({ status: 200 });
    expect(await post('grant_type=client_credentials&client_id=self', pair)).toMatchObject({ status: 401 });
  });

  it('2.1.1 and 2.2.1: both methods are announced', async () => {
    const metadata = (await (await fetch(`${server.url}/.well-known/oauth-authorization-server`)).json()) as Record<string, string[]>;
    expect(metadata.token_endpoint_auth_methods_supported).toEqual(
      expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
    );
    expect(metadata).not.toHaveProperty('mtls_endpoint_aliases'); // section 5: where they are others
  });
});

describe('section 2.1.2, client registration metadata', () => {
  const context = {
    scopes: new Set(['read:contacts']),
    known: { grantTypes: ['client_credentials'], responseTypes: [], authMethods: clientAuthMethods, signingAlgs: ['RS256'] },
  };
  const read = (members: object) =>
    readClient({ ...machine, client_id: 'a', token_endpoint_auth_method: 'tls_client_auth', ...members }, context, '');

  it.each([
    ['tls_client_auth_subject_dn', 'CN=a,O=b'],
    ['tls_client_auth_san_dns', 'a.example.com'],
    ['tls_client_auth_san_uri', 'https://a.example.com/b'],
    ['tls_client_auth_san_ip', '2001:db8::1'],
    ['tls_client_auth_san_email', 'a@example.com'],
  ])('MUST be exactly one, such as %s', (member, value) => {
    expect(read({ [member]: value })).toMatchObject({ problems: [], client: { [member]: value } });
    const another =
      member === 'tls_client_auth_san_dns' ? { tls_client_auth_san_ip: '192.0.2.1' } : { tls_client_auth_san_dns: 'b.example' };
    expect(read({ [member]: value, ...another }).problems).toHaveLength(1);
  });

  it('and not none', () => {
    expect(read({}).problems).toMatchObject([{ path: 'tls_client_auth_subject_dn', problem: expect.stringMatching(/missing/) }]);
  });

  it('2.2.2: a self-signed certificate is registered by jwks or jwks_uri, as x5c', () => {
    const method = { token_endpoint_auth_method: 'self_signed_tls_client_auth' };
    expect(read({ ...method, jwks_uri: 'https://client.example.com/jwks' }).problems).toEqual([]);
    expect(read({ ...method, jwks: { keys: [{ kty: 'EC', x5c: ['MII'] }] } }).problems).toEqual([]);
    expect(read({ ...method, jwks: { keys: [{ kty: 'EC' }] } }).problems).toMatchObject([
      { path: 'jwks', cure: expect.stringMatching(/x5c/) },
    ]);
    expect(read(method).problems).toMatchObject([{ path: 'jwks', problem: expect.stringMatching(/missing/) }]);
  });
});
