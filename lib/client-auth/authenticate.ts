/** Finds out which client calls, and that it is that client. RFC 6749 section 2.3. */
import { explainUnknown, findClient, isSecretOfSome, mayBeClientId } from '../clients/find.js';
import type { ClientAuthMethod, ClientCredentials, HttpRequest, Server } from '../contracts.js';
import { OAuthError, type OAuthErrorDetails } from '../errors.js';
import { formOf } from '../http/message.js';
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

  const isProven = client && method.accepts(credentials, client);
  if (!client) {
    const { client_ids } = credentials;
    const asked = client_ids.find((name) => isSecretOfSome(name, server.settings)) ?? (client_ids[0] as string);
    throw refusal(method, { reason: 'client_unknown', ...explainUnknown(asked, server.settings) });
  }
  if (!client.authMethods.includes(method.name)) throw refusal(method, wrongMethod(method, client));
  if (!isProven) throw refusal(method, { reason: 'secret_wrong', detail: 'The client is known, and its secret is another.' });
  return client;
}

/** The client that a request names, proven or not, for events: only what could be a client_id, and is no secret in its place. */
export function namedClient(
  http: HttpRequest,
  { clientAuthMethods, settings }: Pick<Server, 'clientAuthMethods' | 'settings'>,
): { client_id?: string } {
  const ways: readonly (() => readonly (string | undefined)[] | undefined)[] = [
    () => [formOf(http).get('client_id')],
    ...clientAuthMethods.map((method) => () => method.find(http)?.client_ids),
  ];
  const names = ways.flatMap((read) => ifReadable(read) ?? []).filter((name) => name !== undefined);
  const client_id = names.find((name) => /^[\x20-\x7e]{1,255}$/.test(name));
  const isTold = client_id !== undefined && mayBeClientId(client_id, settings) && !names.some((name) => isSecretOfSome(name, settings));
  return isTold ? { client_id } : {};
}

function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
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
    const detail = `Known are: ${methods.map(({ name }) => name).join(', ')}.`;
    throw refusal(tried, { reason: 'not_authenticated', detail }, 'The client did not authenticate.');
  }
  return first;
}

/** A client_id in the body besides the header's must be the same one. */
function checkSameClient({ body }: HttpRequest, { client_ids }: ClientCredentials): void {
  const named = body.get('client_id');
  if (named !== undefined && !client_ids.includes(named))
    throw new OAuthError('invalid_request', 'The client_id is not that of the client credentials.');
}

type Explained = Pick<OAuthErrorDetails, 'reason' | 'detail' | 'mismatch'>;

function wrongMethod({ name }: ClientAuthMethod, { authMethods }: Client): Explained {
  const mismatch = { what: 'token_endpoint_auth_method', asked: name, fitting: authMethods, source: 'registered' } as const;
  return { reason: 'auth_method_mismatch', mismatch };
}

/**
 * One sentence, whatever is wrong: in production nobody learns which clients there are. RFC 6749 section 5.2: who tried by the
 * Authorization header is challenged in its scheme.
 */
function refusal(method: ClientAuthMethod | undefined, explained: Explained, message = oneForAll): OAuthError {
  const headers = method?.challenge ? { 'WWW-Authenticate': method.challenge } : {};
  return new OAuthError('invalid_client', message, { ...explained, headers });
}

const oneForAll = 'The client is unknown, or its credentials are wrong.';
