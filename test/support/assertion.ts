/** Client assertions, good or bad in one place. RFC 7523 section 3. */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, type JWTHeaderParameters, type KeyObject, SignJWT } from 'jose';

export interface AssertionParts {
  readonly client_id: string;
  readonly issuer: string;
  readonly key: CryptoKey | KeyObject | Uint8Array;
  readonly alg: string;
  /** What time it is there, in seconds since 1970. */
  readonly now: number;
  /** Over those of a good one; `undefined` takes one out. */
  readonly header?: Partial<JWTHeaderParameters>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export function makeAssertion({ client_id, issuer, key, alg, now, header, claims }: AssertionParts): Promise<string> {
  const good = { iss: client_id, sub: client_id, aud: issuer, exp: now + 60, iat: now, jti: randomUUID() };
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg, ...header }).sign(key);
}

export function asParameters(client_assertion: string) {
  return { client_assertion_type: assertionType, client_assertion };
}
