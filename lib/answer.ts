/** Runs an endpoint, and gives each error the form that its reader can use. */
import { namedClient } from './client-auth/authenticate.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from './contracts.js';
import { type OAuthError, toOAuthError } from './errors.js';
import { json, page } from './http/message.js';
import { explain, refusalOf, toWire } from './rules/explanation.js';

export async function answer(endpoint: Endpoint, http: HttpRequest, server: Server): Promise<HttpResponse> {
  try {
    return await endpoint.handle(http, server);
  } catch (error) {
    return refuseRequest(error, endpoint, server, http);
  }
}

/** Answers, and tells who listens. Without `http`, the request could not be read. */
export function refuseRequest(thrown: unknown, endpoint: Endpoint, server: Server, http?: HttpRequest): HttpResponse {
  const error = toOAuthError(thrown);
  const refusal = () => ({ endpoint: endpoint.name, ...refusalOf(error), ...(http && namedClient(http, server)) });
  if (error.code === 'invalid_client') {
    server.emit('client.refused', () => {
      const { error: _, ...others } = refusal();
      return { reason: error.reason ?? error.code, ...others };
    });
  } else server.emit('request.refused', refusal);
  return answerError(error, endpoint, server);
}

export function answerError(
  thrown: unknown,
  { audience, name }: Pick<Endpoint, 'audience' | 'name'>,
  { log, settings }: { readonly log: Server['log']; readonly settings: Pick<Server['settings'], 'development'> },
): HttpResponse {
  const error = toOAuthError(thrown);
  if (error.cause !== undefined) log.error(`${name}: ${error.message}`, error.cause);
  const { status, headers } = error;
  if (audience === 'client') return json(toWire(error, settings), { status, headers });
  const title = titles[error.code as keyof typeof titles] ?? 'This link does not work';
  const developer = settings.development ? forDeveloper(error) : {};
  return page({ name: 'error', values: { title, message: error.message, code: error.code, ...developer } }, { status, headers });
}

function forDeveloper({ detail, mismatch }: OAuthError) {
  if (detail === undefined && !mismatch) return {};
  return { developer: { ...(detail !== undefined && { detail }), ...(mismatch && explain(mismatch)) } };
}

const titles = {
  server_error: 'Something went wrong',
  temporarily_unavailable: 'Please try again in a moment',
};
