/** A fetch that shows a certificate, for clients that take a fetch of one's own. */
import { Agent, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { KeyPair } from './certificates.js';

/**
 * @param ca - whose certificates of servers are trusted
 * @param seen - is told of the connection of each answer; all that one fetch makes resume one session, if the server lets them
 */
export function tlsFetch(
  ca: string,
  pair?: KeyPair,
  seen: (socket: TLSSocket) => void = () => {},
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  const agent = new Agent({ ca, ...pair });
  return async (url, { method = 'GET', headers = {}, body } = {}) => {
    const sent = body === undefined || body === null ? '' : String(body);
    const form = body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' } : {};
    const all = { ...form, ...Object.fromEntries(new Headers(headers)), 'content-length': Buffer.byteLength(sent) };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { method, headers: all, agent }, async (answer) => {
        seen(answer.socket as TLSSocket);
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk);
        resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0, headers: answer.headers as Record<string, string> }));
      });
      outgoing.on('error', reject);
      outgoing.end(sent);
    });
  };
}
