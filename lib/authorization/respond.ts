/** Records what was allowed, and delivers the answer. RFC 6749 sections 4.1.2 and 4.2.2, RFC 9207. */
import type { HttpResponse, ResponseType, Server } from '../contracts.js';
import { type ErrorCode, OAuthError, StoreUnavailable, toOAuthError } from '../errors.js';
import type { Authorization, AuthorizationRequest, Reply } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import type { Identity } from '../model/user.js';
import { refusalOf, toWire } from '../rules/explanation.js';
import { lifetimesAt } from '../rules/lifetime.js';
import { addAuthorization, newAuthorization } from '../tokens/authorization.js';

/**
 * @param consented_at - when the user agreed to this; left out: nobody was asked
 * @param meanwhile - what else is written at the same time, and before anything is given out
 */
export async function allow(
  request: AuthorizationRequest,
  client: Client,
  user: Identity,
  consented_at: number | undefined,
  server: Server,
  meanwhile: () => Promise<void> = async () => {},
): Promise<HttpResponse> {
  try {
    return deliver(request, await answerTo(request, client, user, consented_at, server, meanwhile), server);
  } catch (thrown) {
    return fail(request, thrown, request.prompt.includes('none'), server);
  }
}

async function answerTo(
  request: AuthorizationRequest,
  client: Client,
  user: Identity,
  consented_at: number | undefined,
  server: Server,
  meanwhile: () => Promise<void>,
): Promise<Readonly<Record<string, string>>> {
  const words = request.response_type.split(' ');
  const rows = server.responseTypes.filter(({ word }) => words.includes(word));
  const code = words.includes('code');
  const authorization = authorizationFor(request, user, { withCode: code, consented_at }, server);
  const ttl = lifetimeFor(rows, request, server);
  const refresh = code && client.grant_types.includes('refresh_token');
  const isRecorded = rows.some(({ recorded }) => recorded);
  await Promise.all([isRecorded ? addAuthorization(authorization, { ttl, code, refresh }, server) : undefined, meanwhile()]);
  let given: Readonly<Record<string, string>> = {};
  for (const row of rows) given = { ...given, ...(await row.answer({ request, client, authorization, given }, server)) };
  return given;
}

export function refuse(reply: Reply, error: OAuthError, server: Server): HttpResponse {
  const { client_id } = reply;
  server.emit('request.refused', () => ({ endpoint: 'authorize', client_id, ...refusalOf(error) }));
  return deliver(reply, { ...toWire(error, server.settings) }, server);
}

/**
 * RFC 6749 section 4.1.2.1: what goes wrong here is told to the client, as no 500 comes through a redirect. While the store is away, a
 * user who may be shown a page is shown it, and goes on from there in a moment.
 */
export function fail(reply: Reply, thrown: unknown, silent: boolean, server: Server): HttpResponse {
  if (thrown instanceof StoreUnavailable && !silent) throw thrown;
  const error = toOAuthError(thrown);
  // Of a store that is away the log has a line already, not one for each request.
  if (error.cause !== undefined && !(error.cause instanceof StoreUnavailable)) {
    server.log.error(`authorize: ${error.message}`, error.cause);
  }
  const isForeign = foreignCodes.includes(error.code);
  return refuse(reply, isForeign ? new OAuthError('server_error', error.message) : error, server);
}

/** Codes of other endpoints, from what they share with this one. */
const foreignCodes: readonly ErrorCode[] = ['invalid_client', 'invalid_token', 'invalid_grant'];

function authorizationFor(
  request: AuthorizationRequest,
  user: Identity,
  { withCode, consented_at }: { withCode: boolean; consented_at: number | undefined },
  server: Server,
): Authorization {
  const { client_id, redirect_uri, scope, audiences, code_challenge, nonce, claims, claims_locales } = request;
  const { sub, auth_time, acr, amr, sid } = user;
  const { lifetimes } = server.settings;
  return newAuthorization(
    {
      client_id,
      sub,
      ...(auth_time !== undefined && { auth_time }),
      ...(acr !== undefined && { acr }),
      ...(amr !== undefined && { amr }),
      ...(sid !== undefined && { sid }),
      scope,
      audiences,
      ...(consented_at !== undefined && { consented_at }),
      ...(nonce !== undefined && { nonce }),
      ...(claims && { claims }),
      ...(claims_locales && { claims_locales }),
      generation: 0,
      ...(withCode && { redirect_uri, code_expires_at: server.clock() + Math.min(lifetimes.code, lifetimes.authorization) }),
      ...(withCode && code_challenge !== undefined && { code_challenge }),
    },
    server,
  );
}

/** As long as anything that is given now may be used. */
function lifetimeFor(rows: readonly ResponseType[], { audiences }: AuthorizationRequest, { settings }: Server): number {
  const { code } = settings.lifetimes;
  return rows.some(({ word }) => word === 'token') ? Math.max(code, lifetimesAt(audiences, settings).accessToken) : code;
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
