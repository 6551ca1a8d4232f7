/**
 * The requests that this server makes to URLs that its clients name: jwks_uri, request_uri, logo_uri, sector_identifier_uri and their like. They
 * must not be a way into the network that the server stands in (server-side request forgery). RFC 6890 for the addresses;
 * OpenID Connect Core section 6.2 and RFC 9101 section 10.4 for the danger.
 */
import { lookup as systemLookup } from 'node:dns/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Log } from './log.js';
import { isLoopbackAddress, isPublicAddress } from './public-address.js';

// An import of node:http makes Node 22 and newer load all that it exports, `WebSocket` included, and with it an HTTP client of its own: 7 % of
// the time to the first answer, and 10 MB.
const { request: httpRequest } = process.getBuiltinModule('node:http');

/** Fetches a URL under the guard. @throws FetchRefused, and nothing else, whatever goes wrong */
export type GuardedFetch = (url: string, options: GuardedFetchRequest) => Promise<GuardedFetchResponse>;

export interface GuardedFetchRequest {
  /** The media types that are hoped for. What comes may be of another: that is for the caller to judge. */
  readonly accept: string;
  /** A longer answer is refused, and reading it ends there. */
  readonly maxBytes: number;
  /** Left out: GET. */
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  /** The media type of `body`. */
  readonly contentType?: string;
  /** How the bytes of the answer become its `body`: `latin1` makes one character of each, for what is no text. Left out: as UTF-8. */
  readonly encoding?: 'latin1';
}

export interface GuardedFetchResponse {
  /** Any but those of redirects, which are refused. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface GuardedFetchOptions {
  /**
   * Hosts that are exempt, as `internal.example` (at any port) or `localhost:8443` (at this one): their addresses may be private, their
   * port need not be 443, and on loopback they may do without https.
   */
  readonly allow?: readonly string[];
  /** Certificate authorities in PEM. They count for the hosts of `allow` alone, beside those that Node brings along. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** In seconds, from the name's resolution to the last byte of the answer. Left out: 5. */
  readonly timeout?: number;
  /** Is told, once for each host, of names that have private addresses only. */
  readonly log?: Pick<Log, 'warn'>;
  /** Resolves a name to all its addresses. Left out: as the operating system does. */
  readonly lookup?: Lookup;
}

export interface Address {
  readonly address: string;
  readonly family: number;
}

export type Lookup = (hostname: string) => Promise<readonly Address[]>;

/** Why a URL was not fetched. `message` may be shown to the client's developer: nothing in it tells of the network inside. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused';
}

/**
 * A fetch that reaches https URLs at port 443 of public addresses, and what `allow` names. The addresses are checked after
 * resolution, and the connection goes to what was checked, so that a second answer of the DNS changes nothing. No redirect is followed,
 * no proxy asked, no encoded answer read; no connection, cookie or credential is shared between two requests.
 *
 * @throws TypeError if `allow` names what is not a host
 *
 * @example
 * const fetch = createGuardedFetch({ allow: ['localhost:8443'], ca: readFileSync('ca.pem') });
 * const { status, body } = await fetch('https://client.example.com/jwks', { accept: 'application/json', maxBytes: 32_768 });
 */
export function createGuardedFetch(options: GuardedFetchOptions = {}): GuardedFetch {
  const { allow = [], ca, timeout = 5, log, lookup = (hostname) => systemLookup(hostname, { all: true }) } = options;
  const isAllowed = hostMatcher(allow);
  const extraTrust = ca === undefined ? undefined : createSecureContext({ ca: [...rootCertificates, ...[ca].flat()] });
  const warned = new Set<string>();

  return async (text, request) => {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), timeout * 1000);
    try {
      const url = parse(text);
      const allowed = isAllowed(url);
      checkUrl(url, allowed);
      const found = await until(over.signal, addressesOf(url, lookup));
      const addresses = found.filter(({ address }) => isReachable(address, url, allowed));
      if (addresses.length === 0) {
        warn(url.hostname, found);
        throw unreachable(url, allowed);
      }
      const secureContext = allowed ? extraTrust : undefined;
      return await exchange(url, request, { addresses, signal: over.signal, ...(secureContext && { secureContext }) });
    } catch (error) {
      throw asRefusal(error, over.signal.aborted, timeout);
    } finally {
      clearTimeout(timer);
    }
  };

  /** The operator may have forgotten the option; the client's developer is not told that the name exists. */
  function warn(hostname: string, found: readonly Address[]): void {
    if (found.length === 0 || warned.has(hostname) || warned.size >= 100) return;
    warned.add(hostname);
    log?.warn(`${hostname} was not fetched: it has no public address. If it is to be reached, name it in the option outgoing.allow.`);
  }
}

/** Whether `allow` may say this: a host, with or without port. */
export function isHostPattern(text: string): boolean {
  return /^[^/?#@\\\s]+$/.test(text) && URL.canParse(`https://${text}`);
}

/** Ports are compared only where `allow` gives one. */
function hostMatcher(allow: readonly string[]): (url: URL) => boolean {
  const hosts = allow.map((text) => {
    if (!isHostPattern(text)) throw new TypeError(`${text} is not a host, or host:port.`);
    const { hostname } = new URL(`https://${text}`);
    return { hostname, port: /:(\d+)$/.exec(text)?.[1] };
  });
  return (url) => hosts.some(({ hostname, port }) => hostname === url.hostname && (port === undefined || Number(port) === portOf(url)));
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/** The WHATWG parser makes every spelling of an IPv4 address (2130706433, 0x7f.1, 0177.0.0.1) into the usual one. */
function parse(text: string): URL {
  if (!URL.canParse(text)) throw new FetchRefused('It is not an absolute URL.');
  return new URL(text);
}

function checkUrl(url: URL, allowed: boolean): void {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowed)) throw new FetchRefused('The URL is not https.');
  if (url.username !== '' || url.password !== '') throw new FetchRefused('The URL has a user name or password.');
  // Elsewhere than at 443 a server of another protocol may listen, and take our words for its own.
  if (portOf(url) !== 443 && !allowed) throw new FetchRefused('The URL has a port other than 443.');
}

/** An address is its own only address. @returns none for a name that does not exist */
async function addressesOf({ hostname }: URL, lookup: Lookup): Promise<readonly Address[]> {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(bare);
  if (family !== 0) return [{ address: bare, family }];
  try {
    return await lookup(bare);
  } catch {
    return [];
  }
}

function isReachable(address: string, { protocol }: URL, allowed: boolean): boolean {
  if (protocol === 'http:') return allowed && isLoopbackAddress(address);
  return allowed || isPublicAddress(address);
}

/** The same sentence for a name that does not exist and for one with private addresses: no one learns which names are used inside. */
function unreachable({ hostname, protocol }: URL, allowed: boolean): FetchRefused {
  if (protocol === 'http:') return new FetchRefused('The URL is not https.');
  return new FetchRefused(`The host ${hostname} has no ${allowed ? '' : 'public '}address.`);
}

interface Connection {
  /** Those that were checked; no other is connected to. */
  readonly addresses: readonly Address[];
  readonly signal: AbortSignal;
  readonly secureContext?: SecureContext;
}

async function exchange(url: URL, request: GuardedFetchRequest, connection: Connection): Promise<GuardedFetchResponse> {
  const response = await send(url, request, connection);
  try {
    const { statusCode: status = 0, headers } = response;
    if (status >= 300 && status < 400) throw new FetchRefused(`The host ${url.hostname} answers with a redirect; none is followed.`);
    if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
      throw new FetchRefused(`The host ${url.hostname} encodes its answer although it was asked not to (Accept-Encoding: identity).`);
    }
    return { status, headers, body: await readBody(response, request, url) };
  } finally {
    response.destroy();
  }
}

function send(url: URL, request: GuardedFetchRequest, { addresses, ...connection }: Connection): Promise<IncomingMessage> {
  const { accept, body, method = 'GET', contentType } = request;
  const headers = {
    Accept: accept,
    'Accept-Encoding': 'identity',
    'User-Agent': 'express-oauth-router',
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...(body !== undefined && { 'Content-Length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // `agent: false` makes a connection for this request alone, and knows of no proxy.
    const outgoing = start(url, { ...connection, method, headers, agent: false, lookup: pinnedTo(addresses) }, resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function pinnedTo(addresses: readonly Address[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses as [Address];
    if (all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

async function readBody(response: IncomingMessage, { maxBytes, encoding }: GuardedFetchRequest, { hostname }: URL): Promise<string> {
  const tooLong = new FetchRefused(`The answer of ${hostname} has more than ${maxBytes} bytes.`);
  if (Number(response.headers['content-length']) > maxBytes) throw tooLong;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLong;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString(encoding);
}

/** What Node says names addresses; it stays inside, as the cause. */
function asRefusal(error: unknown, timedOut: boolean, timeout: number): FetchRefused {
  if (error instanceof FetchRefused) return error;
  if (timedOut) return new FetchRefused(`The answer was not complete within ${timeout} seconds.`, { cause: error });
  const { code } = error as NodeJS.ErrnoException;
  if (/CERT|SIGNATURE|CRL/.test(code ?? '')) {
    return new FetchRefused('The host has no certificate that is trusted here for its name.', { cause: error });
  }
  return new FetchRefused('The host could not be reached, or broke off its answer.', { cause: error });
}

/** For what may not heed the signal itself. */
export function until<Value>(signal: AbortSignal, value: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    value.then(resolve, reject);
  });
}
