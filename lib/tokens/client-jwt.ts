/** A JWT that is meant for a client: signed by us and, if the client has registered for it, encrypted to its key. OpenID Connect Core section 10. */
import { CompactEncrypt, type JWTPayload } from 'jose';
import { findClientKey } from '../clients/jwks.js';
import type { Server } from '../contracts.js';
import type { Client } from '../model/client.js';
import { subjectFor } from './subject.js';

export interface ClientJwtForm {
  /** What it is, where that must be said. RFC 8725 section 3.11. */
  readonly typ?: string;
  readonly signed: string;
  readonly encrypted?: string | undefined;
  /** A128CBC-HS256, where only `encrypted` was registered. OpenID Connect Registration section 2. */
  readonly enc?: string | undefined;
}

/** What may fail for the client's own reasons; asked before anything is spent for it. @throws OAuthError */
export async function checkTellable(scope: readonly string[], client: Client, server: Server): Promise<void> {
  await subjectFor('', client, server);
  const { id_token_encrypted_response_alg: alg } = client;
  if (alg !== undefined && scope.includes('openid')) await findClientKey(client, { alg }, 'enc', server);
}

export async function signForClient(
  claims: JWTPayload,
  client: Client,
  { typ, signed, encrypted, enc = 'A128CBC-HS256' }: ClientJwtForm,
  server: Server,
): Promise<string> {
  const jws = await server.keys.sign(claims, { alg: signed, ...(typ !== undefined && { typ }) });
  if (encrypted === undefined) return jws;
  const { key, kid } = await findClientKey(client, { alg: encrypted }, 'enc', server);
  return new CompactEncrypt(Buffer.from(jws))
    .setProtectedHeader({ alg: encrypted, enc, cty: 'JWT', ...(kid !== undefined && { kid }) })
    .encrypt(key);
}
