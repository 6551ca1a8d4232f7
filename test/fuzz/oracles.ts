/** What must hold for every answer, whatever was asked. Each complaint is a sentence; none is what we want to hear. */
import type { Answer } from './socket.js';

/** What the judge knows, and the server must act on or keep to itself. */
export interface Knowledge {
  /** Of all clients, also of those that have registered meanwhile. */
  readonly redirectUris: ReadonlySet<string>;
  /** Of those that a request may name. */
  redirectUrisOf(client_id: string): readonly string[] | undefined;
  /** Paths of this server that a redirect may lead to. */
  readonly ownPaths: readonly string[];
  /** What only others know: passwords, cookies, codes, tokens, names. */
  readonly secrets: readonly string[];
}

/** What of a request the judge looks at. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** Of a request that names exactly one. */
  readonly client_id?: string;
}

/** Stands in many values. Where it is seen with its quotes or brackets as they are, whoever wrote the value has written HTML. */
export const marker = `zq"zq'zq<zq>zq`;
const written = ['zq"zq', "zq'zq", '<zq>'];
/** What a value tries to become: a header of its own. */
export const splitter = '\r\nX-Split: zq\r\n\r\nzq';

const slow = 1_000; // milliseconds
const deliberate = [501, 503];
const ownCookies = /^(?:__Host-)?oauth_(?:session|sign_in|csrf)=[^;]*; .*HttpOnly/;

export function complaintsOf(answer: Answer, asked: Asked, knowledge: Knowledge): string[] {
  return [
    ...complaintsOfForm(answer, asked),
    ...complaintsOfHeaders(answer),
    ...complaintsOfPage(answer, asked, knowledge),
    ...complaintsOfSecrets(answer, knowledge),
    ...redirectsOf(answer).flatMap((target) => complaintsOfTarget(target, asked, knowledge)),
  ];
}

function complaintsOfForm({ status, headers, body, surplus, took }: Answer, { method }: Asked): string[] {
  return [
    ...(status === 0 ? ['There was no answer.'] : []),
    ...(status >= 500 && !deliberate.includes(status) ? [`The status is ${status}.`] : []),
    ...(took > slow ? [`The answer took ${Math.round(took)} ms.`] : []),
    ...(surplus === '' ? [] : [`More came than one answer: ${surplus.slice(0, 100)}`]),
    ...(method !== 'HEAD' && typeOf(headers).startsWith('application/json') && !isJson(body) ? ['The JSON does not parse.'] : []),
  ];
}

function complaintsOfHeaders({ headers }: Answer): string[] {
  return headers.flatMap(([name, value]) => [
    ...(/^[\w-]+$/.test(name) && !/[\x00-\x08\x0a-\x1f\x7f]/.test(value) ? [] : [`The header ${JSON.stringify(name)} is none.`]),
    ...(name === 'x-split' ? ['A parameter has become a header.'] : []),
    ...(name === 'set-cookie' && !ownCookies.test(value) ? [`A cookie that is not ours: ${value}`] : []),
    ...(name === 'access-control-allow-credentials' ? ['Pages of other origins may send cookies.'] : []),
  ]);
}

function complaintsOfPage(answer: Answer, asked: Asked, knowledge: Knowledge): string[] {
  const { headers, body } = answer;
  if (!typeOf(headers).startsWith('text/html') || body === '') return [];
  const policy = headers.find(([name]) => name === 'content-security-policy')?.[1] ?? '';
  return [
    ...written.filter((part) => body.includes(part)).map((part) => `A value stands unescaped in the page: ${part}`),
    ...(policy.includes("frame-ancestors 'none'") || isOfExpress(answer) ? [] : ['The page may be framed.']),
    ...valuesOf(body, 'action').flatMap((action) => complaintsOfTarget(action, asked, knowledge)),
    ...[...valuesOf(body, 'href'), ...valuesOf(body, 'src')].filter((url) => !isHarmlessLink(url)).map((url) => `A link leads to ${url}`),
  ];
}

/** The host's own page for what is not ours. */
function isOfExpress({ headers }: Answer): boolean {
  return headers.some(([name]) => name === 'x-powered-by');
}

function complaintsOfSecrets({ headers, body }: Answer, { secrets }: Knowledge): string[] {
  const all = `${headers.map(([, value]) => value).join('\n')}\n${body}`;
  return secrets.filter((secret) => all.includes(secret)).map((secret) => `It tells ${secret}`);
}

/** Where a browser would go by itself. */
function redirectsOf({ headers }: Answer): string[] {
  const to = (header: string) => headers.filter(([name]) => name === header).map(([, value]) => value);
  return [...to('location'), ...to('content-location'), ...to('refresh').map((value) => value.replace(/^[^;,]*[;,]\s*(?:url=)?/i, ''))];
}

/** One of our own paths, or an address that the client has registered, perhaps with more in its query or fragment. */
function complaintsOfTarget(target: string, { path, client_id }: Asked, knowledge: Knowledge): string[] {
  if (/^\/(?![/\\])/.test(target)) return knowledge.ownPaths.includes(target.split(/[?#]/, 1)[0] ?? '') ? [] : [`It leads to ${target}`];
  const isNamed = path.endsWith('/authorize') && client_id !== undefined;
  const registered = (isNamed && knowledge.redirectUrisOf(client_id)) || knowledge.redirectUris;
  const fits = [...registered].some((uri) => isAt(target, uri) || isAt(withoutLoopbackPort(target), withoutLoopbackPort(uri)));
  return fits ? [] : [`It leads to ${target}, where nobody has registered.`];
}

function isAt(target: string, uri: string): boolean {
  return target === uri || [uri.includes('?') ? '&' : '?', '#'].some((sign) => target.startsWith(`${uri}${sign}`));
}

function withoutLoopbackPort(uri: string): string {
  return uri.replace(/^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)):\d{1,5}(?=[/?#]|$)/, '$1');
}

function isHarmlessLink(url: string): boolean {
  return /^(?:https?:\/\/|mailto:|data:(?:image\/|,$)|[/#?]|$)/.test(url) && !/^\/[/\\]/.test(url);
}

function valuesOf(html: string, attribute: string): string[] {
  return [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))].map(([, value = '']) => decoded(value));
}

const entities: Readonly<Record<string, string>> = { '&#34;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' };

function decoded(value: string): string {
  return value.replace(/&(?:#\d+|\w+);/g, (entity) => entities[entity] ?? entity);
}

function typeOf(headers: Answer['headers']): string {
  return headers.find(([name]) => name === 'content-type')?.[1] ?? '';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
