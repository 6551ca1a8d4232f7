/** Gives each error the form that its reader can use: JSON for a client, a page for a user. RFC 6749 sections 4.1.2.1 and 5.2. */
import type { Endpoint, HttpResponse, Server } from './contracts.js';
import { type OAuthError, toOAuthError } from './errors.js';
import { json, page } from './http/message.js';
import { explain, toWire } from './rules/explanation.js';

export function answerError(
  thrown: unknown,
  { audience, name }: Pick<Endpoint, 'audience' | 'name'>,
  { log, settings }: { readonly log: Server['log']; readonly settings: Pick<Server['settings'], 'development'> },
): HttpResponse {
  const error = toOAuthError(thrown);
  if (error.cause !== undefined) log.error(`${name}: ${error.message}`, error.cause);
  const { headers } = error;
  if (audience === 'client') return json(toWire(error, settings), { status: error.status, headers });
  const status = error.status === 401 ? 400 : error.status; // no page asks for credentials by HTTP, as RFC 9110 section 15.5.2 has it
  const title = titles[error.code as keyof typeof titles] ?? 'This link does not work';
  const developer = settings.development ? forDeveloper(error) : {};
  return page({ name: 'error', values: { title, message: error.message, code: error.code, ...developer } }, { status, headers });
}

function forDeveloper({ detail, mismatch }: OAuthError) {
  if (detail === undefined && !mismatch) return {};
  return { developer: { ...(detail !== undefined && { detail }), ...(mismatch && explain(mismatch)) } };
}

const titles = {
  invalid_client: 'This app could not be recognised',
  server_error: 'Something went wrong',
  temporarily_unavailable: 'Please try again in a moment',
};
