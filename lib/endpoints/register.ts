/** The client registration endpoint. RFC 7591 section 3. */
import { type Approval, addRegistered, nameOf, newClientId, sealClient } from '../clients/registered.js';
import { asMetadata, type Given, inShort, readRegistration, withSoftwareStatement } from '../clients/registration.js';
import { countRegistration, countStored } from '../clients/registration-limit.js';
import type { ClientMetadata, Endpoint, HttpRequest, HttpResponse, Registration, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { json } from '../http/message.js';
import { type Client, isPublic } from '../model/client.js';
import { askForToken, readBearerToken, withChallenge } from '../resource-server/challenge.js';

export const register: Endpoint = {
  name: 'register',
  path: '/register',
  methods: ['POST'],
  body: 'json',
  metadata: 'registration_endpoint',
  audience: 'client',
  cors: true,
  enabled: ({ registration }) => registration !== undefined,

  async handle(http, server) {
    const registration = server.settings.registration as Registration;
    const permission = await checkInitialAccessToken(http, registration);
    if (permission !== true && permission !== false) return permission;
    countRegistration(http, server);
    const [client_id, client_secret] = [newClientId(server.random), server.random(48)]; // 64 characters, as HS512 needs them
    const approved = await approve(http.json, { client_id, client_secret, vouched: permission }, http, server);
    return isPublic(approved.client) ? registerPublic(approved, server) : registerConfidential(approved, client_secret, http, server);
  },
};

/** What a client may have of what it asks for, and on whose word. */
export interface Approved extends Approval {
  readonly client: Client;
}

/** When it registers, and when it changes that: vouched for where that is needed, not refused by the host, and right. */
export async function approve(asked: ClientMetadata, given: Given, http: HttpRequest, server: Server): Promise<Approved> {
  const registration = server.settings.registration as Registration;
  const metadata = await withSoftwareStatement(asked, registration, server);
  const reason = await registration.refuse?.(metadata, { req: http.host });
  if (reason) throw new OAuthError('invalid_client_metadata', reason);
  const { software_statement: statement } = metadata;
  const vouched = given.vouched || statement !== undefined;
  const client = readRegistration(metadata, { ...given, vouched }, server);
  return { client, vouched, ...(typeof statement === 'string' && { software_statement: statement }) };
}

/** Section 3.1. @returns whether one was shown, or the answer to who lacks it */
async function checkInitialAccessToken(http: HttpRequest, { initialAccessToken }: Registration): Promise<boolean | HttpResponse> {
  if (!initialAccessToken) return false;
  try {
    const token = readBearerToken(http.header('authorization'));
    if (token === undefined) return askForToken({ realm: 'registration' });
    if (await initialAccessToken(token, { req: http.host })) return true;
    throw new OAuthError('invalid_token', 'The initial access token is not valid.');
  } catch (error) {
    throw withChallenge(error);
  }
}

function registerPublic({ client, software_statement }: Approved, server: Server): HttpResponse {
  const client_id = sealClient(inShort(client, server), server);
  if (client_id === undefined) {
    throw new OAuthError('invalid_client_metadata', 'This is too much to register: name fewer redirect_uris, and no jwks.');
  }
  const statement = software_statement === undefined ? {} : { software_statement };
  return json({ ...asMetadata(client), client_id, client_id_issued_at: server.clock(), ...statement }, { status: 201 });
}

/** What is never used need not be kept for long: so the quota is not used up by who registers and goes. */
const untilUsed = 86_400; // seconds

async function registerConfidential(
  { client: read, ...approval }: Approved,
  client_secret: string,
  http: HttpRequest,
  server: Server,
): Promise<HttpResponse> {
  const { quota, lifetime } = server.settings.registration as Registration;
  await countStored(http, server);
  const client = { ...read, client_name: nameOf(read) };
  const token = server.random(32);
  const kept = { quota, lifetime, untilUsed: Math.min(untilUsed, lifetime), ...approval };
  if (!(await addRegistered(client, token, kept, server))) {
    throw new OAuthError('temporarily_unavailable', 'No more clients can be registered now.', { headers: { 'Retry-After': '3600' } });
  }
  const secret = client.secretHashes === undefined ? {} : { client_secret, client_secret_expires_at: 0 };
  return json({ ...registrationOf({ client, ...approval }, server.clock(), token, http), ...secret }, { status: 201 });
}

/** What the client is told of its registration, and where it may change it. RFC 7592 section 3. */
export function registrationOf(
  { client, software_statement }: Approved,
  issued_at: number,
  token: string,
  { base }: HttpRequest,
): Record<string, unknown> {
  return {
    ...asMetadata(client),
    ...(software_statement !== undefined && { software_statement }),
    client_id_issued_at: issued_at,
    registration_access_token: token,
    registration_client_uri: `${base}/registration?client_id=${client.client_id}`,
  };
}
