/** Distinguished names: how people write them, and how certificates hold them. RFC 4514, RFC 5280 section 4.1.2.4. */

/** The parts of a name, the most general first, as in a certificate. Several attributes in one part have no order. */
export type DistinguishedName = readonly (readonly Attribute[])[];

export interface Attribute {
  readonly oid: string;
  /** Left out: the value is none of the string types, or was written as its encoding. */
  readonly text?: string;
  /** The encoded value, in hex, where it is known. */
  readonly der?: string;
}

/** RFC 4514 section 3, and what certificates of banks and companies have besides. */
const shortNames: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  C: '2.5.4.6',
  STREET: '2.5.4.9',
  DC: '0.9.2342.19200300.100.1.25',
  UID: '0.9.2342.19200300.100.1.1',
  emailAddress: '1.2.840.113549.1.9.1',
  serialNumber: '2.5.4.5',
  organizationIdentifier: '2.5.4.97',
  businessCategory: '2.5.4.15',
  postalCode: '2.5.4.17',
  SN: '2.5.4.4',
  GN: '2.5.4.42',
  title: '2.5.4.12',
  dnQualifier: '2.5.4.46',
  jurisdictionC: '1.3.6.1.4.1.311.60.2.1.3',
};
const oids = new Map(Object.entries(shortNames).map(([name, oid]) => [name.toLowerCase(), oid]));
const names = new Map(Object.entries(shortNames).map(([name, oid]) => [oid, name]));

/** For the sentence about a name that cannot be read. */
export const knownAttributes: readonly string[] = Object.keys(shortNames);

/** One attribute, and what separates it from the next. No two of its parts can begin alike, so that no text takes long. */
const attribute = / *([A-Za-z][\w-]*|\d+(?:\.\d+)+) *=((?:[^"+,;<>\\\0]|\\["+,;<>\\ #=]|\\[\dA-Fa-f]{2})*)(,|\+|$)/y;

/** @returns nothing, if it is not a name as RFC 4514 section 3 has it, of attributes that are known here */
export function parseDistinguishedName(text: string): DistinguishedName | undefined {
  const parts: Attribute[][] = [[]];
  let separator: string | undefined = ',';
  attribute.lastIndex = 0;
  while (separator) {
    const match: RegExpExecArray | null = attribute.exec(text);
    const found = match && readAttribute(match);
    if (!found) return undefined;
    parts[0]?.push(found);
    separator = match[3];
    if (separator === ',') parts.unshift([]); // written the other way round. Section 2.1
  }
  return parts;
}

function readAttribute([, type = '', value = '']: RegExpExecArray): Attribute | undefined {
  const oid = /^\d/.test(type) ? type : oids.get(type.toLowerCase());
  if (oid === undefined) return undefined;
  const characters = withoutSpaces(value.match(/\\(?:[\dA-Fa-f]{2}|.)|[^\\]/gsu) ?? []);
  if (characters[0] !== '#') return { oid, text: Buffer.concat(characters.map(bytesOf)).toString() };
  const [, der] = /^#((?:[\dA-Fa-f]{2})+)$/.exec(characters.join('')) ?? [];
  return der === undefined ? undefined : { oid, der: der.toLowerCase() };
}

/** Those around a value, which RFC 4514 does not write but people do, mean nothing; one after a backslash does. */
function withoutSpaces(characters: readonly string[]): readonly string[] {
  const isMeant = (character: string) => character !== ' ';
  return characters.slice(characters.findIndex(isMeant), characters.findLastIndex(isMeant) + 1);
}

/** Section 2.4: a backslash stands before the character itself, or before each byte of its UTF-8. */
function bytesOf(character: string): Buffer {
  if (!character.startsWith('\\')) return Buffer.from(character);
  return character.length === 3 ? Buffer.from(character.slice(1), 'hex') : Buffer.from(character.slice(1));
}

/**
 * Whether both are the same: part by part, in this order, each value to the letter. RFC 4517 section 4.2.15 would have letters in either
 * case and any number of spaces count as equal; but authorities differ in what they take for equal, and the stricter reading is the safe one.
 */
export function isSameName(a: DistinguishedName, b: DistinguishedName): boolean {
  return a.length === b.length && a.every((part, i) => isSamePart(part, b[i] ?? []));
}

function isSamePart(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  return a.length === b.length && isWithin(a, b) && isWithin(b, a);
}

function isWithin(a: readonly Attribute[], b: readonly Attribute[]): boolean {
  return a.every((one) => b.some((other) => isSameAttribute(one, other)));
}

function isSameAttribute(a: Attribute, b: Attribute): boolean {
  if (a.oid !== b.oid) return false;
  if (a.text !== undefined && a.text === b.text) return true;
  return a.der !== undefined && a.der === b.der;
}

/** As RFC 4514 section 2 writes it. */
export function formatDistinguishedName(name: DistinguishedName): string {
  return [...name]
    .reverse()
    .map((part) => part.map(formatAttribute).join('+'))
    .join(',');
}

function formatAttribute({ oid, text, der }: Attribute): string {
  const type = names.get(oid);
  if (type === undefined || text === undefined) return `${type ?? oid}=#${der}`;
  return `${type}=${text.replace(/["+,;<>\\]|^[ #]| $/g, '\\$&').replaceAll('\0', '\\00')}`;
}
