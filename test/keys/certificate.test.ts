import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isCurrent, namesOf } from '../../lib/keys/certificate.js';
import { certificateSubjects } from '../../lib/keys/certificate-subject.js';
import { formatDistinguishedName } from '../../lib/keys/distinguished-name.js';
import { selfSigned } from '../support/certificates.js';

function derOf(request: Parameters<typeof selfSigned>[0]): Buffer {
  return new X509Certificate(selfSigned(request).cert).raw;
}

const subject = [
  'C=GB',
  'ST=Kent',
  'O=Example, Ltd',
  'OU=a',
  'OU=b',
  '+CN=Lučić',
  'serialNumber=7',
  'emailAddress=client@example.com',
  'DC=example',
];
const names = [
  'DNS:a.example',
  'DNS:b.example',
  'URI:spiffe://a/b',
  'IP:192.0.2.1',
  'IP:2001:db8::1',
  'email:a@example.com',
  'otherName:1.2.3;UTF8:x',
  'RID:1.2.3',
];

describe('namesOf', () => {
  it('reads the subject and the names of a certificate', () => {
    const { subject: dn, ...others } = namesOf(derOf({ subject, names }));
    expect(formatDistinguishedName(dn)).toMatch(
      /^DC=example,emailAddress=client@example.com,serialNumber=7,(OU=b\+CN=Lučić|CN=Lučić\+OU=b),OU=a,O=Example\\, Ltd,ST=Kent,C=GB$/,
    );
    expect(others).toEqual({
      dns: ['a.example', 'b.example'],
      uri: ['spiffe://a/b'],
      ip: ['c0000201', '20010db8000000000000000000000001'],
      email: ['a@example.com'],
    });
  });

  it('finds none where there are none', () => {
    expect(namesOf(derOf({}))).toMatchObject({ dns: [], uri: [], ip: [], email: [] });
  });

  it('reads a certificate whose elements have long lengths', () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `DNS:host-${i}.a-domain-with-a-long-name.example`);
    expect(namesOf(derOf({ names: many })).dns).toHaveLength(3_000);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a text', Buffer.from('-----BEGIN CERTIFICATE-----')],
    ['a length beyond the end', Buffer.from('3010', 'hex')],
    ['an indefinite length', Buffer.from('308000000000', 'hex')],
    ['a length of many bytes', Buffer.from('308900000000000000000101', 'hex')],
    ['a tag of many bytes', Buffer.from('3f8101', 'hex')],
    ['the head of a certificate', derOf({}).subarray(0, 100)],
  ])('refuses %s', (_what, der) => {
    expect(() => namesOf(der)).toThrow(TypeError);
  });
});

describe('isCurrent', () => {
  const der = derOf({});
  const { validFrom, validTo } = new X509Certificate(der);
  const [from, to] = [Date.parse(validFrom) / 1000, Date.parse(validTo) / 1000];

  it.each([
    [from - 11, false],
    [from - 10, true],
    [from, true],
    [to, true],
    [to + 10, true],
    [to + 11, false],
  ])('at %d: %s', (now, expected) => {
    expect(isCurrent(der, now, 10)).toBe(expected);
  });
});

describe('a name that a client registers', () => {
  const found = namesOf(derOf({ subject: ['C=GB', 'CN=client'], names }));
  const row = (member: string) => certificateSubjects.find((one) => one.member === member) as (typeof certificateSubjects)[number];

  it.each([
    ['tls_client_auth_subject_dn', 'CN=client,C=GB', true],
    ['tls_client_auth_subject_dn', 'C=GB,CN=client', false],
    ['tls_client_auth_san_dns', 'B.example', true],
    ['tls_client_auth_san_dns', 'example', false],
    ['tls_client_auth_san_dns', 'c.example', false],
    ['tls_client_auth_san_uri', 'spiffe://a/b', true],
    ['tls_client_auth_san_uri', 'spiffe://A/b', false],
    ['tls_client_auth_san_ip', '192.0.2.1', true],
    ['tls_client_auth_san_ip', '192.0.2.2', false],
    ['tls_client_auth_san_ip', '::ffff:192.0.2.1', false],
    ['tls_client_auth_san_ip', '2001:0db8:0:0::1', true],
    ['tls_client_auth_san_ip', '2001:db8::0.0.0.1', true],
    ['tls_client_auth_san_ip', '::', false],
    ['tls_client_auth_san_email', 'a@EXAMPLE.com', true],
    ['tls_client_auth_san_email', 'A@example.com', false],
  ])('%s: %s is in it: %s', (member, text, expected) => {
    expect([row(member).isName(text), row(member).isIn(found, text)]).toEqual([true, expected]);
  });

  it.each([
    ['tls_client_auth_subject_dn', 'client'],
    ['tls_client_auth_san_dns', 'https://a.example'],
    ['tls_client_auth_san_dns', 'a..example'],
    ['tls_client_auth_san_uri', 'a.example'],
    ['tls_client_auth_san_ip', '192.0.2'],
    ['tls_client_auth_san_ip', '192.0.2.01'],
    ['tls_client_auth_san_ip', 'fe80::1%eth0'],
    ['tls_client_auth_san_email', 'example.com'],
    ['tls_client_auth_san_email', 'a@b@example.com'],
  ])('%s cannot be %s', (member, text) => {
    expect(row(member).isName(text)).toBe(false);
  });
});
