/** The JWT bearer grant: somebody whom the host trusts vouches for a user or a machine. RFC 7523 section 2.1, RFC 7521 section 4.1. */
import { createHash } from 'node:crypto';
import { decodeJwt, errors, type JWTPayload } from 'jose';
import { findJwksUri } from '../clients/issuer-metadata.js';
import { readHeader, verifyByClient } from '../clients/jwks.js';
import type { Grant, GrantRequest, Server, Settings } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { type Client, isPublic } from '../model/client.js';
import type { AssertionClaims, TrustedIssuer } from '../model/trusted-issuer.js';
import type { Identity } from '../model/user.js';
import { FetchRefused } from '../platform/fetch.js';
import {
  type AssertionLimits,
  checkAudience,
  checkLifetime,
  checkUnderstood,
  clockTolerance,
  jwtBearerType,
  needClaim,
  readLimits,
  readScopeWithin,
  refusal,
} from '../rules/assertion.js';
import { readUser } from '../rules/user.js';
import { checkTellable } from '../tokens/client-jwt.js';

/**
 * For users of an enterprise draft-ietf-oauth-identity-assertion-authz-grant section 4.4. Nothing that an assertion names is ever asked:
 * its keys are those of an issuer that the host has configured.
 */
export const jwtBearer: Grant = {
  type: jwtBearerType,
  optIn: true,
  enabled: ({ trustedIssuers }) => trustedIssuers.length > 0,
  profiles: ({ trustedIssuers }) => profiles.filter(({ name }) => trustedIssuers.some(({ profile }) => profile === name)).flatMap(uriOf),

  async redeem({ client, parameters, req }, server) {
    const assertion = parameters.need('assertion'); // of 16 384 characters at most, as any parameter
    const { issuer, profile } = chooseIssuer(assertion, client, issuersFor(client, server.settings));
    const claims = await verifyAssertion(assertion, issuer, profile, server);
    await checkClaims(claims, { client, issuer, profile }, server);

    const limits = { ...profile.limits(claims), ...(issuer.scopes && { scopes: issuer.scopes }), user: issuer.user !== undefined };
    const { scope, audience } = readScopeWithin(parameters, client, limits, server.settings);
    const user = await findUser(claims, issuer, { client, req });
    await checkTellable(scope, client, server);
    if (profile.once) await spend(claims, server); // last: two may race, one may win
    const subject = user ? { ...asLogin(user), sub: user.sub } : { sub: client.client_id, onOwnBehalf: true };
    return { ...subject, audience, scope, refresh: false }; // the next assertion refreshes
  },
};

/** What an assertion is about, told by its `typ`, so that no JWT that was made for something else passes for one. RFC 8725 section 3.11. */
interface Profile {
  readonly name: TrustedIssuer['profile'];
  /** For the metadata `authorization_grant_profiles_supported`. */
  readonly uri?: string;
  /** In lower case; `undefined`, where it may be left out. */
  readonly types: readonly (string | undefined)[];
  readonly required: readonly string[];
  /** From `iat` to `exp`, in seconds. */
  readonly longest: number;
  /** Whether it can be used but once. */
  readonly once: boolean;
  limits(claims: JWTPayload): AssertionLimits;
}

/**
 * An enterprise has consented for its users. The draft would let a client use an assertion again until it expires, in section 4.4.3; we
 * do not, as MCP demands: whoever saw one in passing must not be able to.
 */
const idJag: Profile = {
  name: 'id-jag',
  uri: 'urn:ietf:params:oauth:grant-profile:id-jag',
  types: ['oauth-id-jag+jwt'],
  required: ['exp', 'iat'],
  longest: 3600,
  once: true,
  limits: readLimits,
};

/**
 * What platforms give to machines: Kubernetes leaves one token in a file for an hour, Azure one for a day and five minutes, so it can be
 * used until it expires. `JWT` and `JOSE` are what most write: draft-ietf-oauth-rfc7523bis would have them write the first.
 */
const workload: Profile = {
  name: 'workload',
  types: ['authorization-grant+jwt', 'jwt', 'jose', undefined],
  required: ['exp'],
  longest: 90_000,
  once: false,
  limits: () => ({}), // its scope, if it has one, is one of the platform
};

const profiles: readonly Profile[] = [idJag, workload];

function uriOf({ uri }: Profile): string[] {
  return uri === undefined ? [] : [uri];
}

interface Chosen {
  readonly issuer: TrustedIssuer;
  readonly profile: Profile;
}

/**
 * RFC 7521 section 4.1 leaves it open whether clients authenticate. Here they do, for an assertion is a bearer token: in a log or at the
 * wrong server it would be all that a thief needs. The draft, section 8.1, asks for confidential clients as well; nor may others find out
 * here who is trusted, section 8.4.
 */
function issuersFor(client: Client, { trustedIssuers }: Settings): readonly TrustedIssuer[] {
  if (!isPublic(client)) return trustedIssuers;
  const open = trustedIssuers.filter(
    (issuer) => issuer.profile === 'workload' && issuer.publicClients && issuer.clients.includes(client.client_id),
  );
  if (open.length > 0) return open;
  throw new OAuthError('unauthorized_client', 'A public client has no credentials; only a confidential one may do this.');
}

/** By what the assertion says of itself, which is proven next. */
function chooseIssuer(assertion: string, { client_id }: Client, trusted: readonly TrustedIssuer[]): Chosen {
  const { iss, typ } = peek(assertion);
  const profile = profiles.find(({ types }) => types.includes(typ));
  const ofIss = trusted.filter(({ issuer }) => issuer === iss);
  if (ofIss.length === 0) throw refusal(`The issuer of the assertion, ${iss}, is not trusted here.`);
  const ofProfile = ofIss.filter((issuer) => issuer.profile === profile?.name);
  if (!profile || ofProfile.length === 0) {
    const known = profiles.filter(({ name }) => ofIss.some((issuer) => issuer.profile === name)).flatMap(({ types }) => types);
    const names = known.filter((type) => type !== undefined);
    throw refusal(`The typ of the assertion is ${typ ?? 'missing'}; from ${iss} only these are taken: ${names.join(', ')}.`);
  }
  const issuer = ofProfile.find(({ clients }) => !clients || clients.includes(client_id));
  if (!issuer) throw refusal(`The issuer ${iss} is not trusted to vouch for anybody to this client.`);
  return { issuer, profile };
}

/** Only strings are made into words: a list in a list in a list could be endless. */
function peek(assertion: string): { iss: string; typ: string | undefined } {
  try {
    const { typ } = readHeader(assertion);
    const { iss }: { iss?: unknown } = decodeJwt(assertion);
    return { iss: typeof iss === 'string' ? iss : 'which is not a string', typ: typ === undefined ? undefined : plainType(typ) };
  } catch (error) {
    if (error instanceof errors.JOSEError) throw refusal(`The assertion is not a signed JWT: ${error.message}.`);
    throw error;
  }
}

/** RFC 7515 section 4.1.9. */
function plainType(typ: unknown): string {
  return typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : 'not a string';
}

type Claims = JWTPayload & AssertionClaims;

async function verifyAssertion(assertion: string, issuer: TrustedIssuer, { required }: Profile, server: Server): Promise<Claims> {
  const options = { issuer: issuer.issuer, clockTolerance, requiredClaims: [...required] };
  try {
    const { payload } = await verifyByClient(assertion, await keysOf(issuer, server), server, options);
    return { ...payload, iss: issuer.issuer, sub: needClaim(payload, 'sub') };
  } catch (error) {
    if (error instanceof errors.JOSEError) throw refusal(sentenceFor(error, issuer));
    if (error instanceof OAuthError && error.code === 'invalid_client') throw keysFailed(error);
    throw error;
  }
}

async function keysOf({ jwks, jwks_uri, issuer }: TrustedIssuer, server: Server): Promise<Pick<Client, 'jwks' | 'jwks_uri'>> {
  return jwks ? { jwks } : { jwks_uri: jwks_uri ?? (await findJwksUri(issuer, server)) };
}

function sentenceFor(error: errors.JOSEError, { issuer }: TrustedIssuer): string {
  if (error instanceof errors.JWTExpired) return 'The assertion has expired.';
  if (error instanceof errors.JWSSignatureVerificationFailed) return `The assertion is not signed by a key of ${issuer}.`;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') return 'The assertion is not valid yet.';
  return `The assertion is not valid: ${error.message}.`;
}

/** Its sentences speak of a client, whose keys these would be elsewhere. While an issuer is away, its assertions are not wrong. */
function keysFailed({ message, cause }: OAuthError): OAuthError {
  const sentence = message.replace(/\b([Tt])he client\b/g, '$1he issuer');
  if (cause instanceof FetchRefused) return new OAuthError('temporarily_unavailable', sentence, { headers: { 'Retry-After': '5' }, cause });
  return refusal(sentence, cause);
}

async function checkClaims(claims: Claims, { client, issuer, profile }: Chosen & { client: Client }, server: Server): Promise<void> {
  const { clock, settings } = server;
  checkLifetime(claims, profile.longest, clock());
  checkUnderstood(claims);
  if (issuer.profile === 'id-jag') {
    checkAudience(claims, settings.issuer);
    if (claims.client_id !== client.client_id) throw refusal('The client_id of the assertion is not that of this client.');
  } else {
    checkAudience(claims, issuer.audience ?? settings.issuer);
    const { subjects } = issuer;
    const accepted = typeof subjects === 'function' ? await subjects(claims) : subjects.includes(claims.sub);
    if (!accepted) throw refusal(`The sub of the assertion, ${claims.sub}, is not one that may have a token here.`);
  }
  if (profile.once) needClaim(claims, 'jti');
}

async function findUser(
  claims: AssertionClaims,
  { issuer, user }: TrustedIssuer,
  context: Pick<GrantRequest, 'client' | 'req'>,
): Promise<Identity | undefined> {
  if (!user) return undefined;
  const identity = readUser(await user(claims, context), `The function user of ${issuer}`);
  if (!identity) throw refusal('The sub of the assertion is not known as a user here.');
  return identity;
}

/** As far as the host says it: an issuer must not claim for itself what an API may ask of a login here. RFC 9470. */
function asLogin({ auth_time, acr, amr }: Identity) {
  return { ...(auth_time !== undefined && { auth_time }), ...(acr !== undefined && { acr }), ...(amr && { amr }) };
}

/** Remembered until it would have expired anyway. RFC 7523 section 3, item 7. */
async function spend(claims: Claims, { store, clock }: Pick<Server, 'store' | 'clock'>): Promise<void> {
  const name = createHash('sha256')
    .update(JSON.stringify([claims.iss, claims.jti]))
    .digest('base64url');
  const ttl = Math.ceil((claims.exp as number) + clockTolerance - clock());
  if (!(await store.add(`assertion:${name}`, true, ttl))) throw refusal('The assertion was used before; ask its issuer for a new one.');
}
