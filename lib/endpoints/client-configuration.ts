/** The client configuration endpoint: a client reads, changes or removes its own registration. RFC 7592. */
import { changeRegistered, findByToken, nameOf, type Registered, removeRegistered } from '../clients/registered.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { json } from '../http/message.js';
import { isPublic } from '../model/client.js';
import { askForToken, readBearerToken, withChallenge } from '../resource-server/challenge.js';
import { isClientSecret } from '../rules/client-secret.js';
import { approve, registrationOf } from './register.js';

export const clientConfiguration: Endpoint = {
  name: 'client-configuration',
  path: '/registration',
  methods: ['GET', 'PUT', 'DELETE'],
  body: 'json',
  audience: 'client',
  cors: true,
  enabled: ({ registration }) => registration !== undefined,

  async handle(http, server) {
    try {
      const token = readBearerToken(http.header('authorization'));
      if (token === undefined) return askForToken({ realm: 'registration' });
      const registered = await findByToken(http.query.need('client_id'), token, server);
      // Section 2: to who has not the token it is as if there were no such client.
      if (!registered) throw new OAuthError('invalid_token', 'The registration access token is not valid for this client.');
      if (http.method === 'DELETE') return await remove(registered, server);
      if (http.method === 'PUT') return await change(registered, token, http, server);
      return json(registrationOf(registered.record, registered.record.issued_at, token, http));
    } catch (error) {
      throw withChallenge(error);
    }
  },
};

async function remove({ record: { client } }: Registered, server: Server): Promise<HttpResponse> {
  await removeRegistered(client.client_id, server);
  return { status: 204, headers: { 'Cache-Control': 'no-store' } };
}

/** Section 2.2: what is not said is no more. The secret stays, unless another method needs another one; it cannot be chosen. */
async function change(registered: Registered, token: string, http: HttpRequest, server: Server): Promise<HttpResponse> {
  const { client, issued_at, vouched, software_statement } = registered.record;
  const { client_id, client_secret, ...asked } = http.json;
  if (client_id !== client.client_id) throw new OAuthError('invalid_client_metadata', 'client_id: It is not that of this registration.');
  for (const name of ['registration_access_token', 'registration_client_uri', 'client_secret_expires_at', 'client_id_issued_at']) {
    if (name in asked) throw new OAuthError('invalid_client_metadata', `${name}: It must not be sent.`);
  }
  if (client_secret !== undefined && !isClientSecret([String(client_secret)], client)) {
    throw new OAuthError('invalid_client_metadata', 'client_secret: It is not the present one, and cannot be chosen; leave it out.');
  }
  const fresh = server.random(48);
  const before = software_statement === undefined ? {} : { software_statement }; // whoever vouched for it still counts
  const approved = await approve({ ...before, ...asked }, { client_id: client.client_id, client_secret: fresh, vouched }, http, server);
  const read = { ...approved.client, client_name: nameOf(approved.client) };
  if (isPublic(read)) {
    throw new OAuthError('invalid_client_metadata', 'token_endpoint_auth_method: A confidential client stays one; register anew.');
  }
  const keepsSecret = read.authMethods[0] === client.authMethods[0];
  const { client: _, ...approval } = approved;
  if (!(await changeRegistered(registered, read, { ...approval, keepsSecret }, server))) {
    throw new OAuthError('temporarily_unavailable', 'The registration was changed at the same time. Please try again.');
  }
  const secret = keepsSecret || !read.secretHashes ? {} : { client_secret: fresh, client_secret_expires_at: 0 };
  return json({ ...registrationOf({ ...approved, client: read }, issued_at, token, http), ...secret });
}
