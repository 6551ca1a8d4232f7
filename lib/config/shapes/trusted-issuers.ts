/** The option `trustedIssuers`: who may vouch for users and machines. RFC 7523 section 3. */
import type { JsonWebKey } from 'node:crypto';
import type { JWK } from 'jose';
import { z } from 'zod';
import { isObject, last, mustBe, says } from '../../clients/members.js';
import { isHttpsOrLoopback } from '../../http/url.js';
import { algorithmFor } from '../../keys/algorithms.js';
import type { UserOfAssertion, WorkloadIssuer } from '../../model/trusted-issuer.js';

export const trustedIssuers = z.array(z.unknown(), mustBe('a list', 'Write [{ issuer, profile, … }].')).default([]);

function text(cure: string) {
  return z.string(mustBe('a string', cure)).refine((value) => value.trim() !== '', says('It is empty.', cure));
}

function texts(cure: string) {
  return z.array(text(cure), mustBe('a list', cure)).refine((list) => list.length > 0, says('It is empty.', cure));
}

function aFunction<F>(cure: string) {
  return z.custom<F>((value) => typeof value === 'function', mustBe('a function', cure));
}

const writeUser = 'Give ({ iss, sub }) => …, which finds your user or gives null.';

const commonShape = {
  profile: z.string(),
  issuer: text('Write the iss of its assertions, as https://idp.example.com.'),
  jwks: z
    .custom<{ keys: readonly JWK[] }>(
      (value) => isObject(value) && Array.isArray(value.keys),
      last('It is not a JWK Set.', 'Write { keys: [ … ] }.'),
    )
    .refine(({ keys }) => !keys.some(isSecret), last('It has a private or secret key.', 'Give the public keys alone.'))
    .refine(
      ({ keys }) => keys.some(isUsable),
      says('It has no key that is supported.', 'Give public keys for ES256, RS256, PS256 or EdDSA.'),
    )
    .optional(),
  jwks_uri: text('Write the URL of its keys.')
    .refine(isHttpsOrLoopback, says('It is not an https URL.', 'Write one; http will do on localhost.'))
    .optional(),
  scopes: texts("Write a list of scopes, as ['read:contacts'].").optional(),
};

/** What there is for each profile, besides. */
export const trustedIssuerShapes = {
  'id-jag': {
    ...commonShape,
    clients: texts("Write a list of client_ids, as ['assistant'].").optional(),
    user: aFunction<UserOfAssertion>(writeUser),
  },
  workload: {
    ...commonShape,
    clients: texts("Write a list of client_ids, as ['deploy']."),
    subjects: z
      .custom<WorkloadIssuer['subjects']>(
        (value) => typeof value === 'function' || Array.isArray(value),
        last('It is missing, or neither a list nor a function.', "Write which sub is good, as ['repo:acme/shop:ref:refs/heads/main']."),
      )
      .refine(
        (value) => typeof value === 'function' || (value.length > 0 && value.every((sub) => typeof sub === 'string' && sub !== '')),
        says('It is not a list of strings with at least one.', "Write which sub is good, as ['repo:acme/shop:ref:refs/heads/main']."),
      ),
    audience: text('Write the aud of its assertions.').optional(),
    user: aFunction<UserOfAssertion>(writeUser).optional(),
    publicClients: z.boolean(mustBe('true or false', 'Leave it out, or write true.')).default(false),
  },
};

/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1. */
function isSecret(jwk: unknown): boolean {
  return isObject(jwk) && (jwk.kty === 'oct' || 'd' in jwk || 'k' in jwk);
}

function isUsable(jwk: unknown): boolean {
  try {
    return algorithmFor(jwk as JsonWebKey) !== undefined;
  } catch {
    return false; // it cannot be read
  }
}
