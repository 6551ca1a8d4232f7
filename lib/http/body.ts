/** The form or the JSON in a request's body, whoever reads it: a parser of the host that came before, or this file. RFC 6749 appendix B. */
import type { IncomingMessage } from 'node:http';
import { OAuthError } from '../errors.js';
import { Parameters } from './parameters.js';

const maxBytes = 65_536;
const formType = 'application/x-www-form-urlencoded';
const jsonType = 'application/json';

/** @throws OAuthError `invalid_request`, with status 400, 413 or 415, if the body is not a form or is too large */
export async function readForm(req: IncomingMessage & { body?: unknown }): Promise<Parameters> {
  const length = checkLength(req);
  const type = typeOf(req);
  if (type !== formType) {
    if (length === 0 && req.headers['transfer-encoding'] === undefined) return Parameters.none;
    throw new OAuthError('invalid_request', `The body must be ${formType}.`, {
      status: 415,
      mismatch: { what: 'Content-Type', asked: type || 'none', fitting: [formType], source: 'known' },
    });
  }
  if (isFilled(req.body) || req.readableDidRead) return fromParser(req.body);
  if (req.readableEnded) return Parameters.none; // A parser came before, and found nothing to read.
  return parse(await readStream(req));
}

/** @throws OAuthError `invalid_request`, with status 400, 413 or 415, if the body is not a JSON object or is too large */
export async function readJson(req: IncomingMessage & { body?: unknown }): Promise<Readonly<Record<string, unknown>>> {
  checkLength(req);
  const type = typeOf(req);
  if (type !== jsonType) {
    throw new OAuthError('invalid_request', `The body must be ${jsonType}, not ${type || 'without a Content-Type'}.`, { status: 415 });
  }
  const { body } = req;
  const isParsed = isFilled(body) || req.readableEnded; // a parser has read `{}`, or found nothing
  if (isParsed && typeof body === 'object' && !Buffer.isBuffer(body)) return asObject(body);
  const text = isFilled(body) ? String(body) : await readStream(req);
  try {
    return asObject(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new OAuthError('invalid_request', 'The body is not JSON.');
    throw error;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw new OAuthError('invalid_request', 'The body is not a JSON object.');
}

function checkLength(req: IncomingMessage): number {
  const length = Number(req.headers['content-length'] ?? 0);
  if (length <= maxBytes) return length;
  req.resume(); // read on, or the answer may be lost with the connection
  throw tooLarge();
}

function typeOf(req: IncomingMessage): string {
  return (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** Some parsers leave an empty object behind where they have not read; some platforms give a body without a stream. */
function isFilled(body: unknown): boolean {
  return body !== null && typeof body === 'object' ? Object.keys(body).length > 0 : body !== undefined;
}

/** What express.urlencoded, express.json, express.text, express.raw and their like leave in `req.body`. */
function fromParser(body: unknown): Parameters {
  if (typeof body === 'string') return parse(body);
  if (Buffer.isBuffer(body)) return parse(body.toString());
  if (typeof body !== 'object' || body === null) {
    throw new OAuthError('server_error', 'The body was read before it came here.', {
      cause: 'A middleware in front of oauthRouter has read the request without leaving it in req.body. Mount oauthRouter before it.',
    });
  }
  return new Parameters(Object.entries(body).flatMap(([name, value]) => entriesOf(name, value)));
}

/** A nested object, such as the extended syntax makes of `a[b]=c`, is no parameter of ours; a list is one that was repeated. */
function entriesOf(name: string, value: unknown): [string, string][] {
  if (typeof value === 'string') return [[name, value]];
  if (Array.isArray(value)) return value.flatMap((item) => entriesOf(name, item));
  return [];
}

function parse(text: string): Parameters {
  return new Parameters(new URLSearchParams(text));
}

function readStream(req: IncomingMessage): Promise<string> {
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    return Promise.reject(new OAuthError('invalid_request', 'The body must not be compressed.', { status: 415 }));
  }
  if (req.destroyed || req.readableEnded) return Promise.reject(endedTooEarly());
  return new Promise((resolve, reject) => {
    let isRead = false;
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) reject(tooLarge());
      else chunks.push(chunk);
    });
    req.on('end', () => {
      isRead = true;
      resolve(Buffer.concat(chunks).toString());
    });
    // After each request; an error with its stack for those that go well would be 6 % of client_credentials.
    req.on('close', () => {
      if (!isRead) reject(endedTooEarly());
    });
    req.on('error', () => reject(new OAuthError('invalid_request', 'The body could not be read.')));
  });
}

function endedTooEarly(): OAuthError {
  return new OAuthError('invalid_request', 'The body ended too early.');
}

function tooLarge(): OAuthError {
  return new OAuthError('invalid_request', `The body must not be larger than ${maxBytes} bytes.`, {
    status: 413,
    headers: { Connection: 'close' },
  });
}
