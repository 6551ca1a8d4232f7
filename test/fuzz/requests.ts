/** Random requests that know what they are about: good ones, each spoiled in a few places. fast-check shrinks to the one that suffices. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc, { type Arbitrary } from 'fast-check';
import { marker, splitter } from './oracles.js';
import type { Loot, Template } from './world.js';

/** One request, as it goes over the wire. */
export interface FuzzRequest {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly Pair[];
  readonly headers: readonly Pair[];
  readonly form?: readonly Pair[];
  /** In place of a form. */
  readonly text?: string;
  /** How the body travels. */
  readonly coding: 'plain' | 'chunked' | 'gzip' | 'too short';
}

type Pair = readonly [name: string, value: string];

/** A way to spoil a request. */
type Edit = (request: FuzzRequest) => FuzzRequest;

const lib = fileURLToPath(new URL('../../lib/', import.meta.url));
const sources = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(lib, file), 'utf8'));

/** What the sources ask requests for, so that a parameter is tried as soon as there is one. */
const parameterNames = [
  ...namesBy(/\.(?:get|need|has|all|verbatim|needVerbatim)\('([\w.]+)'/g),
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'client_id[]',
    'client_id[a]',
    'redirect_uris',
    'jwks',
    'token',
    'username',
  ],
];
const headerNames = [
  ...namesBy(/\.header\('([\w-]+)'/g),
  ...['cookie', 'content-type', 'content-encoding', 'accept-language', 'origin', 'referer', 'user-agent', 'x-forwarded-for', 'forwarded'],
  ...[
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-original-url',
    'x-http-method-override',
    'host',
    'dpop',
    'expect',
    'range',
    'if-none-match',
  ],
];

function namesBy(pattern: RegExp): string[] {
  return [...new Set(sources.flatMap((source) => [...source.matchAll(pattern)].map(([, name = '']) => name)))].sort();
}

const evil = 'https://evil.example/';
/** What attackers write. No name that could be looked up by DNS. */
const attacks = [
  marker,
  `javascript:alert('${marker}')`,
  evil,
  '//evil.example',
  '/\\evil.example',
  'https://client.example.com@evil.example/callback',
  'https://client.example.com/callback/../../evil',
  'https://client.example.com/callback#x',
  'https://client.example.com/callback?x=1',
  'https://client.example.com\\@evil.example',
  'https:evil.example',
  'http://127.0.0.1:80@evil.example/callback',
  'http://127.0.0.1:99999/callback',
  'data:text/html,<zq>',
  `a${splitter}`,
  '\u0000',
  '\ud800',
  '\u202e\u2066',
  'a'.repeat(20_000),
  '%',
  '%00%0d%0a',
  '%ff%fe',
  "' OR 1=1 --",
  '{"$gt":""}',
  '{"__proto__":{"polluted":1}}',
  '<%= 7*7 %>#{7*7}',
  '../../../../etc/passwd',
  'null',
  '-1',
  '1e309',
  'NaN',
  '9'.repeat(400),
  '[]',
  '{}',
  `{"userinfo":{"${marker}":null}}`,
  `[${'['.repeat(5_000)}`,
  'openid profile email offline_access read:contacts create:contacts',
  'none login consent select_account',
  'code id_token token',
  'query fragment form_post',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'client_credentials',
  'https://127.0.0.1/client.json',
  'https://[::1]/client.json',
  'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ2ZXJhIn0.',
  'Basic !!!',
  'Basic dmVyYTp4',
  'Bearer ',
  'Bearer a b',
  'de, ar;q=0.5, *;q=0',
  `${'a-'.repeat(3_000)}b`,
  `${'x='.repeat(1_000)}`,
  'application/json',
  'application/x-www-form-urlencoded; charset=utf-7',
  'multipart/form-data; boundary=x',
  'text/plain',
  'gzip',
  'bytes=0-1',
  '100-continue',
];

const contentTypes = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/html',
  '',
];
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'];
const suffixes = ['/', '//', '/..', '/%2e%2e', '%00', ';x=y', '?', '.json', '%2F', '/x', '#x', '%'];

// Made once: they are large.
const anyText = fc.string({ maxLength: 20, unit: 'binary' });
const anyJson = fc.json({ maxDepth: 4 });

/** A list of requests that are sent at the same time. */
export function requestsFrom(loot: Loot, atOnce: number): Arbitrary<FuzzRequest[]> {
  return fc.array(requestFrom(loot), { minLength: 1, maxLength: atOnce, size: 'max' });
}

export function requestFrom({ templates, values, cookies }: Loot): Arbitrary<FuzzRequest> {
  const groups = [...new Map(templates.map(({ endpoint }) => [endpoint, templates.filter((one) => one.endpoint === endpoint)])).values()];
  // Files are worth a look, and not more: what reads much can break in more ways.
  const weighted = groups.flatMap((group) => Array.from({ length: group.some(({ method }) => method !== 'GET') ? 5 : 1 }, () => group));
  const template = fc.tuple(fc.nat(weighted.length - 1), fc.nat(9_999)).map(([at, among]) => {
    const group = weighted[at] as readonly Template[];
    return asRequest(group[among % group.length] as Template);
  });
  const value = valueFrom(values);
  const edits = fc.array(editFrom(value, uriFrom(values), cookies), { maxLength: 4 });
  return fc.tuple(template, edits).map(([request, list]) => list.reduce((edited, edit) => edit(edited), request));
}

function asRequest({ endpoint, method, path, query = {}, form, json, headers = {} }: Template): FuzzRequest {
  const type = json !== undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  return {
    endpoint,
    method,
    path,
    query: Object.entries(query),
    headers: [...Object.entries(headers), ...(form || json !== undefined ? [['content-type', type] as const] : [])],
    ...(form && { form: Object.entries(form) }),
    ...(json !== undefined && { text: JSON.stringify(json) }),
    coding: 'plain',
  };
}

/** What looks like an address that is registered. */
function uriFrom(good: readonly string[]): Arbitrary<string> {
  const addresses = good.filter((text) => /^[\w.+-]+:/.test(text));
  const known = fc.constantFrom(...addresses, 'http://127.0.0.1:5000/callback', 'com.example.app:/callback');
  return fc.oneof(
    known,
    fc.constantFrom(...attacks.filter((text) => /evil|^http|^\/\/|^javascript/.test(text))),
    fc.tuple(known, fc.nat(60), fc.nat(5)).map(([text, where, how]) => damaged(text, where, how)),
    fc
      .tuple(known, fc.constantFrom('.evil.example/', '@evil.example/', '/../evil', '?x=1', '#x', '//evil.example', '%0d%0a', '\\'))
      .map((parts) => parts.join('')),
  );
}

function valueFrom(good: readonly string[]): Arbitrary<string> {
  const known = fc.constantFrom(...good);
  const forgeable = fc.constantFrom(...good.filter((text) => /^eyJ[\w-]+\.eyJ[\w-]+\./.test(text)));
  return fc.oneof(
    { weight: 4, arbitrary: known },
    { weight: 5, arbitrary: fc.constantFrom(...attacks) },
    { weight: 1, arbitrary: anyText },
    { weight: 2, arbitrary: fc.tuple(known, fc.nat(2_000), fc.nat(5)).map(([text, at, how]) => damaged(text, at, how)) },
    { weight: 1, arbitrary: fc.tuple(known, fc.constantFrom(...attacks)).map(([text, attack]) => text + attack) },
    {
      weight: 1,
      arbitrary: fc.tuple(forgeable, fc.nat(9), fc.constantFrom(...attacks)).map(([jwt, at, attack]) => forged(jwt, at, attack)),
    },
  );
}

/** A JWT that says something else, in its header or its claims, with the signature that it had. */
function forged(jwt: string, at: number, attack: string): string {
  const parts = jwt.split('.');
  const place = at % 2;
  const members = Object.entries(JSON.parse(Buffer.from(parts[place] ?? '', 'base64url').toString()) as object);
  const changed = members.map(([name, value], index) => [name, index === at % members.length ? attack : value]);
  return parts.with(place, Buffer.from(JSON.stringify(Object.fromEntries(changed))).toString('base64url')).join('.');
}

/** Something else, but not much. */
function damaged(text: string, at: number, how: number): string {
  const place = at % Math.max(text.length, 1);
  const [before, there, after] = [text.slice(0, place), text.slice(place, place + 1), text.slice(place + 1)];
  const ways = [
    `${before}${there === 'A' ? 'B' : 'A'}${after}`,
    `${before}${after}`,
    `${before}${there}${there}${after}`,
    text.slice(0, place),
    `${after}${there}${before}`,
    before + there.toUpperCase() + after.toLowerCase(),
  ];
  return ways[how % ways.length] as string;
}

function editFrom(value: Arbitrary<string>, uri: Arbitrary<string>, cookies: readonly string[]): Arbitrary<Edit> {
  const name = fc.constantFrom(...parameterNames);
  const at = fc.nat(30);
  return fc.oneof(
    { weight: 8, arbitrary: fc.tuple(at, value).map(([place, text]) => replacing(place, text)) },
    { weight: 4, arbitrary: fc.tuple(name, value).map(([added, text]) => adding(added, text)) },
    // The one parameter that decides where answers go is worth more tries than chance would give it.
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom('redirect_uri', 'resource', 'request_uri'), uri).map(([added, text]) => adding(added, text)),
    },
    { weight: 2, arbitrary: at.map(dropping) },
    { weight: 2, arbitrary: fc.tuple(at, value).map(([place, text]) => repeating(place, text)) },
    { weight: 2, arbitrary: fc.tuple(at, fc.nat(2_000), fc.nat(5)).map(([place, where, how]) => damaging(place, where, how)) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...headerNames), value).map(([header, text]) => withHeader(header, text)) },
    { weight: 2, arbitrary: fc.constantFrom(...cookies).map((cookie) => withHeader('cookie', cookie)) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(9), fc.nat(2_000), fc.nat(5)).map(([place, where, how]) => damagingHeader(place, where, how)) },
    { weight: 1, arbitrary: fc.constantFrom(...methods).map(withMethod) },
    { weight: 1, arbitrary: fc.constantFrom(...suffixes).map(withSuffix) },
    { weight: 1, arbitrary: fc.constantFrom(...contentTypes).map((type) => withHeader('content-type', type)) },
    { weight: 1, arbitrary: fc.constant<Edit>(moved) },
    { weight: 1, arbitrary: value.map(withText) },
    { weight: 1, arbitrary: anyJson.map(withText) },
    { weight: 1, arbitrary: fc.constantFrom('chunked' as const, 'gzip' as const, 'too short' as const).map(withCoding) },
    { weight: 1, arbitrary: fc.constant<Edit>(pile) },
  );
}

/** The fields of the form, or of the query where there is no form. */
function inFields(change: (fields: readonly Pair[]) => readonly Pair[]): Edit {
  return (request) => {
    if (request.form) return { ...request, form: change(request.form) };
    if (request.text !== undefined) return { ...request, text: inJson(request.text, change) };
    return { ...request, query: change(request.query) };
  };
}

/** The members of an object, each as text; those that are JSON stay what they are. */
function inJson(text: string, change: (fields: readonly Pair[]) => readonly Pair[]): string {
  const members = change(Object.entries(membersOf(text)).map(([name, value]): Pair => [name, JSON.stringify(value)]));
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${isJson(value) ? value : JSON.stringify(value)}`).join(',')}}`;
}

function membersOf(text: string): object {
  const value: unknown = isJson(text) ? JSON.parse(text) : {};
  return typeof value === 'object' && value !== null ? value : {};
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const replacing = (place: number, value: string) =>
  inFields((fields) => fields.map(([name, before], index): Pair => [name, index === place % fields.length ? value : before]));
const adding = (name: string, value: string) => inFields((fields) => [...fields.filter(([other]) => other !== name), [name, value]]);
const dropping = (place: number) => inFields((fields) => fields.filter((_, index) => index !== place % fields.length));
const repeating = (place: number, value: string) =>
  inFields((fields) => [
    ...fields,
    ...fields
      .slice(place % Math.max(fields.length, 1))
      .slice(0, 1)
      .map(([name]): Pair => [name, value]),
  ]);
const damaging = (place: number, where: number, how: number) =>
  inFields((fields) => fields.map(([name, text], i): Pair => [name, i === place % fields.length ? damaged(text, where, how) : text]));

function withMethod(method: string): Edit {
  return (request) => ({ ...request, method });
}

function withSuffix(suffix: string): Edit {
  return (request) => ({ ...request, path: request.path + suffix });
}

function withText(text: string): Edit {
  return ({ form: _, ...request }) => ({ ...request, text });
}

function withCoding(coding: FuzzRequest['coding']): Edit {
  return (request) => ({ ...request, coding });
}

function withHeader(name: string, value: string): Edit {
  return (request) => ({ ...request, headers: [...request.headers.filter(([other]) => other !== name), [name, value]] });
}

function damagingHeader(place: number, where: number, how: number): Edit {
  return (request) => {
    const { headers } = request;
    return {
      ...request,
      headers: headers.map(([name, text], i): Pair => [name, i === place % headers.length ? damaged(text, where, how) : text]),
    };
  };
}

/** From the query into the form, or the other way round. */
const moved: Edit = ({ form, ...request }) =>
  form ? { ...request, query: [...request.query, ...form] } : { ...request, query: [], form: request.query, method: 'POST' };

/** More than is read. */
const pile: Edit = (request) => ({ ...request, form: [...(request.form ?? []), ['pile', 'x'.repeat(70_000)]] });

/** What goes over the wire: whatever a header or a path may not have is left as it is, but line ends, which would be a second request. */
export function bytesOf({ method, path, query, headers, form, text, coding }: FuzzRequest, address: string): Buffer {
  const search = query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  const plain = Buffer.from(text ?? form?.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&') ?? '');
  const body = coding === 'gzip' ? gzipSync(plain, { level: 1 }) : plain;
  const framing = framingOf(body, coding, text !== undefined || form !== undefined);
  const others = headers.filter(([name]) => name !== 'content-length' && name !== 'transfer-encoding');
  const all = [
    ...(others.some(([name]) => name === 'host') ? [] : [['host', 'localhost'] as const]),
    ['x-forwarded-for', address],
    ...others,
  ];
  const target = `${path}${search === '' ? '' : `?${search}`}`.replace(/[\r\n\0 ]/g, '');
  const lines = [...all, ...framing.headers].map(
    ([name = '', value = '']) => `${name}: ${value.replace(/[\r\n]/g, ' ').slice(0, 8_000)}\r\n`,
  );
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), framing.body]);
}

function framingOf(body: Buffer, coding: FuzzRequest['coding'], isThere: boolean): { headers: readonly Pair[]; body: Buffer } {
  if (!isThere) return { headers: [], body: Buffer.alloc(0) };
  const length = (bytes: number): readonly Pair[] => [['content-length', String(bytes)]];
  if (coding === 'gzip') return { headers: [...length(body.length), ['content-encoding', 'gzip']], body };
  if (coding === 'too short') return { headers: [...length(Math.max(0, body.length - 3)), ['connection', 'close']], body };
  if (coding === 'chunked') {
    const chunks = [`${body.length.toString(16)};x=y\r\n`, body, '\r\n0\r\n\r\n'].map((part) => Buffer.from(part));
    return { headers: [['transfer-encoding', 'chunked']], body: body.length === 0 ? Buffer.from('0\r\n\r\n') : Buffer.concat(chunks) };
  }
  return { headers: length(body.length), body };
}

/** As a form has it; what is a percent sign already stays one, so that malformed encodings get through. */
function encode(text: string): string {
  return text.replace(/[^\w.~:/@!*'()%-]+/g, (part) => Buffer.from(part).reduce((done, byte) => done + hex(byte), ''));
}

function hex(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`;
}

/** Bytes that are hardly HTTP any more, in parts that arrive one by one. */
export function rawFrom(loot: Loot): Arbitrary<Buffer[]> {
  const good = requestFrom(loot).map((request) => bytesOf(request, '192.0.2.1'));
  const made = fc.constantFrom(...nonsense).map((text) => Buffer.from(text, 'latin1'));
  const cut = fc.tuple(good, fc.nat(3_000)).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1)));
  const bytes = fc.tuple(good, fc.array(fc.tuple(fc.nat(3_000), fc.nat(7), fc.nat(255)), { maxLength: 6 })).map(([start, list]) => {
    return list.reduce((spoiled, [at, how, byte]) => spoil(spoiled, at, how, byte), start);
  });
  const one = fc.oneof(
    { weight: 4, arbitrary: bytes },
    { weight: 2, arbitrary: cut },
    { weight: 2, arbitrary: made },
    { weight: 1, arbitrary: good },
  );
  return fc
    .tuple(fc.array(one, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([parts, isWhole]) => (isWhole ? [Buffer.concat(parts)] : parts));
}

function spoil(bytes: Buffer, at: number, how: number, byte: number): Buffer {
  const place = at % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  const inserted =
    ['', '\r\n', '\0', '\r\n\r\n', 'Transfer-Encoding: chunked\r\n', 'Content-Length: 1\r\n', ' '][how] ?? String.fromCharCode(byte);
  if (how === 0) return Buffer.concat([before, after.subarray(1)]);
  return Buffer.concat([before, Buffer.from(inserted, 'latin1'), after]);
}

const host = 'Host: localhost\r\n';
const nonsense = [
  'GET\r\n\r\n',
  'GET /oauth/authorize\r\n\r\n',
  `GET http://evil.example/oauth/authorize?client_id=web HTTP/1.1\r\n${host}\r\n`,
  `GET https://[::1/oauth/authorize HTTP/1.1\r\n${host}\r\n`,
  `GET //evil.example/oauth/login HTTP/1.1\r\n${host}\r\n`,
  `GET /\\evil.example HTTP/1.1\r\n${host}\r\n`,
  `GET * HTTP/1.1\r\n${host}\r\n`,
  `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
  `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`,
  `GET /oauth/jwks HTTP/9.9\r\n${host}\r\n`,
  'GET /oauth/jwks HTTP/1.0\r\n\r\n',
  'GET /oauth/jwks HTTP/1.1\r\n\r\n',
  `GET /oauth/jwks HTTP/1.1\r\n${host}${host}\r\n`,
  `GET /oauth/jwks HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\r\n`,
  `GET /oauth/jwks HTTP/1.1\n${host}\n`,
  `GET /oauth/jwks HTTP/1.1\r\n${host}X: a\r\n folded\r\n\r\n`,
  `GET /oauth/jwks HTTP/1.1\r\n${host}X\0: a\r\n\r\n`,
  `GET /oauth/jwks HTTP/1.1\r\n${host}: a\r\n\r\n`,
  `GET /oauth/jwks HTTP/1.1\r\n${host}${'X: y\r\n'.repeat(2_500)}\r\n`,
  `GET /oauth/jwks HTTP/1.1\r\n${host}X: ${'y'.repeat(20_000)}\r\n\r\n`,
  `GET /oauth/jwks?${'y'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`,
  `GET /oauth/jwks HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
  `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
  `POST /oauth/token HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
  `POST /oauth/token HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`,
  `POST /oauth/token HTTP/1.1\r\n${host}Content-Length: 99999999999999999999\r\n\r\n`,
  `POST /oauth/token HTTP/1.1\r\n${host}Content-Length: 1e3\r\n\r\n`,
  `POST /oauth/token HTTP/1.1\r\n${host}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\ngrant_type=`,
  `POST /oauth/token HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST /oauth/token HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  `POST /oauth/token HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  `POST /oauth/token HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
  `POST /oauth/token HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx\r\n`,
  `POST /oauth/token HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n`,
  `POST /oauth/register HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n`,
  `POST /oauth/login HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 1\r\n\r\n`,
  `POST /oauth/login HTTP/1.1\r\n${host}Expect: 200-ok\r\nContent-Length: 1\r\n\r\nx`,
  `GET /oauth/jwks HTTP/1.1\r\n${host}\r\n`.repeat(50),
  '\r\n'.repeat(100),
  '\0'.repeat(1_000),
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  '\xff'.repeat(1_000),
];
