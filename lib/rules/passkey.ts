/** A row of the host's table of passkeys, taken at its word only where it makes sense: WebAuthn Level 3 section 4, "credential record". */
import type { Passkey } from '../model/passkey.js';

/**
 * As databases give it back: they have no booleans, or no lists, or numbers as text.
 *
 * @param source - the host's function, which is at fault if it throws
 * @throws TypeError that names the member
 */
export function readPasskey(row: unknown, source: string): Passkey {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) throw new TypeError(`${source} must give passkeys as objects.`);
  const members = row as Readonly<Record<string, unknown>>;
  const read = <T>(name: keyof Passkey, readMember: (value: unknown) => T | undefined, kind: string): T => {
    const value = readMember(members[name]);
    if (value === undefined) throw new TypeError(`${source}: the member ${name} of a passkey must be ${kind}, as it was given to add.`);
    return value;
  };
  // Most tables have null for what is not there.
  const lastUsed = (members.lastUsed ?? undefined) === undefined ? {} : { lastUsed: read('lastUsed', readTime, time) };
  return {
    id: read('id', readId, 'base64url of at most 1364 characters'),
    sub: read('sub', readSub, 'a text of 1 to 255 characters'),
    name: read('name', (value) => (typeof value === 'string' ? value : undefined), 'a text'),
    userHandle: read('userHandle', readBytes, 'base64url'),
    publicKey: read('publicKey', readBytes, 'base64url'),
    counter: read('counter', readCount, 'a number from 0 on'),
    transports: read('transports', readTransports, 'a list of texts, or that as JSON'),
    multiDevice: read('multiDevice', readBoolean, 'true or false'),
    backedUp: read('backedUp', readBoolean, 'true or false'),
    rpId: read('rpId', readText, 'a domain'),
    created: read('created', readTime, time),
    ...lastUsed,
  };
}

const time = 'a number of seconds since 1970';

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readBytes(value: unknown): string | undefined {
  const text = readText(value);
  return text !== undefined && /^[\w-]+$/.test(text) ? text : undefined;
}

function readId(value: unknown): string | undefined {
  const bytes = readBytes(value);
  return bytes !== undefined && bytes.length <= 1364 ? bytes : undefined;
}

/** A table of users with numbers for keys gives a number back for what was given as text. */
function readSub(value: unknown): string | undefined {
  const isNumber = typeof value === 'bigint' || Number.isSafeInteger(value);
  const text = isNumber ? String(value) : readText(value);
  return text !== undefined && text.length <= 255 ? text : undefined;
}

/** A column of 64 bits comes as text, or as a bigint. */
function readCount(value: unknown): number | undefined {
  const isText = typeof value === 'bigint' || (typeof value === 'string' && /^\d+$/.test(value));
  const number = isText ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
}

/** What is too much for seconds is milliseconds. */
function readTime(value: unknown): number | undefined {
  const seconds = readCount(value);
  return seconds !== undefined && seconds < 100_000_000_000 ? seconds : undefined;
}

function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 0 || value === 1 ? value === 1 : undefined;
}

function readTransports(value: unknown): readonly string[] | undefined {
  const list = typeof value === 'string' ? parse(value) : value;
  return Array.isArray(list) && list.every((one) => typeof one === 'string') ? list : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
