/** The pictures of clients: what is taken for one, and how often its host is asked. */
import { describe, expect, it, jest } from '@jest/globals';
import { chooseLogo, findLogo, logosOf, logoVersion, readLogo } from '../../lib/clients/logo.js';
import type { Client } from '../../lib/model/client.js';
import { FetchRefused, type GuardedFetch } from '../../lib/platform/fetch.js';

const uri = 'https://client.example.com/logo.png?key=a-secret';
const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const png = '\x89PNG\r\n\x1a\n and all the rest, \x00\xff';
const avif = (brands: string, length = 8 + brands.length) => `\x00\x00\x00${String.fromCharCode(length)}ftyp${brands}\x00\x00\x00\x08free`;

function clientWith(members: Partial<Client>): Client {
  return { client_id: 'web', client_name: 'Web', source: 'host', ...members } as Client;
}

/** The host of a picture, with a clock, and what the operator is told. */
function host() {
  const state = { body: png, status: 200, down: false, cacheControl: undefined as string | undefined, now: 1_700_000_000 };
  const told: string[] = [];
  const fetch = jest.fn<GuardedFetch>(async () => {
    const { body, status, down, cacheControl } = state;
    await Promise.resolve();
    if (down) throw new FetchRefused('The host could not be reached, or broke off its answer.');
    return { status, headers: cacheControl === undefined ? {} : { 'cache-control': cacheControl }, body };
  });
  const parts = { fetch, clock: () => state.now, log: { warn: (message: string) => void told.push(message), error: () => {} } };
  return { state, fetch, told, find: (from = uri) => findLogo(from, parts) };
}

describe('a picture', () => {
  it.each<readonly [string, string, string, string]>([
    ['PNG', png, 'image/png', 'png'],
    ['JPEG', '\xff\xd8\xff\xe0\x00\x10JFIF', 'image/jpeg', 'jpg'],
    ['WebP', 'RIFF\x1a\x00\x00\x00WEBPVP8L', 'image/webp', 'webp'],
    ['GIF of 1987', 'GIF87a\x01\x00', 'image/gif', 'gif'],
    ['GIF of 1989', 'GIF89a\x01\x00', 'image/gif', 'gif'],
    ['AVIF', avif('avif\x00\x00\x00\x00mif1avif'), 'image/avif', 'avif'],
    ['AVIF that is one among other things', avif('mif1\x00\x00\x00\x00miafavif'), 'image/avif', 'avif'],
    ['SVG', svg, 'image/svg+xml; charset=utf-8', 'svg'],
    ['SVG without attributes', '<svg></svg>', 'image/svg+xml; charset=utf-8', 'svg'],
    [
      'SVG with all that may stand in front',
      `\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by hand -- or <svg --><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">\n<!---->${svg}`,
      'image/svg+xml; charset=utf-8',
      'svg',
    ],
  ])('is known by what is in it: %s', (_, content, type, extension) => {
    const bytes = Buffer.from(content, 'latin1');
    expect(readLogo(bytes)).toEqual({ bytes, type, extension });
  });

  it.each([
    ['nothing', ''],
    ['a page', '<!doctype html><html><body><svg></svg></body></html>'],
    ['a page that is called PNG', 'PNG <html>'],
    ['a page in XML', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><svg/></html>'],
    ['a page that begins with the comment of an SVG', '<!-- <svg> --><script>alert(1)</script>'],
    ['an SVG with entities', `<!DOCTYPE svg [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>`],
    ['an element that is called nearly like one', '<svgx/>'],
    ['a script', 'alert(1)'],
    ['a PDF', '%PDF-1.7'],
    ['a PNG that is cut off', '\x89PNG'],
    ['a RIFF that is a sound', 'RIFF\x1a\x00\x00\x00WAVEfmt '],
    ['an HEIC', avif('heic\x00\x00\x00\x00mif1heic')],
    ['a video with AVIF behind its brands', `${avif('isom\x00\x00\x00\x00iso2')}avif`],
    ['a BMP', 'BM\x46\x00'],
    ['an icon', '\x00\x00\x01\x00'],
  ])('is not what is something else: %s', (_, content) => {
    expect(readLogo(Buffer.from(content, 'latin1'))).toBeUndefined();
  });

  it.each([
    ['comments', '<!---->'.repeat(37_000)],
    ['comments that do not end', '<!--'.repeat(65_000)],
    ['instructions that do not end', '<?'.repeat(130_000)],
    ['spaces', ' '.repeat(260_000)],
  ])('is read without delay, though it has nothing but %s', (_, content) => {
    expect(readLogo(Buffer.from(content))).toBeUndefined();
  });

  it('that is a page as well has the type of a picture, by which no browser takes it for a page', () => {
    const both = 'GIF89a/*<html><script>alert(1)</script>*/=1;';
    expect(readLogo(Buffer.from(both))?.type).toBe('image/gif');
  });
});

describe('a client', () => {
  it.each([
    ['host', uri],
    ['registered', undefined],
    ['document', undefined],
  ] as const)('from %s has the logo %s: a borrowed one would be the best disguise', (source, logo_uri) => {
    const client = clientWith({ source, logo_uri: uri });
    expect([logosOf(client), chooseLogo(client, logoVersion(uri))]).toEqual([logo_uri, logo_uri]);
  });

  it('without a logo has none', () => {
    expect([logosOf(clientWith({})), chooseLogo(clientWith({}), 'x')]).toEqual([undefined, undefined]);
  });

  it.each([
    ['that of the version', logoVersion(`${uri}&de`), `${uri}&de`],
    ['that of no language, without a version', undefined, uri],
    ['that of no language, with the version of an earlier one', 'earlier', uri],
  ])('with a logo for each of its languages is asked for %s', (_, version, logo_uri) => {
    const client = clientWith({ logo_uri: uri, 'logo_uri#de': `${uri}&de`, 'logo_uri#fr': `${uri}&fr` });
    expect(chooseLogo(client, version)).toBe(logo_uri);
  });
});

it('another address has another version', () => {
  expect(logoVersion(uri)).toMatch(/^[\w-]{16}$/);
  expect(logoVersion(`${uri}2`)).not.toBe(logoVersion(uri));
});

describe('the host of a picture', () => {
  it('is asked for pictures of up to 256 kB, byte by byte', async () => {
    const { fetch, find } = host();
    expect((await find())?.bytes).toEqual(Buffer.from(png, 'latin1'));
    const accept = 'image/png, image/jpeg, image/webp, image/gif, image/avif, image/svg+xml';
    expect(fetch.mock.calls).toEqual([[uri, { accept, maxBytes: 262_144, encoding: 'latin1' }]]);
  });

  it('is asked once by all who come at the same time', async () => {
    const { fetch, find } = host();
    const logos = await Promise.all([find(), find(), find()]);
    expect(logos.map((logo) => logo?.type)).toEqual(['image/png', 'image/png', 'image/png']);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['an hour, if it says nothing', undefined, 3_600],
    ['an hour, if it says less', 'no-store', 3_600],
    ['as long as it says', 'max-age=7200', 7_200],
    ['a day, if it says more', 'max-age=31536000', 86_400],
  ])('is asked again after %s', async (_, cacheControl, seconds) => {
    const { state, fetch, find } = host();
    state.cacheControl = cacheControl;
    await find();
    state.now += seconds - 1;
    await find();
    expect(fetch).toHaveBeenCalledTimes(1);
    state.now += 1;
    state.body = svg;
    expect((await find())?.extension).toBe('svg');
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['is down', { down: true }],
    ['has an error', { status: 503 }],
  ])('may be away for a week: what was fetched last is shown while it %s', async (_, trouble) => {
    const { state, find } = host();
    await find();
    Object.assign(state, trouble);
    state.now += 604_799;
    expect((await find())?.type).toBe('image/png');
    state.now += 1;
    expect(await find()).toBeUndefined();
  });

  it.each([
    ['takes it away', { status: 404 }],
    ['takes it away for good', { status: 410 }],
    ['puts something else there', { body: '<html>' }],
  ])('is obeyed if it %s', async (_, change) => {
    const { state, find } = host();
    await find();
    Object.assign(state, change);
    state.now += 86_400;
    expect(await find()).toBeUndefined();
  });

  it.each([
    ['is down', { down: true }],
    ['has no such file', { status: 404 }],
    ['wants to know who asks', { status: 401 }],
    ['has a page there', { body: '<html>' }],
  ])('is left alone for a minute, if it %s', async (_, trouble) => {
    const { state, fetch, find } = host();
    Object.assign(state, trouble);
    expect(await find()).toBeUndefined();
    state.now += 59;
    expect(await find()).toBeUndefined();
    expect(fetch).toHaveBeenCalledTimes(1);
    Object.assign(state, { down: false, status: 200, body: png });
    state.now += 1;
    expect((await find())?.type).toBe('image/png');
  });

  it('is named to the operator once for each reason, without what is in its query', async () => {
    const { state, told, find } = host();
    state.down = true;
    for (const _ of [1, 2, 3]) {
      await find();
      state.now += 60;
    }
    Object.assign(state, { down: false, body: '%PDF' });
    await find();
    const known = 'image/png, image/jpeg, image/webp, image/gif, image/avif, image/svg+xml';
    expect(told).toEqual([
      'The logo https://client.example.com/logo.png is not shown. The host could not be reached, or broke off its answer.',
      `The logo https://client.example.com/logo.png is not shown. It is none of ${known}.`,
    ]);
  });

  it('is asked again for what was not looked at for longest, where there are more than a hundred pictures', async () => {
    const { fetch, find } = host();
    const logo = (index: number) => `https://client.example.com/${index}.png`;
    for (let index = 0; index < 100; index += 1) await find(logo(index));
    await find(logo(0));
    await find(logo(100));
    fetch.mockClear();
    await find(logo(0));
    expect(fetch).not.toHaveBeenCalled();
    await find(logo(1));
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});

it('a mistake of ours is no missing picture', async () => {
  const fetch = async () => Promise.reject(new TypeError('a mistake'));
  const parts = { fetch, clock: () => 0, log: { warn: () => {}, error: () => {} } };
  await expect(findLogo(uri, parts)).rejects.toThrow('a mistake');
});
