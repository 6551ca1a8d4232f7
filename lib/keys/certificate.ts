/**
 * Reads from an X.509 certificate whom it names. RFC 5280 sections 4.1 and 4.2.1.6, X.690 for the encoding. By its structure: as text, which
 * Node offers too, a name can be made to look like several (CVE-2021-44532).
 */
import { X509Certificate } from 'node:crypto';
import type { Attribute, DistinguishedName } from './distinguished-name.js';

/** Whom a certificate is for. */
export interface CertificateNames {
  readonly subject: DistinguishedName;
  /** The subject alternative names that clients are known by. */
  readonly dns: readonly string[];
  readonly uri: readonly string[];
  readonly email: readonly string[];
  /** The bytes of the addresses, in hex. */
  readonly ip: readonly string[];
}

/** An element of ASN.1 in DER. */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

/** @throws TypeError if it is no certificate */
export function namesOf(der: Buffer): CertificateNames {
  const [certificate] = elementsOf(der);
  const [signed] = elementsOf(certificate?.content);
  const fields = elementsOf(signed?.content).filter(({ tag }) => tag !== tags.version);
  const [_serialNumber, _signature, _issuer, _validity, subject] = fields;
  if (!subject) throw new TypeError('This is no certificate.');
  const alternatives = alternativeNames(fields);
  const named = (tag: number, encoding: BufferEncoding = 'latin1') =>
    alternatives.filter((name) => name.tag === tag).map(({ content }) => content.toString(encoding));
  return {
    subject: elementsOf(subject.content).map(({ content }) => elementsOf(content).map(readAttribute)),
    dns: named(tags.dns),
    uri: named(tags.uri),
    email: named(tags.email),
    ip: named(tags.ip, 'hex'),
  };
}

/** Whether its time has come and is not over. In seconds since 1970. */
export function isCurrent(der: Buffer, now: number, tolerance: number): boolean {
  const { validFrom, validTo } = new X509Certificate(der);
  return Date.parse(validFrom) / 1000 <= now + tolerance && now - tolerance <= Date.parse(validTo) / 1000;
}

/** Of the elements that a certificate may hold. RFC 5280 sections 4.1 and 4.2.1.6. */
const tags = { version: 0xa0, extensions: 0xa3, email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 };

const subjectAlternativeName = '551d11'; // 2.5.29.17

function alternativeNames(fields: readonly Element[]): readonly Element[] {
  const [list] = elementsOf(fields.find(({ tag }) => tag === tags.extensions)?.content);
  const extensions = elementsOf(list?.content).map(({ content }) => elementsOf(content)); // each: its name, whether it is critical, its value
  const found = extensions.find(([id]) => id?.content.toString('hex') === subjectAlternativeName);
  const [names] = elementsOf(found?.at(-1)?.content);
  return elementsOf(names?.content);
}

function readAttribute({ content }: Element): Attribute {
  const [type, value] = elementsOf(content);
  if (!type || !value) throw new TypeError('A name in this certificate cannot be read.');
  const text = readText(value);
  return { oid: readOid(type.content), der: value.whole.toString('hex'), ...(text !== undefined && { text }) };
}

/** The string types, by their tags. X.680 section 8.4, RFC 5280 section 4.1.2.4. */
function readText({ tag, content }: Element): string | undefined {
  switch (tag) {
    case 0x0c: // UTF8String
      return isUtf8(content) ? content.toString() : undefined;
    case 0x12: // NumericString
    case 0x13: // PrintableString
    case 0x16: // IA5String
      return content.toString('latin1');
    case 0x1e: // BMPString
      return content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : undefined;
    default:
      return undefined;
  }
}

function isUtf8(content: Buffer): boolean {
  return Buffer.from(content.toString()).equals(content);
}

/** X.690 section 8.19. */
function readOid(content: Buffer): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const [first = 0, ...others] = numbers;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...others].join('.');
}

/** One after another. X.690 sections 8.1 and 10.1: lengths are definite; tags above 30 do not occur here. */
function elementsOf(bytes: Buffer = Buffer.alloc(0)): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] as number;
    const first = bytes[at + 1] ?? 0x80;
    const more = first < 0x80 ? 0 : first - 0x80;
    const begin = at + 2 + more;
    if ((tag & 0x1f) === 0x1f || first === 0x80 || more > 4 || begin > bytes.length) throw new TypeError('This is not DER.');
    const end = begin + (more === 0 ? first : bytes.readUIntBE(at + 2, more));
    if (end > bytes.length) throw new TypeError('This is not DER.');
    elements.push({ tag, content: bytes.subarray(begin, end), whole: bytes.subarray(at, end) });
    at = end;
  }
  return elements;
}
