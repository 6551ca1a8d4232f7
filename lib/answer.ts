/** Runs an endpoint, and gives each error the form that its reader can use. */
import type { Endpoint, HttpRequest, HttpResponse, Server } from './contracts.js';
import { OAuthError, StoreUnavailable } from './errors.js';
import { json, page } from './http/message.js';

export async function answer(endpoint: Endpoint, http: HttpRequest, server: Server): Promise<HttpResponse> {
  try {
    return await endpoint.handle(http, server);
  } catch (error) {
    return answerError(error, endpoint, server);
  }
}

export function answerError(
  thrown: unknown,
  { audience, name }: Pick<Endpoint, 'audience' | 'name'>,
  { log }: Pick<Server, 'log'>,
): HttpResponse {
  const error = toOAuthError(thrown);
  if (error.cause !== undefined) log.error(`${name}: ${error.message}`, error.cause);
  const { status, headers } = error;
  if (audience === 'client') return json(error.toParameters(), { status, headers });
  const title = titles[error.code as keyof typeof titles] ?? 'This link does not work';
  return page({ name: 'error', values: { title, message: error.message, code: error.code } }, { status, headers });
}

const titles = {
  server_error: 'Something went wrong',
  temporarily_unavailable: 'Please try again in a moment',
};

/** What nobody foresaw is logged, and told to no one. */
function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  if (thrown instanceof StoreUnavailable) {
    return new OAuthError('temporarily_unavailable', 'The service is busy and will be back soon. Please try again.', {
      headers: { 'Retry-After': '5' },
      cause: thrown,
    });
  }
  return new OAuthError('server_error', 'The server made a mistake. It has been logged.', { cause: thrown });
}
