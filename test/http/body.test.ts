import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { readForm, readJson } from '../../lib/http/body.js';
import fc from '../support/fast-check.js';

const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** A request as node gives it to us; with `body`, one that a parser of the host has read. */
function request(text: string, headers: Readonly<Record<string, string>> = form, body?: unknown): IncomingMessage & { body?: unknown } {
  const req = new IncomingMessage(new Socket());
  Object.assign(req.headers, { 'content-length': String(Buffer.byteLength(text)), ...headers });
  req.push(text);
  req.push(null);
  return body === undefined ? req : Object.assign(req, { body });
}

describe('a form', () => {
  it.each([
    ['application/x-www-form-urlencoded'],
    ['Application/X-WWW-Form-URLencoded'],
    ['application/x-www-form-urlencoded; charset=utf-8'],
    [' application/x-www-form-urlencoded ;charset=utf-8'],
  ])('is read where the Content-Type is %s', async (type) => {
    expect((await readForm(request('a=b', { 'content-type': type }))).get('a')).toBe('b');
  });

  it('is read in chunks', async () => {
    const req = new IncomingMessage(new Socket());
    Object.assign(req.headers, form, { 'transfer-encoding': 'chunked' });
    const reading = readForm(req);
    for (const byte of Buffer.from('a=%E2%82%AC&b=ü')) req.push(Buffer.from([byte]));
    req.push(null);
    expect([(await reading).get('a'), (await reading).get('b')]).toEqual(['€', 'ü']);
  });

  it('has whatever a browser puts into it', async () => {
    const fields = fc.dictionary(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), { maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(fields, async (values) => {
        const parameters = await readForm(request(new URLSearchParams(values).toString()));
        const readable = Object.entries(values).filter(([, value]) => !/[\x00-\x1f\x7f\ufffd]/.test(value));
        expect(readable.map(([name]) => parameters.get(name))).toEqual(readable.map(([, value]) => value));
      }),
    );
  });

  it('is empty where there is no body', async () => {
    expect((await readForm(request('', {}))).has('a')).toBe(false);
  });

  it('may have 65 536 bytes', async () => {
    const value = 'b'.repeat(16_000);
    const text = `a=${value}&${'c'.repeat(65_536 - value.length - 3)}`;
    expect((await readForm(request(text))).get('a')).toBe(value);
  });

  it.each([
    ['too large, as it says itself', 413, { ...form, 'content-length': '65537' }, 'a=b'],
    ['too large, as it turns out', 413, { ...form, 'content-length': '0', 'transfer-encoding': 'chunked' }, 'a'.repeat(65_537)],
    ['JSON', 415, { 'content-type': 'application/json' }, '{}'],
    ['of no known type', 415, {}, 'a=b'],
    ['compressed', 415, { ...form, 'content-encoding': 'gzip' }, 'a=b'],
  ])('is refused if it is %s', async (_, status, headers, text) => {
    await expect(readForm(request(text, headers))).rejects.toMatchObject({ code: 'invalid_request', status });
  });

  it('is refused if it breaks off', async () => {
    const req = new IncomingMessage(new Socket());
    Object.assign(req.headers, form, { 'content-length': '100' });
    const reading = readForm(req);
    req.push('a=b');
    req.destroy();
    await expect(reading).rejects.toMatchObject({ code: 'invalid_request', status: 400 });
  });
});

describe('a form that a parser of the host has read', () => {
  it.each<readonly [string, unknown]>([
    ['an object', { a: 'b' }],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 'b' })],
    ['text', 'a=b'],
    ['bytes', Buffer.from('a=b')],
  ])('is found in req.body as %s', async (_, body) => {
    expect((await readForm(request('', { ...form, 'content-length': '3' }, body))).get('a')).toBe('b');
  });

  it('has a parameter twice that was sent twice', async () => {
    const parameters = await readForm(request('', { ...form, 'content-length': '7' }, { a: ['b', 'c'] }));
    expect(() => parameters.get('a')).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it.each<readonly [string, unknown]>([
    ['an object', { b: 'c' }],
    ['a number', 1],
    ['true', true],
    ['null', null],
  ])('does not have a parameter that is %s', async (_, a) => {
    expect((await readForm(request('', { ...form, 'content-length': '3' }, { a, x: 'y' }))).has('a')).toBe(false);
  });

  it('pollutes no prototype', async () => {
    const body = JSON.parse('{"__proto__":{"client_id":"web"},"constructor":{"prototype":{"client_id":"web"}},"x":"y"}');
    const parameters = await readForm(request('', { ...form, 'content-length': '3' }, body));
    expect([parameters.has('client_id'), ({} as { client_id?: string }).client_id]).toEqual([false, undefined]);
  });
});

describe('JSON', () => {
  const json = { 'content-type': 'application/json' };

  it('is read, also in pieces', async () => {
    expect(await readJson(request('{"a":"b"}', json))).toEqual({ a: 'b' });
  });

  it('is what a parser of the host has read, an empty object too', async () => {
    expect(await readJson(request('', json, { a: 'b' }))).toEqual({ a: 'b' });
    expect(await atItsEnd(request('{}', json, {}), readJson)).toEqual({});
  });

  it('is refused at once where all of it was read before, and nothing left', async () => {
    const req = request('{"a":"b"}', json);
    await expect(atItsEnd(req, readJson)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('is refused if it breaks off', async () => {
    const req = new IncomingMessage(new Socket());
    Object.assign(req.headers, json, { 'transfer-encoding': 'chunked' });
    const reading = readJson(req);
    req.push('{"a":');
    req.destroy();
    await expect(reading).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

/** As by a middleware of the host that goes on within `end`: the request is not destroyed yet, and its `end` will not come again. */
function atItsEnd<Result>(req: IncomingMessage, read: (req: IncomingMessage) => Promise<Result>): Promise<Result> {
  req.resume();
  return new Promise((resolve) => req.on('end', () => resolve(read(req))));
}
