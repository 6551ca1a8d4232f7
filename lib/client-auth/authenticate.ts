/** Finds out which client calls, and that it is that client. RFC 6749 section 2.3. */
import { findClient } from '../clients/find.js';
import type { ClientAuthMethod, ClientCredentials, HttpRequest, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Client } from '../model/client.js';

/**
 * Guesses are not counted here yet, as RFC 6749 section 2.3.1 asks: client secrets are long and random, and hosts can limit the endpoint.
 *
 * @throws OAuthError `invalid_client`, or `invalid_request` if the client authenticates twice
 */
export async function authenticateClient(http: HttpRequest, server: Pick<Server, 'settings' | 'clientAuthMethods'>): Promise<Client> {
  const { method, credentials } = chooseMethod(http, server.clientAuthMethods);
  const client = await findFirst(credentials.client_ids, server);
  checkSameClient(http, credentials);

  if (!client || !method.accepts(credentials, client)) throw refusal(method, 'The client is unknown, or its credentials are wrong.');
  if (!client.authMethods.includes(method.name)) {
    throw refusal(method, `This client must not authenticate by ${method.name}, but by: ${client.authMethods.join(', ')}.`);
  }
  return client;
}

async function findFirst(client_ids: readonly string[], server: Pick<Server, 'settings'>): Promise<Client | undefined> {
  for (const client_id of client_ids) {
    const client = await findClient(client_id, server);
    if (client) return client;
  }
  return undefined;
}

function chooseMethod(http: HttpRequest, methods: readonly ClientAuthMethod[]) {
  const found = methods.flatMap((method) => {
    const credentials = method.find(http);
    return credentials ? [{ method, credentials }] : [];
  });
  const [first, second] = found;
  if (second)
    throw new OAuthError(
      'invalid_request',
      `The client must not authenticate in two ways, ${found.map(({ method }) => method.name).join(' and ')}.`,
    );
  if (!first) {
    const tried = http.header('authorization') === undefined ? undefined : methods.find(({ challenge }) => challenge !== undefined);
    throw refusal(tried, `The client did not authenticate. Known are: ${methods.map(({ name }) => name).join(', ')}.`);
  }
  return first;
}

/** A client_id in the body besides the header's must be the same one. */
function checkSameClient({ body }: HttpRequest, { client_ids }: ClientCredentials): void {
  const named = body.get('client_id');
  if (named !== undefined && !client_ids.includes(named))
    throw new OAuthError('invalid_request', 'The client_id is not that of the client credentials.');
}

/** RFC 6749 section 5.2: who tried by the Authorization header is challenged in its scheme. */
function refusal(method: ClientAuthMethod | undefined, message: string): OAuthError {
  return new OAuthError('invalid_client', message, method?.challenge ? { headers: { 'WWW-Authenticate': method.challenge } } : {});
}
