/** An authorization request, from parameters to a checked value. RFC 6749 section 4.1.1. */
import { findClient } from '../clients/find.js';
import type { Parameters, ResponseMode, ResponseType, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { AuthorizationRequest, Reply } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { readCodeChallenge } from '../rules/pkce.js';
import { readRedirectUri } from '../rules/redirect-uri.js';
import { readScope } from '../rules/scope.js';

type Parts = Pick<Server, 'settings' | 'responseTypes' | 'responseModes'>;

/**
 * First of all, where an answer may go. Until that is known an error is shown to the user, since a redirect would serve whoever made
 * the link. RFC 6749 section 4.1.2.1. Nor does the page repeat what stood in the link, which may be meant for the user's eyes.
 */
export async function readReply(parameters: Parameters, server: Parts): Promise<{ client: Client; reply: Reply }> {
  const client_id = parameters.need('client_id');
  const client = await findClient(client_id, server);
  if (!client) throw new OAuthError('invalid_request', 'No client is registered under this client_id.');
  const { redirect_uri } = readRedirectUri(parameters, client);
  const mode = server.responseModes.find(({ name }) => name === ifReadable(() => parameters.get('response_mode')));
  const state = ifReadable(() => parameters.get('state'));
  return {
    client,
    reply: { client_id, redirect_uri, response_mode: mode?.name ?? 'query', ...(state !== undefined && { state }) },
  };
}

/** Then the rest: one line for each rule, in the order in which they object. */
export function readRequest(parameters: Parameters, client: Client, reply: Reply, server: Parts): AuthorizationRequest {
  return {
    ...reply,
    ...readState(parameters),
    ...readResponseType(parameters, client, server.responseTypes),
    ...readResponseMode(parameters, server.responseModes, reply),
    ...readScope(parameters, client, server.settings.apis),
    ...readCodeChallenge(parameters),
  };
}

function readState(parameters: Parameters): { state?: string } {
  const state = parameters.get('state');
  return state === undefined ? {} : { state };
}

function readResponseType(parameters: Parameters, client: Client, known: readonly ResponseType[]): { response_type: string } {
  const response_type = parameters.need('response_type');
  if (!known.some(({ word }) => word === response_type)) {
    const words = known.map(({ word }) => word).join(', ');
    throw new OAuthError('unsupported_response_type', `The response_type ${response_type} is not known. Known are: ${words}.`);
  }
  if (!client.response_types.includes(response_type)) {
    throw new OAuthError('unauthorized_client', `This client is not registered for the response_type ${response_type}.`);
  }
  return { response_type };
}

function readResponseMode(parameters: Parameters, known: readonly ResponseMode[], reply: Reply): { response_mode: string } {
  const response_mode = parameters.get('response_mode') ?? reply.response_mode;
  if (!known.some(({ name }) => name === response_mode)) {
    const names = known.map(({ name }) => name).join(', ');
    throw new OAuthError('invalid_request', `The response_mode ${response_mode} is not known. Known are: ${names}.`);
  }
  return { response_mode };
}

/** What cannot be read is left out of the reply, and refused by its own rule later. */
function ifReadable(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}
