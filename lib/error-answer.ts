/** Gives each error the form that its reader can use: JSON for a client, a page for a user. RFC 6749 sections 4.1.2.1 and 5.2. */
import type { Endpoint, HttpRequest, HttpResponse, Server, Settings } from './contracts.js';
import { type OAuthError, StoreUnavailable, toOAuthError } from './errors.js';
import { json, page } from './http/message.js';
import type { ErrorKind } from './languages/language.js';
import type { Link } from './model/screens.js';
import { explain, toWire } from './rules/explanation.js';

/** What of a request a page goes by that tells of a mistake: where it may be tried again, and in which languages it was asked for. */
export type Asked = Pick<HttpRequest, 'method' | 'path' | 'search' | 'query'>;

export function answerError(
  thrown: unknown,
  { audience, name }: Pick<Endpoint, 'audience' | 'name'>,
  { log, settings }: { readonly log: Server['log']; readonly settings: Pick<Settings, 'development'> & Partial<Pick<Settings, 'brand'>> },
  http?: Asked,
): HttpResponse {
  const error = toOAuthError(thrown);
  // Of a store that is away the log has a line already, not one for each request.
  if (error.cause !== undefined && !(error.cause instanceof StoreUnavailable)) log.error(`${name}: ${error.message}`, error.cause);
  const { headers } = error;
  if (audience === 'client') return json(toWire(error, settings), { status: error.status, headers });
  const status = error.status === 401 ? 400 : error.status; // no page asks for credentials by HTTP, as RFC 9110 section 15.5.2 has it
  const kind = error.kind ?? kinds[error.code as keyof typeof kinds] ?? 'link';
  const developer = settings.development ? forDeveloper(error) : {};
  const values = { kind, description: error.message, code: error.code, ...linkFor(kind, settings, http), ...developer };
  return page({ name: 'error', values }, { status, headers, locales: localesOf(http) });
}

/** What cannot be read may be just the reason for the error, and must not keep its page from being shown. OpenID Connect Core section 3.1.2.1. */
function localesOf(http: Asked | undefined): readonly string[] {
  try {
    return http?.query.all('ui_locales').flatMap((tags) => tags.split(' ')) ?? [];
  } catch {
    return [];
  }
}

function forDeveloper({ detail, mismatch }: OAuthError) {
  if (detail === undefined && !mismatch) return {};
  return { developer: { ...(detail !== undefined && { detail }), ...(mismatch && explain(mismatch)) } };
}

const kinds = { invalid_client: 'client', server_error: 'server', temporarily_unavailable: 'busy' } as const;

/** The way on: once more, where that can help; else to the host's own pages. */
function linkFor(kind: ErrorKind, { brand }: Partial<Pick<Settings, 'brand'>>, http: Asked | undefined): { link?: Link } {
  const canHelp = kind === 'busy' || kind === 'server';
  if (canHelp && http?.method === 'GET') return { link: { href: `${http.path}${http.search}`, text: { message: 'error.retry' } } };
  return brand ? { link: { href: brand.url, text: { message: 'links.home', values: { brand: brand.name } } } } : {};
}
