/** An authorization request, from parameters to a checked value. RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1. */
import { explainUnknown, findClient } from '../clients/find.js';
import type { Parameters, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { AuthorizationRequest, Reply } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { readClaims, readDisplay, readHints, readMaxAge, readNonce, readPrompt } from '../rules/authentication-request.js';
import { readCodeChallenge } from '../rules/pkce.js';
import { readRedirectUri } from '../rules/redirect-uri.js';
import { checkTargets } from '../rules/resource.js';
import { chooseMode, readResponseMode, readResponseType } from '../rules/response-type.js';
import { readScope } from '../rules/scope.js';
import { readExpectedSub } from './id-token-hint.js';

/** Who asks. */
export async function readClient(parameters: Parameters, server: Server): Promise<Client> {
  const asked = parameters.need('client_id');
  const client = await findClient(asked, server);
  if (!client) {
    const explained = explainUnknown(asked, server.settings);
    throw new OAuthError('invalid_request', 'No client is registered under this client_id.', { kind: 'client', ...explained });
  }
  return client;
}

/**
 * Then, where an answer may go. Until that is known an error is shown to the user, since a redirect would serve whoever made
 * the link. RFC 6749 section 4.1.2.1. Nor does the page repeat what stood in the link, which may be meant for the user's eyes.
 */
export function readReply(parameters: Parameters, client: Client, server: Pick<Server, 'responseTypes' | 'responseModes'>): Reply {
  const { redirect_uri } = readRedirectUri(parameters, client);
  const state = ifReadable(() => parameters.get('state'));
  const mode = ifReadable(() => parameters.get('response_mode'));
  const type = ifReadable(() => parameters.get('response_type')) ?? '';
  const response_mode = chooseMode(mode, type, server.responseTypes, server.responseModes);
  return { client_id: client.client_id, redirect_uri, response_mode, ...(state !== undefined && { state }) };
}

/** Then the rest: one line for each rule, in the order in which they object. */
export async function readRequest(parameters: Parameters, client: Client, reply: Reply, server: Server): Promise<AuthorizationRequest> {
  const { settings, responseTypes, responseModes } = server;
  const { scope, audiences } = readScope(parameters, client, settings);
  const { response_type } = readResponseType(parameters, client, scope, responseTypes);
  checkTargets({ audiences }, response_type);
  const asked = readClaims(parameters, client);
  return {
    ...reply,
    ...readState(parameters),
    scope,
    audiences,
    response_type,
    ...readResponseMode(parameters, response_type, responseTypes, responseModes),
    ...readCodeChallenge(parameters, response_type, client),
    ...readNonce(parameters, response_type),
    ...readPrompt(parameters),
    ...readDisplay(parameters),
    ...readMaxAge(parameters, client),
    ...readHints(parameters, client),
    ...asked,
    ...(await readExpectedSub(parameters, asked, client, server)),
    received_at: server.clock(),
  };
}

function readState(parameters: Parameters): { state?: string } {
  const state = parameters.get('state');
  return state === undefined ? {} : { state };
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
