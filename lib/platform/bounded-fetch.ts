/**
 * Requests to a server that the operator has named. Wherever that is, it is meant: there is no guard as in `fetch.ts`, but an end to how
 * long it may take and how much it may say. Redirects are refused, as whoever is redirected to was not named.
 */
import { FetchRefused, until } from './fetch.js';

/** As the platform has it, or whoever stands in for it: with a proxy, a certificate authority, or a certificate of one's own. */
export type PlatformFetch = typeof globalThis.fetch;

export interface BoundedRequest {
  readonly accept: string;
  readonly signal: AbortSignal;
  /** Left out: a GET. */
  readonly form?: URLSearchParams;
  readonly authorization?: string;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly cacheControl: string | undefined;
  readonly body: string;
}

const maxBytes = 65_536; // after decompression
const timeout = 5_000; // milliseconds

/** Ends what takes too long; for several requests that belong together. */
export function deadline(): AbortSignal {
  return AbortSignal.timeout(timeout);
}

/** @throws FetchRefused, and nothing else */
export async function boundedFetch(
  fetch: PlatformFetch,
  url: string,
  { accept, signal, form, authorization }: BoundedRequest,
): Promise<BoundedAnswer> {
  const headers = { Accept: accept, ...(authorization !== undefined && { Authorization: authorization }) };
  try {
    // A fetch of the host's own may not heed the signal.
    const answer = await until(signal, fetch(url, { headers, redirect: 'error', signal, ...(form && { method: 'POST', body: form }) }));
    const body = await until(signal, readBody(answer));
    return { status: answer.status, cacheControl: answer.headers.get('cache-control') ?? undefined, body };
  } catch (cause) {
    if (cause instanceof FetchRefused) throw cause;
    throw new FetchRefused(`${url} could not be reached, or broke off its answer.`, { cause });
  }
}

async function readBody({ body, url }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new FetchRefused(`The answer of ${url} has more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
