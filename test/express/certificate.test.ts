import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { readClientCertificate } from '../../lib/express/certificate.js';
import { selfSigned } from '../support/certificates.js';

const { cert } = selfSigned({ subject: ['CN=client'] });
const x509 = new X509Certificate(cert);
const base64 = x509.raw.toString('base64');
const proxy = { header: 'x-cert', verified: 'x-verify' };

function request(headers: Record<string, string | string[]>, socket: object = {}): IncomingMessage {
  return { headers, socket } as unknown as IncomingMessage;
}

const tls = { getPeerX509Certificate: () => x509, authorized: true };

describe('a certificate in a header', () => {
  it.each([
    ['as nginx writes it', encodeURIComponent(cert)],
    ['as the load balancer of Amazon writes it', encodeURI(cert)],
    ['as RFC 9440 has it', `:${base64}:`],
    ['as HAProxy writes it', base64],
    ['as Apache writes it', cert.replaceAll('\n', ' ')],
  ])('is read %s', (_who, text) => {
    expect(readClientCertificate(request({ 'x-cert': text }), proxy)).toEqual({ der: x509.raw, verified: false });
  });

  it.each([
    ['two of them', `${encodeURIComponent(cert)}, ${encodeURIComponent(cert)}`],
    ['two by RFC 9440', `:${base64}:, :${base64}:`],
    ['a chain', encodeURIComponent(cert + cert)],
    ['a word', 'client'],
    ['a percent sign', '%'],
    ['something else in base64', `:${Buffer.from('certificate').toString('base64')}:`],
    ['an element of Envoy', `Cert="${encodeURIComponent(cert)}"`],
  ])('is refused if it is %s', (_what, text) => {
    expect(() => readClientCertificate(request({ 'x-cert': text }), proxy)).toThrow(
      expect.objectContaining({ detail: expect.stringContaining('in x-cert cannot be read') }),
    );
  });

  it.each([
    ['SUCCESS', true],
    ['success', false],
    ['NONE', false],
    ['FAILED:certificate has expired', false],
    ['SUCCESS, SUCCESS', false],
    [undefined, false],
  ])('was verified if the proxy says SUCCESS: %s', (said, verified) => {
    const headers = { 'x-cert': `:${base64}:`, ...(said !== undefined && { 'x-verify': said }) };
    expect(readClientCertificate(request(headers), proxy)?.verified).toBe(verified);
  });

  it.each([true, false])('was verified as the option says: %s', (verified) => {
    const headers = { 'x-cert': `:${base64}:`, 'x-verify': 'SUCCESS' };
    expect(readClientCertificate(request(headers), { header: 'x-cert', verified })?.verified).toBe(verified);
  });

  it.each([{}, { 'x-cert': '' }])('is not there: %j; and the connection, which is that of the proxy, is not asked', (headers) => {
    expect(readClientCertificate(request(headers, tls), proxy)).toBeUndefined();
  });

  it('is not believed where none is configured', () => {
    const headers = { 'x-cert': `:${base64}:`, 'client-cert': `:${base64}:`, 'x-verify': 'SUCCESS' };
    expect(readClientCertificate(request(headers), undefined)).toBeUndefined();
    expect(readClientCertificate(request(headers), { verified: true })).toBeUndefined();
  });
});

describe('a certificate of the connection', () => {
  it.each([true, false])('is verified if TLS has done so: %s', (authorized) => {
    expect(readClientCertificate(request({}, { ...tls, authorized }), undefined)).toEqual({ der: x509.raw, verified: authorized });
  });

  it('is verified by nothing else', () => {
    expect(readClientCertificate(request({}, { ...tls, authorized: undefined }), { verified: true })?.verified).toBe(false);
  });

  it('may be none', () => {
    expect(readClientCertificate(request({}, { ...tls, getPeerX509Certificate: () => undefined }), undefined)).toBeUndefined();
  });
});
