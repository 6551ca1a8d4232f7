/** Token introspection: what an access token is worth, told to the API that it is for. RFC 7662, RFC 9701. */
import { authenticateClient } from '../client-auth/authenticate.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { json } from '../http/message.js';
import { type Client, isPublic } from '../model/client.js';
import type { CheckedToken } from '../resource-server/auth.js';
import { type Inspected, inspectToken, needToken } from '../resource-server/inspect.js';
import { signForClient } from '../tokens/client-jwt.js';
import { subjectFor } from '../tokens/subject.js';

type Introspection = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>);

export const introspect: Endpoint = {
  name: 'introspect',
  path: '/introspect',
  methods: ['POST'],
  metadata: 'introspection_endpoint',
  audience: 'client',
  clientAuth: 'confidential',
  cors: false,

  async handle(http, server) {
    const client = await authenticateClient(http, server);
    checkMayAsk(client);
    const inspected = await inspectToken(needToken(http.body), server);
    const introspection: Introspection =
      inspected && concerns(inspected, client) ? { active: true, ...(await describe(inspected, client, server)) } : { active: false };
    return answerIn(introspection, client, http, server);
  },
};

/** Section 2.1: who could ask about any token could try out tokens. A public client has not even proved who it is. */
function checkMayAsk(client: Client): void {
  if (isPublic(client)) throw new OAuthError('invalid_client', 'A public client cannot authenticate, and may not introspect tokens.');
  if (client.introspects) return;
  throw new OAuthError('unauthorized_client', 'This client may not introspect tokens.', { status: 403 });
}

/** Whether it is for an API that the client stands for, or the client's own. To all others it is as if there were none. Section 2.2. */
function concerns(inspected: Inspected, { client_id, introspects }: Client): boolean {
  if (inspected.clientId === client_id) return inspected.kind === 'access_token' || inspected.current;
  return inspected.kind === 'access_token' && (introspects?.includes(audienceOf(inspected.auth)) ?? false);
}

function audienceOf({ claims }: CheckedToken): string {
  return claims.aud as string; // we write one: RFC 9068 section 2.2 would allow a list
}

/** Section 2.2; `acr` and `auth_time` by RFC 9470 section 6.2. */
async function describe(inspected: Inspected, client: Client, server: Server): Promise<Record<string, unknown>> {
  if (inspected.kind === 'access_token') {
    return { ...inspected.auth.claims, sub: await subjectOf(inspected.auth, client, server), token_type: 'Bearer' };
  }
  const { client_id, sub, scope, audiences, auth_time, acr, amr, rotated_at } = inspected.authorization;
  return {
    iss: server.settings.issuer,
    client_id,
    sub: await subjectFor(sub, client, server),
    aud: Object.keys(audiences),
    scope: scope.join(' '),
    ...(auth_time !== undefined && { auth_time }),
    ...(acr !== undefined && { acr }),
    ...(amr && { amr }),
    iat: rotated_at,
    exp: inspected.expiresAt,
  };
}

/** APIs know a user as the host does. A client that asks about its own token is told the name that it is told elsewhere. */
async function subjectOf(auth: CheckedToken, client: Client, server: Server): Promise<string> {
  const audience = audienceOf(auth);
  const isSaid = audience === server.settings.issuer || auth.sub === auth.clientId || client.introspects?.includes(audience);
  return isSaid ? auth.sub : subjectFor(auth.sub, client, server);
}

const jwtType = 'token-introspection+jwt';

/** JSON; or a JWT for whoever accepts that, so that it can be kept as evidence. RFC 9701 sections 4 and 5. */
async function answerIn(introspection: Introspection, client: Client, http: HttpRequest, server: Server): Promise<HttpResponse> {
  if (!prefersJwt(http.header('accept'))) return json(introspection);
  const body = await signForClient(
    { iss: server.settings.issuer, aud: client.client_id, iat: server.clock(), token_introspection: introspection },
    client,
    {
      typ: jwtType,
      signed: client.introspection_signed_response_alg,
      encrypted: client.introspection_encrypted_response_alg,
      enc: client.introspection_encrypted_response_enc,
    },
    server,
  );
  return { status: 200, headers: { 'Cache-Control': 'no-store', 'Content-Type': `application/${jwtType}` }, body };
}

/** RFC 9110 section 12.5.1. A JWT must be asked for by name, and not be less welcome than JSON: who accepts anything gets JSON. */
function prefersJwt(accept = ''): boolean {
  const ranges = accept.split(',').map(readRange);
  const qualityOf = (wanted: string) => ranges.find(({ name }) => name === wanted)?.q;
  const jwt = qualityOf(`application/${jwtType}`) ?? 0;
  const json = qualityOf('application/json') ?? qualityOf('application/*') ?? qualityOf('*/*') ?? 0;
  return jwt > 0 && jwt >= json;
}

function readRange(range: string): { name: string; q: number } {
  const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return { name, q: /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? Number(q) : 0 };
}
