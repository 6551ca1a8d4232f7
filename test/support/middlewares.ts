/** What hosts have in front of their routes: the parsers of Express, and stand-ins for other packages. */
import { randomUUID } from 'node:crypto';
import { createGzip } from 'node:zlib';
import cookieParser from 'cookie-parser';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { expresses } from './host.js';

/** By name, with the parsers of that Express. */
export function middlewares({ urlencoded, json, text, raw }: (typeof expresses)[4]): Record<string, readonly RequestHandler[]> {
  return {
    nothing: [],
    'express.urlencoded({ extended: true })': [urlencoded({ extended: true })],
    'express.urlencoded({ extended: false })': [urlencoded({ extended: false })],
    'express.json()': [json()],
    'express.json() and express.urlencoded()': [json(), urlencoded({ extended: true })],
    'express.urlencoded() and express.json()': [urlencoded({ extended: true }), json()],
    "express.json({ type: '*/*', strict: false }), which takes JSON alone": [ifJson(json({ type: '*/*' }))],
    "express.text({ type: '*/*' })": [text({ type: '*/*' })],
    "express.raw({ type: '*/*' })": [raw({ type: '*/*' })],
    'all parsers at once': [json(), urlencoded({ extended: true }), text({ type: '*/*' }), raw({ type: '*/*' })],
    'a parser of multipart bodies, which ignores forms': [multipartOnly],
    'a parser that leaves an empty object where it has not read': [emptyObject],
    'a parser of its own, which leaves an object without prototype': [bareObject],
    'a parser of cookies': [cookieParser()],
    'a parser of cookies with a secret of its own': [cookieParser('quite another secret of the host')],
    'sessions in a store': [cookieParser('keyboard cat'), sessions],
    'helmet()': [helmet()],
    compression: [compression],
    'helmet(), compression, sessions and parsers': [helmet(), compression, sessions, json(), urlencoded({ extended: true })],
    'cors() for any origin': [cors('*')],
    'cors() with credentials': [cors('reflect')],
    'a guard that takes its time': [slow],
    'a log of bodies that listens along': [listener],
  };
}

/** As multer does: a form is not its business. */
const multipartOnly: RequestHandler = (req, _res, next) => {
  if (!req.is('multipart/form-data')) return next();
  req.resume().on('end', next);
};

const emptyObject: RequestHandler = (req, _res, next) => {
  req.body ??= {};
  next();
};

const bareObject: RequestHandler = async (req, _res, next) => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  req.body = Object.assign(Object.create(null), Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())));
  next();
};

function ifJson(parser: RequestHandler): RequestHandler {
  return (req, res, next) => (req.is('json') ? parser(req, res, next) : next());
}

/** Reads all, keeps nothing. */
export const devour: RequestHandler = (req, _res, next) => {
  req.resume().on('end', () => next());
};

export const slow: RequestHandler = (_req, _res, next) => {
  setTimeout(next, 10);
};

const listener: RequestHandler = (req, _res, next) => {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  req.on('end', () => bytes);
  next();
};

/** In the manner of express-session: a cookie when the head is written, and the end held back until the session is saved. */
export const sessions: RequestHandler = (req, res, next) => {
  const known = /host\.sid=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1];
  const id = known ?? randomUUID();
  const session = stored.get(id) ?? { visits: 0 };
  session.visits += 1;
  Object.assign(req, { session, sessionID: id });
  if (!known) res.appendHeader('Set-Cookie', `host.sid=${id}; Path=/; HttpOnly`);
  const end = res.end.bind(res) as (...args: unknown[]) => typeof res;
  res.end = ((...args: unknown[]) => {
    setImmediate(() => {
      stored.set(id, session);
      end(...args);
    });
    return res;
  }) as typeof res.end;
  next();
};

const stored = new Map<string, { visits: number }>();

export function sessionOf(req: object): unknown {
  return (req as { session?: unknown }).session;
}

/** In the manner of compression: the head loses its length, and `write` and `end` lead through gzip. */
const compression: RequestHandler = (req, res, next) => {
  if (!/gzip/.test(req.headers['accept-encoding'] ?? '')) return next();
  const { writeHead, write, end } = res;
  const gzip = createGzip();
  gzip.on('data', (chunk: Buffer) => write.call(res, chunk, 'utf8', () => {}));
  gzip.on('end', () => end.call(res, undefined, 'utf8', () => {}));
  res.writeHead = ((status: number, headers: Record<string, string> = {}) => {
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    if (status !== 204) res.setHeader('Content-Encoding', 'gzip').removeHeader('Content-Length');
    return writeHead.call(res, status);
  }) as typeof res.writeHead;
  res.write = ((chunk: Buffer | string) => gzip.write(chunk)) as typeof res.write;
  res.end = ((chunk?: Buffer | string) => {
    if (!res.headersSent) res.writeHead(res.statusCode);
    if (chunk === undefined || chunk === '') gzip.end();
    else gzip.end(chunk);
    return res;
  }) as typeof res.end;
  next();
};

/** As the package of this name, by default and with `credentials: true`. */
export function cors(origin: '*' | 'reflect'): RequestHandler {
  return (req, res, next) => {
    res.setHeader('Access-Control-Allow-Origin', origin === '*' ? '*' : (req.headers.origin ?? '*'));
    if (origin === 'reflect') res.setHeader('Vary', 'Origin').setHeader('Access-Control-Allow-Credentials', 'true');
    if (req.method === 'OPTIONS') res.status(204).end();
    else next();
  };
}
