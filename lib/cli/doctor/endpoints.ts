/** What the metadata announces, and the public keys. RFC 8414 section 2, RFC 7517 section 5. */
import { isObject } from '../../clients/members.js';
import { type Ask, asJson, type Members } from './ask.js';
import { bad, type Finding, good, warning } from './finding.js';

const needed = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'];
const about = 'endpoints';
const others = ['registration_endpoint', 'revocation_endpoint', 'introspection_endpoint', 'userinfo_endpoint'];

export function examineEndpoints(issuer: string, metadata: Members): readonly Finding[] {
  const methods = metadata.code_challenge_methods_supported;
  return [
    examineUrls(issuer, metadata),
    Array.isArray(methods) && methods.includes('S256')
      ? good('PKCE', 'S256 is announced')
      : bad(
          'PKCE',
          'code_challenge_methods_supported lacks S256.',
          'Let the document through as it is: MCP clients refuse to go on without it.',
        ),
    metadata.authorization_response_iss_parameter_supported === true
      ? good('iss in answers', 'announced')
      : warning(
          'iss in answers',
          'It is not announced.',
          'Let the document through as it is: clients of several servers need it (RFC 9207).',
        ),
  ];
}

/** Without these there is nothing to examine further. */
export function findMissing(metadata: Members): Finding | undefined {
  const missing = needed.filter((name) => typeof metadata[name] !== 'string' || !URL.canParse(metadata[name]));
  if (missing.length === 0) return undefined;
  return bad(about, `The metadata lacks ${missing.join(', ')}.`, 'Let the document through as it is: what answers in its place?');
}

function examineUrls(issuer: string, metadata: Members): Finding {
  const named = [...needed, ...others].filter((name) => typeof metadata[name] === 'string');
  const elsewhere = named.filter((name) => !String(metadata[name]).startsWith(`${new URL(issuer).origin}/`));
  if (elsewhere.length === 0) return good(about, named.join(', '));
  return bad(about, `Of another origin than the issuer: ${elsewhere.join(', ')}.`, 'Set the option issuer to the public URL.');
}

export async function examineKeys({ jwks_uri }: Members, ask: Ask): Promise<readonly Finding[]> {
  const about = 'keys';
  const cure = `Let ${String(jwks_uri)} through as it is: without it no API can check tokens.`;
  const answer = await ask(String(jwks_uri));
  if (answer instanceof Error) return [bad(about, answer.message, cure)];
  const keys = asJson(answer)?.keys;
  if (!Array.isArray(keys) || keys.length === 0) return [bad(about, `There are none at ${String(jwks_uri)}.`, cure)];
  const members = keys.map((key: unknown) => (isObject(key) ? key : {}));
  if (members.some((key) => 'd' in key || 'k' in key)) {
    return [bad(about, 'A private key is published.', 'Take it away, and rotate: `express-oauth-router key rotate`.')];
  }
  const kids = members.map(({ kid }) => kid);
  if (new Set(kids).size < kids.length || kids.includes(undefined)) {
    return [bad(about, 'Not every key has a kid of its own.', 'Give each of the option keys another kid.')];
  }
  return [good(about, members.map(({ alg }) => String(alg)).join(', '))];
}
