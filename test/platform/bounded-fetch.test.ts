import { describe, expect, it } from '@jest/globals';
import { boundedFetch, type PlatformFetch } from '../../lib/platform/bounded-fetch.js';

const url = 'https://as.example.com/jwks';
const soon = () => AbortSignal.timeout(20);

/** Gives back its answer only, and heeds no signal. */
const ask = (fetch: PlatformFetch, signal = soon()) => boundedFetch(fetch, url, { accept: 'application/json', signal });

const never = () => new Promise<never>(() => {});

describe('a fetch of the host’s own', () => {
  it('is taken at its word', async () => {
    const answer = Response.json({ a: 1 }, { headers: { 'Cache-Control': 'max-age=60' } });
    expect(await ask(async () => answer)).toEqual({ status: 200, cacheControl: 'max-age=60', body: '{"a":1}' });
  });

  it.each<readonly [string, PlatformFetch]>([
    ['never answers', never],
    ['never ends its answer', async () => new Response(new ReadableStream({ pull: never }))],
    ['never begins to end it', async () => new Response(new ReadableStream({ start: (out) => out.enqueue(Buffer.from('{')) }))],
  ])(
    'is not waited for if it %s, whether it heeds the signal or not',
    async (_, fetch) => {
      await expect(ask(fetch)).rejects.toMatchObject({
        name: 'FetchRefused',
        message: `${url} could not be reached, or broke off its answer.`,
      });
    },
    2_000,
  );

  it('is not waited for where the time is over before', async () => {
    await expect(ask(never, AbortSignal.abort())).rejects.toMatchObject({ name: 'FetchRefused' });
  }, 2_000);

  it('may fail late, which harms nobody', async () => {
    const late = async () => {
      await new Promise((wait) => setTimeout(wait, 40));
      throw new TypeError('Too late.');
    };
    await expect(ask(late)).rejects.toMatchObject({ name: 'FetchRefused' });
    await new Promise((wait) => setTimeout(wait, 40));
  });

  it('that answers with too much is refused', async () => {
    await expect(ask(async () => new Response('a'.repeat(65_537)))).rejects.toThrow(/more than 65536 bytes/);
  });
});
