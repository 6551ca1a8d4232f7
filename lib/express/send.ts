/** Writes an answer. Plain `writeHead` and `end`: what Express adds to them costs time and gives nothing here. */
import type { ServerResponse } from 'node:http';
import type { HttpResponse } from '../contracts.js';

export function send(res: ServerResponse, { status, headers, body = '' }: Pick<HttpResponse, 'status' | 'headers' | 'body'>): void {
  if (res.headersSent) return; // the host has lost patience and answered itself
  const length = status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) }; // RFC 9110 section 8.6
  res.writeHead(status, { ...headers, ...length });
  res.end(body);
}
