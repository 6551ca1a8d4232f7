/** Finds out which client calls, and that it is that client. RFC 6749 section 2.3. */
import { findClient } from '../clients/find.js';
import type { ClientAuthMethod, ClientCredentials, HttpRequest, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Client } from '../model/client.js';

/** @throws OAuthError `invalid_client`, or `invalid_request` if the client authenticates twice */
export async function authenticateClient(http: HttpRequest, server: Pick<Server, 'settings' | 'clientAuthMethods'>): Promise<Client> {
  const { method, credentials } = chooseMethod(http, server.clientAuthMethods);
  const client = await findClient(credentials.client_id, server);
  checkSameClient(http, credentials);

  // One sentence for an unknown client and a wrong secret: nobody learns which identifiers exist.
  if (!client || !method.accepts(credentials, client)) throw refusal(http, method, 'The client is unknown, or its credentials are wrong.');
  if (!client.authMethods.includes(method.name)) {
    throw refusal(http, method, `This client must not authenticate by ${method.name}, but by: ${client.authMethods.join(', ')}.`);
  }
  return client;
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
    throw refusal(http, undefined, `The client did not authenticate. Known are: ${methods.map(({ name }) => name).join(', ')}.`);
  }
  return first;
}

/** A client_id in the body besides the header's must be the same one. */
function checkSameClient({ body }: HttpRequest, { client_id }: ClientCredentials): void {
  const named = body.get('client_id');
  if (named !== undefined && named !== client_id)
    throw new OAuthError('invalid_request', 'The client_id is not that of the client credentials.');
}

/** RFC 6749 section 5.2: who tried by the Authorization header is challenged in its scheme. */
function refusal(http: HttpRequest, method: ClientAuthMethod | undefined, message: string): OAuthError {
  const challenge = method?.challenge ?? (http.header('authorization') === undefined ? undefined : 'Basic realm="OAuth 2.0 client"');
  return new OAuthError('invalid_client', message, challenge ? { headers: { 'WWW-Authenticate': challenge } } : {});
}
