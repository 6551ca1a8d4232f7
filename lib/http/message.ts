/** A request and its answer as values. Only `express/` turns them into the real ones. */
import type { Screen, ScreenWishes } from '../model/screens.js';
import type { HostRequest } from '../model/user.js';
import type { Parameters } from './parameters.js';

export interface HttpRequest {
  readonly method: string;
  /** The URL that the endpoints are below, such as `https://app.example.com/oauth`; made from the issuer, never from the Host header. */
  readonly base: string;
  /** The same as a path, `/oauth`, for links and forms on our own pages. */
  readonly basePath: string;
  /** The path that was asked for: one of those of the endpoint. */
  readonly path: string;
  /** The query as it came, with its question mark; empty where there is none. */
  readonly search: string;
  readonly query: Parameters;
  /** The form in the body; empty where there is none. */
  readonly body: Parameters;
  /** The JSON in the body, of an endpoint that takes it. */
  readonly json: Readonly<Record<string, unknown>>;
  header(name: string): string | undefined;
  /** The value of the browser's session cookie. */
  readonly session: string | undefined;
  /** The value of the cookie of the sign-ins that are under way. */
  readonly signIn: string | undefined;
  /** Whether a posted form carries the CSRF token that this browser was given. */
  readonly genuine: boolean;
  /** Of the client or the browser: what Express says, by the host's setting `trust proxy`, if that says whom to believe; else that of the connection. */
  readonly address: string;
  /** Whom the other end of the connection says that it speaks for, where Express was not told of a proxy, or believes everybody. */
  readonly forwarded: string | undefined;
  /**
   * The certificate that the client showed when its TLS connection was made. Read when it is asked for.
   *
   * @throws OAuthError `invalid_client`, if what the proxy passes on is no certificate
   */
  readonly certificate: ClientCertificate | undefined;
  /** The host's own request, for the host's own functions. */
  readonly host: HostRequest;
}

/** A client that shows a certificate has its private key: TLS sees to that. RFC 8705 section 2. */
export interface ClientCertificate {
  /** X.509 in DER. */
  readonly der: Buffer;
  /** Whether it is by an authority that is trusted; a certificate that its owner has signed is not. */
  readonly verified: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The session cookie to set for so many seconds, or to clear. */
  readonly session?: CookieChange;
  /** The same of the cookie of the sign-ins that are under way. */
  readonly signIn?: CookieChange;
  readonly body?: string | Uint8Array;
  readonly screen?: Screen & ScreenWishes;
}

export type CookieChange = { readonly value: string; readonly maxAge: number } | 'cleared';

const noStore = { 'Cache-Control': 'no-store' };

/** The form of a GET or a POST, wherever it stands. */
export function formOf(http: HttpRequest): Parameters {
  return http.method === 'POST' ? http.body : http.query;
}

/** A JSON answer. Not to be stored, unless `headers` say so: most of them hold tokens. */
export function json(value: unknown, { status = 200, headers = {} }: Pick<Partial<HttpResponse>, 'status' | 'headers'> = {}): HttpResponse {
  return { status, headers: { ...noStore, 'Content-Type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(value) };
}

/** A JSON document that anybody may keep for so many seconds; as bytes, for an answer that is given again and again. */
export function document(value: unknown, maxAge: number): HttpResponse {
  const { body = '', ...answer } = json(value, { headers: { 'Cache-Control': `public, max-age=${maxAge}` } });
  return { ...answer, body: Buffer.from(body) };
}

/** 303, never 302 or 307: the password that was posted must not travel on. RFC 9700 section 4.12. */
export function seeOther(location: string, session?: HttpResponse['session']): HttpResponse {
  return { status: 303, headers: { ...noStore, Location: location }, ...(session && { session }) };
}

export function page(
  screen: Screen,
  { status = 200, headers = {}, ...wishes }: Pick<Partial<HttpResponse>, 'status' | 'headers'> & ScreenWishes = {},
): HttpResponse {
  return { status, headers, screen: { ...screen, ...wishes } };
}

/** A page of our own, as forms and redirects name it. */
export function localUrl({ basePath }: Pick<HttpRequest, 'basePath'>, path: string, parameters?: Readonly<Record<string, string>>): string {
  return parameters ? withQuery(`${basePath}${path}`, parameters) : `${basePath}${path}`;
}

/** `uri` with more in its query, and the rest of it byte for byte as it was. */
export function withQuery(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}${encoded(parameters)}`;
}

/** `uri`, which has no fragment, with one. */
export function withFragment(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  return `${uri}#${encoded(parameters)}`;
}

function encoded(parameters: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.append(name, value);
  return query;
}
