/** The three cookies of this server. RFC 6265bis section 4.1.3. */
import type { IncomingMessage } from 'node:http';
import cookieParser from 'cookie-parser';
import type { Request, Response } from 'express';
import type { HttpResponse } from '../contracts.js';

export interface CookieNames {
  readonly session: string;
  readonly signIn: string;
  readonly csrf: string;
  readonly secure: boolean;
}

/** `__Host-` keeps sibling domains from planting a cookie here. Browsers allow it with https only, so http://localhost goes without. */
export function cookieNames(issuer: string): CookieNames {
  const secure = issuer.startsWith('https:');
  const prefix = secure ? '__Host-' : '';
  return { session: `${prefix}oauth_session`, signIn: `${prefix}oauth_sign_in`, csrf: `${prefix}oauth_csrf`, secure };
}

const parseCookies = cookieParser();

/** What a browser has sent, by name: text, or what JSON it holds. */
export type Cookies = Readonly<Record<string, unknown>>;

/** Reads the header itself: what a parser of the host has made of it is the host's. */
export function readCookies({ headers }: IncomingMessage): Cookies {
  const view = { headers: { cookie: headers.cookie } } as Request;
  parseCookies(view, {} as Response, () => {});
  return view.cookies;
}

export function cookieOf(cookies: Cookies, name: string): string | undefined {
  const value = cookies[name];
  return typeof value === 'string' ? value : undefined;
}

/** One of them; who needs more than one reads them all at once. */
export function readCookie(req: IncomingMessage, name: string): string | undefined {
  return cookieOf(readCookies(req), name);
}

/** The Set-Cookie headers of an answer. */
export function setCookies({ session, signIn }: Pick<HttpResponse, 'session' | 'signIn'>, names: CookieNames): string[] {
  if (!session && !signIn) return [];
  const changes = [[names.session, session] as const, [names.signIn, signIn] as const];
  return changes.flatMap(([name, change]) => {
    if (!change) return [];
    const { value, maxAge } = change === 'cleared' ? { value: '', maxAge: 0 } : change;
    return writeCookie(name, value, { maxAge, secure: names.secure });
  });
}

/** The Set-Cookie header of a value that needs no encoding. */
function writeCookie(name: string, value: string, { maxAge, secure }: { maxAge: number; secure: boolean }): string {
  return `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}
