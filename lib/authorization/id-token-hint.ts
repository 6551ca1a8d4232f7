/** `id_token_hint`: whom the client expects, by an ID token that it was given before. OpenID Connect Core section 3.1.2.1. */
import { compactVerify, errors, type JWTHeaderParameters } from 'jose';
import type { Parameters, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { AuthorizationRequest } from '../model/authorization.js';
import type { Client } from '../model/client.js';

/** From the hint, or from the claim `sub` that is asked for with a value (section 5.5). An expired token is still a hint. */
export async function readExpectedSub(
  parameters: Parameters,
  { claims }: Pick<AuthorizationRequest, 'claims'>,
  client: Client,
  server: Pick<Server, 'keys' | 'settings'>,
): Promise<{ expected_sub?: string }> {
  const hint = parameters.get('id_token_hint');
  if (hint !== undefined) return { expected_sub: await subjectOf(hint, client, server) };
  const value = claims?.id_token?.sub?.value;
  return typeof value === 'string' ? { expected_sub: value } : {};
}

async function subjectOf(hint: string, { client_id }: Client, { keys, settings }: Pick<Server, 'keys' | 'settings'>): Promise<string> {
  const refusal = new OAuthError('invalid_request', 'The id_token_hint is not an ID token that this server gave to this client.');
  try {
    const { payload } = await compactVerify(hint, async (header) => {
      const key = await keys.find(header as JWTHeaderParameters);
      if (!key)
        throw new OAuthError('login_required', 'The id_token_hint was signed by a key that is not kept any more. Ask again without it.');
      return key;
    });
    const { iss, aud, sub } = JSON.parse(Buffer.from(payload).toString());
    if (iss === settings.issuer && aud === client_id && typeof sub === 'string') return sub;
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
  }
  throw refusal;
}
