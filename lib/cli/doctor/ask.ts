/** Requests of the doctor: they end in any case, follow nobody, and read no more than an answer can be. */
import { isObject } from '../../clients/members.js';

/** What came back. */
export type Answer = Pick<Response, 'status' | 'headers'> & { readonly text: string };

/** Parsed, and believed in nothing. */
export type Members = Readonly<Record<string, unknown>>;

/** Asks, and gives what came or why nothing came. */
export type Ask = (url: string, init?: RequestInit) => Promise<Answer | Error>;

/** A page elsewhere, as browsers name it when it calls. */
export const somePage = 'https://some-page.example';

const longest = 1_000_000; // bytes

/** @param signal - ends all requests of one examination, whatever keeps them */
export function askWithin(signal: AbortSignal, milliseconds: number): Ask {
  return async (url, init = {}) => {
    try {
      const either = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
      const response = await fetch(url, { redirect: 'manual', signal: either, ...init });
      return { status: response.status, headers: response.headers, text: await readText(response) };
    } catch (error) {
      return new Error(explain(error as Error, milliseconds));
    }
  };
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > longest) throw new Error(`The answer has more than ${longest} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What fetch says is "fetch failed"; what it knows stands behind. */
function explain({ name, message, cause }: Error, milliseconds: number): string {
  if (name === 'TimeoutError' || name === 'AbortError') return `There was no answer within ${milliseconds / 1000} s.`;
  if (!(cause instanceof Error)) return message;
  return cause.message || String((cause as NodeJS.ErrnoException).code);
}

export function asJson({ text }: Answer): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Lower case, as headers are compared; empty, if there is none. */
export function headerOf({ headers }: Answer, name: string): string {
  return (headers.get(name) ?? '').toLowerCase();
}
