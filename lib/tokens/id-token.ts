/** The ID token: who signed in, told to the client. OpenID Connect Core section 2. */
import { createHash } from 'node:crypto';
import type { Server } from '../contracts.js';
import { hashOf } from '../keys/algorithms.js';
import type { Authorization } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { claimsFor } from './claims.js';
import { signForClient } from './client-jwt.js';
import { sessionFor, subjectFor } from './subject.js';

export interface IdTokenContent {
  readonly authorization: Authorization;
  readonly client: Client;
  /** Those whose claims it carries: none, where the client has an access token for userinfo. Section 5.4. */
  readonly scopes?: readonly string[];
  readonly nonce?: string | undefined;
  /** What else is given at the same time, to be bound to this token by its hash. Sections 3.1.3.6 and 3.3.2.11. */
  readonly access_token?: string | undefined;
  readonly code?: string | undefined;
}

export async function signIdToken(
  { authorization, client, scopes = [], nonce, access_token, code }: IdTokenContent,
  server: Server,
): Promise<string> {
  const { sub, auth_time, acr, amr, sid, claims, claims_locales } = authorization;
  const { id_token_signed_response_alg: signed } = client;
  const now = server.clock();
  const named = claims?.id_token;
  return signForClient(
    {
      ...(await claimsFor({ sub, client, scopes, named, locales: claims_locales }, server)),
      iss: server.settings.issuer,
      sub: await subjectFor(sub, client, server),
      aud: client.client_id,
      azp: client.client_id,
      iat: now,
      exp: now + server.settings.lifetimes.idToken,
      ...(auth_time !== undefined && { auth_time }),
      ...(acr !== undefined && { acr }),
      ...(amr !== undefined && { amr }),
      ...(sid !== undefined && { sid: sessionFor(sid, client, server) }),
      ...(nonce !== undefined && { nonce }),
      ...(access_token !== undefined && { at_hash: halfHash(access_token, signed) }),
      ...(code !== undefined && { c_hash: halfHash(code, signed) }),
    },
    client,
    { signed, encrypted: client.id_token_encrypted_response_alg, enc: client.id_token_encrypted_response_enc },
    server,
  );
}

/** The left half of the hash that belongs to the signature algorithm. */
function halfHash(text: string, alg: string): string {
  const digest = createHash(hashOf(alg)).update(text).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
