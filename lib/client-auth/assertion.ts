/** A JWT that proves who its client is, once. RFC 7521 section 4.2, RFC 7523 sections 2.2 and 3, draft-ietf-oauth-rfc7523bis. */
import { createHash } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload, type JWTVerifyOptions, type JWTVerifyResult } from 'jose';
import { readHeader } from '../clients/jwks.js';
import type { ClientCredentials, HttpRequest, Server } from '../contracts.js';
import type { OAuthError } from '../errors.js';
import type { Client } from '../model/client.js';
import { refusedFor } from '../rules/client-refusal.js';
import { isJwtType } from '../rules/jwt-type.js';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const clockTolerance = 10; // seconds
const maxLifetime = 3600; // seconds; so long at most each `jti` is remembered

/** Which client it says that it is by; nothing of it has been verified. */
export function findAssertion({ body }: HttpRequest): ClientCredentials | undefined {
  if (!body.has('client_assertion') && !body.has('client_assertion_type')) return undefined;
  const type = body.need('client_assertion_type');
  if (type !== assertionType) throw refusal(`The client_assertion_type must be ${assertionType}.`);
  const assertion = body.need('client_assertion');
  return { client_ids: [subjectOf(assertion)], shown: [assertion] };
}

function subjectOf(assertion: string): string {
  try {
    const { sub } = decodeJwt(assertion);
    if (typeof sub === 'string' && sub !== '') return sub;
  } catch {
    throw refusal('The client assertion is not a signed JWT.');
  }
  throw refusal('The client assertion has no sub, which is the client_id.');
}

/** Whose signature it is, and by which algorithms that may be. */
export interface Verifier {
  readonly algorithms: readonly string[];
  /** @throws JOSEError, or OAuthError `invalid_client` */
  verify(assertion: string, options: JWTVerifyOptions): Promise<JWTVerifyResult>;
}

/** @throws OAuthError `invalid_client`, that says what is wrong */
export async function checkAssertion(
  assertion: string,
  { algorithms, verify }: Verifier,
  client: Client,
  http: HttpRequest,
  server: Server,
): Promise<void> {
  try {
    checkHeader(readHeader(assertion), client, algorithms);
    const { payload } = await verify(assertion, { clockTolerance, issuer: client.client_id, subject: client.client_id });
    checkAudience(payload, http, server);
    checkTimes(payload, server.clock());
    await spend(payload, client, server); // last: nobody but the client may use up what it has made
  } catch (error) {
    if (error instanceof errors.JOSEError) throw refusal(`The client assertion is not valid: ${error.message}.`);
    throw error;
  }
}

/** Registration section 2, `token_endpoint_auth_signing_alg`: a client is held to what it has registered. */
function checkHeader(
  { alg, typ }: ReturnType<typeof readHeader>,
  { token_endpoint_auth_signing_alg: registered }: Client,
  known: readonly string[],
): void {
  const algorithms = registered === undefined ? known : [registered];
  if (!algorithms.includes(alg)) {
    throw refusal(`The alg of the client assertion is ${alg}, but must be ${algorithms.join(' or ')}.`);
  }
  // A JWT that was made for something else must not pass. RFC 8725 section 3.11.
  if (!isJwtType(typ, 'client-authentication+jwt')) {
    throw refusal('The typ of the client assertion must be client-authentication+jwt, JWT, or left out.');
  }
}

/**
 * One string, and that the issuer: an endpoint's URL is something that another server can have its clients address their assertions to,
 * and then use them here. draft-ietf-oauth-rfc7523bis, FAPI 2.0 section 5.3.2.1.
 */
function checkAudience({ aud }: JWTPayload, { base }: HttpRequest, { settings, endpoints }: Server): void {
  const { issuer, clientAssertions, mtls } = settings;
  if (aud === issuer) return;
  if (clientAssertions.audience === 'endpoint') {
    const paths = endpoints.filter(({ clientAuth }) => clientAuth).map(({ path }) => path);
    const bases = mtls?.origin === undefined ? [base] : [base, `${mtls.origin}${new URL(base).pathname}`];
    const urls = bases.flatMap((url) => paths.map((path) => `${url}${path}`));
    if ([aud].flat().some((name) => name !== undefined && [issuer, ...urls].includes(name))) return;
  }
  throw refusal(`The aud of the client assertion must be ${issuer}, as a string.`);
}

/** Section 3, rules 4 to 6; what jose has left of them: that `exp` is there and near, and `iat` not in the future. */
function checkTimes({ exp, iat }: JWTPayload, now: number): void {
  if (exp === undefined) throw refusal('The client assertion has no exp.');
  if (exp > now + maxLifetime + clockTolerance) throw refusal(`The exp of the client assertion is more than ${maxLifetime} seconds ahead.`);
  if (iat !== undefined && iat > now + clockTolerance) throw refusal('The iat of the client assertion is in the future.');
}

/** Section 3, rule 7: whoever has seen an assertion must not be able to use it again, at whatever process. */
async function spend({ jti, exp }: JWTPayload, { client_id }: Client, { store, clock }: Server): Promise<void> {
  if (typeof jti !== 'string' || jti === '') throw refusal('The client assertion has no jti, a name that no other has.');
  const name = createHash('sha256')
    .update(JSON.stringify([client_id, jti]))
    .digest('base64url');
  const remembered = (exp as number) + clockTolerance + 1 - clock(); // until it would be refused for its age
  if (!(await store.add(`client assertion:${name}`, true, remembered))) throw refusal('The client assertion was used before.');
}

function refusal(detail: string): OAuthError {
  return refusedFor('assertion_invalid', detail);
}
