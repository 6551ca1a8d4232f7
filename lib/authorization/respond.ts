/** Records what was allowed, and delivers the answer. RFC 6749 section 4.1.2, RFC 9207. */
import type { HttpResponse, Server } from '../contracts.js';
import type { OAuthError } from '../errors.js';
import type { AuthorizationRequest, Reply } from '../model/authorization.js';
import type { Identity } from '../model/user.js';

export async function allow(request: AuthorizationRequest, user: Identity, server: Server): Promise<HttpResponse> {
  const words = request.response_type.split(' ');
  const rows = server.responseTypes.filter(({ word }) => words.includes(word));
  const answers = await Promise.all(rows.map((row) => row.answer(request, user, server)));
  return deliver(request, Object.assign({}, ...answers), server);
}

export function refuse(reply: Reply, error: OAuthError, server: Server): HttpResponse {
  return deliver(reply, error.toParameters(), server);
}

/** `iss` goes with every answer, so that a client of several servers can tell them apart. RFC 9207 section 2. */
function deliver(
  { redirect_uri, response_mode, state }: Reply,
  parameters: Readonly<Record<string, string>>,
  { responseModes, settings }: Server,
): HttpResponse {
  const mode = responseModes.find(({ name }) => name === response_mode);
  if (!mode) throw new Error(`The response mode ${response_mode} was accepted, and is not in the table.`);
  return mode.deliver(redirect_uri, { ...parameters, state, iss: settings.issuer });
}
