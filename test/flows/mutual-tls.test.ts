/** Clients that authenticate by certificates: at an https server of Node's, and behind a real nginx. RFC 8705 section 2. */
import { type JsonWebKey, X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientOptions } from '../../lib/config/options/index.js';
import { type CertificateRequest, type KeyPair, makeAuthority, selfSigned } from '../support/certificates.js';
import { authority, type MutualTlsServer, startBehindNginx, startDirect } from '../support/mutual-tls.js';
import { form, listen, testServer } from '../support/server.js';
import { tlsFetch } from '../support/tls-fetch.js';

const machine = { grant_types: ['client_credentials'], scope: 'read:contacts' };
const subject = ['C=GB', 'O=Example Ltd', 'CN=client'];
const subject_dn = 'CN=client,O=Example Ltd,C=GB';
const names = ['DNS:client.example.com', 'URI:spiffe://example.com/client', 'IP:192.0.2.1', 'IP:2001:db8::1', 'email:client@example.com'];

const good = authority.issue({ subject, names });
const own = selfSigned({ subject: ['CN=self'] });
const ownNow = selfSigned({ subject: ['CN=self'] });
const ownOfOld = selfSigned({ subject: ['CN=self'], days: -1 });

const published = [own, ownOfOld].map(({ cert }) => {
  const { raw, publicKey } = new X509Certificate(cert);
  return { ...publicKey.export({ format: 'jwk' }), x5c: [raw.toString('base64')] } as JsonWebKey & { kty: string };
});
/** What the client publishes at its jwks_uri; changes in a test. */
let remote = published.slice(0, 1);
const host = createServer((_req, res) => void res.end(JSON.stringify({ keys: remote })));
const hostUrl = await listen(host);

const clients: ClientOptions[] = [
  { ...machine, client_id: 'dn', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: subject_dn },
  { ...machine, client_id: 'dns', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'Client.example.com' },
  { ...machine, client_id: 'uri', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_uri: 'spiffe://example.com/client' },
  { ...machine, client_id: 'ip', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_ip: '192.0.2.1' },
  { ...machine, client_id: 'ip6', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_ip: '2001:DB8:0::0001' },
  { ...machine, client_id: 'email', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_email: 'client@EXAMPLE.com' },
  { ...machine, client_id: 'self', token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: published } },
  { ...machine, client_id: 'remote', token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: `${hostUrl}/jwks` },
  { ...machine, client_id: 'secret', client_secret: 'a secret of the machine' },
  { client_id: 'public', redirect_uris: ['https://client.example.com/callback'] },
];
const options = { clients, outgoing: { allow: ['localhost'] } };

afterAll(() => new Promise((closed) => host.close(closed)));

interface Answer {
  readonly status: number;
  readonly error?: string;
  readonly error_description?: string;
}

async function ask(
  server: MutualTlsServer,
  parameters: Readonly<Record<string, string>>,
  pair?: KeyPair,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const fetch = tlsFetch(server.ca, pair);
  const body = form({ grant_type: 'client_credentials', ...parameters });
  const answer = await fetch(`${server.secureUrl}/oauth/token`, { method: 'POST', body, headers });
  if (answer.headers.get('content-type') === 'text/html') return { status: answer.status }; // by nginx itself
  const { error, error_description } = (await answer.json()) as Answer;
  return { status: answer.status, ...(error && { error }), ...(error_description && { error_description }) };
}

function refused(description: RegExp | string): Answer {
  return { status: 401, error: 'invalid_client', error_description: expect.stringMatching(description) as unknown as string };
}

/** nginx lets no client in whose certificate has expired, whoever has signed it. */
const refusedByNginx = { status: 400 };

describe.each([
  ['an https server of Node', startDirect, undefined],
  ['an app behind nginx', startBehindNginx, refusedByNginx],
])('at %s', (_where, start, expired) => {
  let server: MutualTlsServer;

  beforeAll(async () => {
    server = await start(options);
  });

  afterAll(() => server.close());

  it.each(['dn', 'dns', 'uri', 'ip', 'ip6', 'email'])(
    'a certificate by the authority proves who the client is, by its %s',
    async (client_id) => {
      expect(await ask(server, { client_id }, good)).toEqual({ status: 200 });
    },
  );

  it('a certificate that the client has published proves who it is, whoever signed it', async () => {
    expect(await ask(server, { client_id: 'self' }, own)).toEqual({ status: 200 });
  });

  it('a client may change its certificate by its jwks_uri', async () => {
    expect(await ask(server, { client_id: 'remote' }, own)).toEqual({ status: 200 });
    expect(await ask(server, { client_id: 'remote' }, ownNow)).toMatchObject({ status: 401 });
    const { raw, publicKey } = new X509Certificate(ownNow.cert);
    remote = [...published, { ...publicKey.export({ format: 'jwk' }), x5c: [raw.toString('base64')] } as (typeof published)[number]];
    server.sleep(31); // so long an unknown key does not make us ask again
    expect(await ask(server, { client_id: 'remote' }, ownNow)).toEqual({ status: 200 });
    remote = published.slice(0, 1);
  });

  it.each(['dn', 'dns', 'self'])('the client %s is nobody without a certificate', async (client_id) => {
    expect(await ask(server, { client_id })).toEqual(refused(/No client certificate/));
  });

  it('a certificate with all the right names, but signed by nobody, proves nothing', async () => {
    expect(await ask(server, { client_id: 'dn' }, selfSigned({ subject, names }))).toEqual(refused(/not by an authority that is trusted/));
  });

  it('nor does one by another authority', async () => {
    expect(await ask(server, { client_id: 'dns' }, makeAuthority().issue({ subject, names }))).toEqual(refused(/not by an authority/));
  });

  it('nor does one by the authority that has expired', async () => {
    expect(await ask(server, { client_id: 'dn' }, authority.issue({ subject, names, days: -1 }))).toEqual(
      expired ?? refused(/not by an authority/),
    );
  });

  it.each([
    ['the parts in another order', ['CN=client', 'O=Example Ltd', 'C=GB'], 'C=GB,O=Example Ltd,CN=client'],
    ['one part more', [...subject, 'CN=more'], 'CN=more,CN=client,O=Example Ltd,C=GB'],
    ['one part less', ['O=Example Ltd', 'CN=client'], 'CN=client,O=Example Ltd'],
    ['another case', ['C=GB', 'O=Example Ltd', 'CN=Client'], 'CN=Client,O=Example Ltd,C=GB'],
    ['all in one value', ['CN=client\\,O=Example Ltd\\,C=GB'], 'CN=client?,O=Example Ltd?,C=GB'],
    ['two parts in one', ['C=GB', 'O=Example Ltd', '+CN=client'], 'CN=client.O=Example Ltd,C=GB'],
  ])('the subject is another if it has %s, which its owner is told', async (_what, other, found) => {
    const answer = await ask(server, { client_id: 'dn' }, authority.issue({ subject: other }));
    expect(answer).toEqual(refused(/has not the tls_client_auth_subject_dn of the client/));
    expect(answer.error_description).toMatch(new RegExp(`It has: ${found.replaceAll('?', '.')}\\. Reason`));
  });

  it.each<[string, CertificateRequest, string]>([
    ['dns', { subject: ['CN=client.example.com'], names: ['DNS:other.example.com'] }, 'stands in the subject alone'],
    ['dns', { names: ['DNS:*.example.com'] }, 'is covered by a wildcard'],
    ['dns', { names: ['DNS:client.example.com.evil.example'] }, 'is only the beginning'],
    ['dns', { names: ['URI:x://client.example.com', 'email:a@client.example.com'] }, 'stands in names of other kinds'],
    ['dns', { names: ['URI:http://a, DNS:client.example.com'] }, 'stands behind a comma'],
    ['uri', { names: ['URI:spiffe://example.com/client/admin'] }, 'is only the beginning'],
    ['uri', { names: ['URI:SPIFFE://example.com/client'] }, 'is written otherwise'],
    ['ip', { names: ['DNS:192.0.2.1'] }, 'is a domain'],
    ['ip', { names: ['IP:::ffff:192.0.2.1'] }, 'is an address of another family'],
    ['email', { subject: ['emailAddress=client@example.com'], names: ['DNS:example.com'] }, 'stands in the subject alone'],
    ['email', { names: ['email:Client@example.com'] }, 'is written otherwise'],
  ])('the %s of a certificate is not what %j has: there it %s', async (client_id, request) => {
    expect(await ask(server, { client_id }, authority.issue(request))).toEqual(
      refused(/The client certificate has not the tls_client_auth_san/),
    );
  });

  it('a certificate with the same subject is not the one that was published', async () => {
    expect(await ask(server, { client_id: 'self' }, ownNow)).toEqual(refused(/none of those in the x5c/));
  });

  it('nor is one by the authority', async () => {
    expect(await ask(server, { client_id: 'self' }, good)).toEqual(refused(/none of those in the x5c/));
  });

  it('a certificate that was published is of no use when it has expired', async () => {
    expect(await ask(server, { client_id: 'self' }, ownOfOld)).toEqual(expired ?? refused(/has expired/));
  });

  it('a client of another method may show a certificate: it counts for nothing', async () => {
    expect(await ask(server, { client_id: 'secret', client_secret: 'a secret of the machine' }, good)).toEqual({ status: 200 });
    expect(await ask(server, { client_id: 'secret' }, good)).toEqual(refused(/Asked for: none. Registered: client_secret_basic/));
    expect(await ask(server, { client_id: 'public', grant_type: 'refresh_token', refresh_token: 'x' }, good)).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('a client with a certificate must not use a secret besides', async () => {
    expect(await ask(server, { client_id: 'dn', client_secret: 'anything' }, good)).toEqual(refused(/Registered: tls_client_auth/));
  });

  it.each([
    ['X-SSL-Client-Cert', (cert: string) => encodeURIComponent(cert)],
    ['Client-Cert', (cert: string) => `:${new X509Certificate(cert).raw.toString('base64')}:`],
    ['X-Forwarded-Client-Cert', (cert: string) => `Cert="${encodeURIComponent(cert)}"`],
  ])('a header %s from outside is not believed', async (name, write) => {
    const headers = { [name]: write(good.cert), 'X-SSL-Client-Verify': 'SUCCESS' };
    expect(await ask(server, { client_id: 'dn' }, undefined, headers)).toEqual(refused(/No client certificate/));
    expect(await ask(server, { client_id: 'dn' }, own, headers)).toEqual(refused(/not by an authority/));
    expect(await ask(server, { client_id: 'self' }, own, { ...headers, 'X-SSL-Client-Verify': 'SUCCESS' })).toEqual({ status: 200 });
  });

  it('a session that is resumed is still that of the certificate which began it', async () => {
    const resumed: boolean[] = [];
    const note = (socket: TLSSocket) => void resumed.push(socket.isSessionReused());
    const tryTwice = async (client_id: string, pair: KeyPair) => {
      const fetch = tlsFetch(server.ca, pair, note);
      const once = async () => {
        const body = form({ grant_type: 'client_credentials', client_id });
        return (await fetch(`${server.secureUrl}/oauth/token`, { method: 'POST', body })).status;
      };
      return [await once(), await once()];
    };
    expect(await tryTwice('dn', good)).toEqual([200, 200]);
    expect(await tryTwice('self', own)).toEqual([200, 200]);
    expect(await tryTwice('dn', selfSigned({ subject, names }))).toEqual([401, 401]);
    expect(resumed).toEqual([false, true, false, true, false, true]);
  });

  it('says in its metadata that clients may authenticate by certificates', async () => {
    const { token_endpoint_auth_methods_supported } = (await (
      await fetch(`${server.url}/.well-known/oauth-authorization-server`)
    ).json()) as { token_endpoint_auth_methods_supported: string[] };
    expect(token_endpoint_auth_methods_supported).toEqual(expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']));
  });
});

describe('behind nginx', () => {
  it('the endpoints for clients with certificates are announced where nginx is', async () => {
    const server = await startBehindNginx(options);
    const answer = await fetch(`${server.url}/.well-known/oauth-authorization-server`);
    const { mtls_endpoint_aliases, token_endpoint } = (await answer.json()) as Record<string, unknown>;
    await server.close();
    expect(token_endpoint).toBe(`${server.url}/oauth/token`);
    expect(mtls_endpoint_aliases).toEqual({
      token_endpoint: `${server.secureUrl}/oauth/token`,
      revocation_endpoint: `${server.secureUrl}/oauth/revoke`,
      introspection_endpoint: `${server.secureUrl}/oauth/introspect`,
    });
  });

  it('its word is needed for each certificate: a header that says NONE or SUCCESS, NONE is none', async () => {
    const server = await testServer({ options: { ...options, mtls: { header: 'X-SSL-Client-Cert', verified: 'X-SSL-Client-Verify' } } });
    const statuses = await Promise.all(
      ['NONE', 'FAILED:self signed certificate', 'SUCCESS, NONE', 'success', ''].map(async (verified) => {
        const headers = { 'X-SSL-Client-Cert': encodeURIComponent(good.cert), 'X-SSL-Client-Verify': verified };
        const body = form({ grant_type: 'client_credentials', client_id: 'dn' });
        return (await fetch(`${server.url}/oauth/token`, { method: 'POST', headers, body })).status;
      }),
    );
    await server.close();
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
  });
});

describe('without TLS', () => {
  it('no header is a certificate', async () => {
    const server = await testServer({ options });
    const headers = {
      'X-SSL-Client-Cert': encodeURIComponent(own.cert),
      'Client-Cert': `:${new X509Certificate(own.cert).raw.toString('base64')}:`,
    };
    const answer = await fetch(`${server.url}/oauth/token`, {
      method: 'POST',
      headers,
      body: form({ grant_type: 'client_credentials', client_id: 'self' }),
    });
    await server.close();
    expect({ status: answer.status, ...((await answer.json()) as object) }).toEqual(refused(/No client certificate/));
  });
});
