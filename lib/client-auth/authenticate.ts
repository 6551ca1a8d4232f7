/** Finds out which client calls, and that it is that client. RFC 6749 section 2.3. */
import { explainUnknown, findClient, isSecretOfSome, mayBeClientId } from '../clients/find.js';
import type { ClientAuthMethod, ClientCredentials, HttpRequest, Server } from '../contracts.js';
import { OAuthError, type OAuthErrorDetails } from '../errors.js';
import { formOf } from '../http/message.js';
import type { Client } from '../model/client.js';
import { oneForAll } from '../rules/client-refusal.js';
import { checkGuesses, countGuess } from './guesses.js';

/** @throws OAuthError `invalid_client`, or `invalid_request` if the client authenticates twice */
export async function authenticateClient(http: HttpRequest, server: Server): Promise<Client> {
  const { methods, credentials } = findCredentials(http, server.clientAuthMethods);
  const client = await findFirst(credentials.client_ids, server);
  checkSameClient(http, credentials);

  const method = chooseMethod(methods, client);
  if (!client) {
    const { client_ids } = credentials;
    const asked = client_ids.find((name) => isSecretOfSome(name, server.settings)) ?? (client_ids[0] as string);
    throw refusal(method, { reason: 'client_unknown', ...explainUnknown(asked, server.settings) });
  }
  // Before the credentials are looked at: the keys of a client that has no use for them here need not be fetched.
  if (!client.authMethods.includes(method.name)) throw refusal(method, wrongMethod(method, client));
  checkGuesses(client, http, server);
  if (!(await method.accepts(credentials, client, http, server))) {
    await countGuess(client, http, server);
    throw refusal(method, { reason: 'secret_wrong', detail: 'The client is known, and its secret is another.' });
  }
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

async function findFirst(client_ids: readonly string[], server: Server): Promise<Client | undefined> {
  for (const client_id of client_ids) {
    const client = await findClient(client_id, server);
    if (client) return client;
  }
  return undefined;
}

/** The methods that the request could be by: more than one only if what stands in it is the same for them. */
function findCredentials(http: HttpRequest, known: readonly ClientAuthMethod[]) {
  const found = known.map((method) => method.find(http));
  const credentials = found.find((one) => one !== undefined);
  if (!credentials) {
    const tried = http.header('authorization') === undefined ? undefined : known.find(({ challenge }) => challenge !== undefined);
    const detail = `Known are: ${known.map(({ name }) => name).join(', ')}.`;
    throw refusal(tried, { reason: 'not_authenticated', detail }, 'The client did not authenticate.');
  }
  const methods = known.filter((_, i) => found[i] !== undefined);
  const ways = [...new Set(methods.map(({ shows }) => shows))];
  if (ways.length > 1) {
    throw new OAuthError('invalid_request', `The client must not authenticate in two ways, by ${ways.join(' and by ')}.`);
  }
  return { methods, credentials };
}

/** A certificate on the connection is no second way: only who is registered for it authenticates by it. RFC 8705 section 2. */
function chooseMethod(methods: readonly ClientAuthMethod[], client: Client | undefined): ClientAuthMethod {
  return methods.find(({ name }) => client?.authMethods.includes(name)) ?? (methods.at(-1) as ClientAuthMethod);
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
