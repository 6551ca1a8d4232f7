/** Runs an endpoint; what goes wrong is answered, and told to who listens. */
import { namedClient } from './client-auth/authenticate.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from './contracts.js';
import { type Asked, answerError } from './error-answer.js';
import { toOAuthError } from './errors.js';
import { refusalOf } from './rules/explanation.js';

export async function answer(endpoint: Endpoint, http: HttpRequest, server: Server): Promise<HttpResponse> {
  try {
    return await endpoint.handle(http, server);
  } catch (error) {
    return refuseRequest(error, endpoint, server, http);
  }
}

/** Answers, and tells who listens. Without `http`, the request could not be read; `from` says where it may be made again. */
export function refuseRequest(
  thrown: unknown,
  endpoint: Pick<Endpoint, 'name' | 'audience'>,
  server: Server,
  http?: HttpRequest,
  from: Asked | undefined = http,
): HttpResponse {
  const error = toOAuthError(thrown);
  const refusal = () => ({ endpoint: endpoint.name, ...refusalOf(error), ...(http && namedClient(http, server)) });
  if (error.code === 'invalid_client') {
    server.emit('client.refused', () => {
      const { error: _, ...others } = refusal();
      return { reason: error.reason ?? error.code, ...others };
    });
  } else server.emit('request.refused', refusal);
  return answerError(error, endpoint, server, from);
}
