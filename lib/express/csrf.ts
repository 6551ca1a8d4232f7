/** CSRF protection of the screens: csurf with its secret in a signed cookie. RFC 9700 section 4.7. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import cookieParser from 'cookie-parser';
import csurf from 'csurf';
import type { Request, Response } from 'express';
import type { Parameters, Server } from '../contracts.js';
import { cookieNames } from './cookies.js';

export interface Csrf {
  /** Whether the posted form carries a token that this browser was given. */
  readonly genuine: boolean;
  /** The token for the next form. */
  token(): string;
}

export type CheckCsrf = (req: IncomingMessage, res: ServerResponse, body: Parameters) => Csrf;

/**
 * csurf and cookie-parser are shown a request of our own making. A cookie-parser of the host, with another secret, has then no
 * part in this; and neither has what else the host may keep under the names that they use.
 */
export function createCsrf({ secrets, settings: { issuer } }: Pick<Server, 'secrets' | 'settings'>): CheckCsrf {
  const cookie = cookieNames(issuer);
  const parseCookies = cookieParser([...secrets.cookies]);
  const protect = csurf({
    cookie: { key: cookie.csrf, signed: true, httpOnly: true, sameSite: 'lax', secure: cookie.secure, path: '/' },
    value: (req) => (req.body as Parameters).get('_csrf') ?? '',
  });

  return (req, res, body) => {
    const view = { method: req.method, headers: { cookie: req.headers.cookie }, body } as unknown as Request;
    let refusal: unknown;
    parseCookies(view, res as Response, () => {});
    protect(view, res as Response, (error) => {
      refusal = error;
    });
    if (refusal && (refusal as { code?: string }).code !== 'EBADCSRFTOKEN') throw refusal;
    return { genuine: refusal === undefined, token: () => view.csrfToken() };
  };
}
