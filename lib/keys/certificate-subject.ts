/** What a client registers of the names in its certificate, one row for each member of its metadata. RFC 8705 section 2.1.2. */
import { isIP } from 'node:net';
import type { CertificateNames } from './certificate.js';
import { formatDistinguishedName, isSameName, knownAttributes, parseDistinguishedName } from './distinguished-name.js';

export interface CertificateSubject {
  readonly member:
    | 'tls_client_auth_subject_dn'
    | 'tls_client_auth_san_dns'
    | 'tls_client_auth_san_uri'
    | 'tls_client_auth_san_ip'
    | 'tls_client_auth_san_email';
  /** Whether it can be the name in a certificate. */
  isName(text: string): boolean;
  readonly cure: string;
  isIn(names: CertificateNames, text: string): boolean;
  /** What the certificate has in that place, for its owner to read. */
  found(names: CertificateNames): readonly string[];
}

/** Compared to the letter, but for what has only one meaning in either case; `*` stands for nothing but itself. */
export const certificateSubjects: readonly CertificateSubject[] = [
  {
    member: 'tls_client_auth_subject_dn',
    isName: (text) => parseDistinguishedName(text) !== undefined,
    cure: `Write it by RFC 4514, the most special part first, as CN=client,O=Example,C=GB. Known are: ${knownAttributes.join(', ')}; and numbers, as 2.5.4.3.`,
    isIn: ({ subject }, text) => isSameName(parseDistinguishedName(text) ?? [], subject),
    found: ({ subject }) => [formatDistinguishedName(subject)],
  },
  {
    member: 'tls_client_auth_san_dns',
    isName: (text) => /^[\w*-]+(\.[\w-]+)*$/.test(text),
    cure: 'Write a domain, as client.example.com.',
    isIn: ({ dns }, text) => dns.some((name) => name.toLowerCase() === text.toLowerCase()),
    found: ({ dns }) => dns,
  },
  {
    member: 'tls_client_auth_san_uri',
    isName: (text) => /^[A-Za-z][\w+.-]*:[\x21-\x7e]+$/.test(text),
    cure: 'Write an absolute URI, as spiffe://example.com/client.',
    isIn: ({ uri }, text) => uri.includes(text),
    found: ({ uri }) => uri,
  },
  {
    member: 'tls_client_auth_san_ip',
    isName: (text) => isIP(text) !== 0 && !text.includes('%'),
    cure: 'Write an address, as 192.0.2.1 or 2001:db8::1.',
    isIn: ({ ip }, text) => ip.includes(addressBytes(text)),
    found: ({ ip }) => ip,
  },
  {
    member: 'tls_client_auth_san_email',
    isName: (text) => /^[\x21-\x3f\x41-\x7e]+@[\w.-]+$/.test(text),
    cure: 'Write an address, as client@example.com.',
    isIn: ({ email }, text) => email.some((name) => withPlainHost(name) === withPlainHost(text)),
    found: ({ email }) => email,
  },
];

/** In hex. RFC 8705 section 2.1.2: addresses are compared as they are, not as they are written. */
function addressBytes(address: string): string {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number)).toString('hex');
  const [, written = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? []; // IPv4 at its end has become two groups
  const [head = '', tail] = written.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros: string[] = Array(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join('');
}

/** RFC 5280 section 7.5: only the host has no case. */
function withPlainHost(email: string): string {
  return email.replace(/@[^@]*$/, (host) => host.toLowerCase());
}
