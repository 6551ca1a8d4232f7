/** Runs an endpoint, and gives each error the form that its reader can use. */
import type { Endpoint, HttpRequest, HttpResponse, Server } from './contracts.js';
import { toOAuthError } from './errors.js';
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
