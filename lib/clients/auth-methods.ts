/** How a client says that it authenticates, held against what it has registered for that. RFC 6749 section 2.3. */
import { macAlgorithms } from '../keys/algorithms.js';
import { certificateSubjects } from '../keys/certificate-subject.js';
import type { KnownAuthMethod, KnownNames } from '../model/known.js';
import type { ClientMembers } from './client-shape.js';
import { isObject, type Report } from './members.js';

/** RFC 6749 section 2.3.1. A secret that was meant to be there must not make a public client by its absence. */
export function checkSecret(
  { token_endpoint_auth_method: method, ...members }: ClientMembers,
  metadata: Record<string, unknown>,
  known: KnownNames,
  report: Report,
): void {
  const needs = findAuthMethod(method, known)?.needs;
  const isForSecret = method === undefined || needs === 'secret' || needs === 'secret itself';
  const given = secretMembers.find((name) => metadata[name] !== undefined);
  const unset = secretMembers.find((name) => name in metadata && metadata[name] === undefined);
  if (needs !== undefined && !isForSecret && given) {
    report(given, `The client has one, but its token_endpoint_auth_method is ${method}.`, 'Leave out one of the two.');
  }
  if (needs === 'secret itself' && metadata.client_secret_hash !== undefined) {
    const problem = `By a hash nobody can verify what was made with the secret, as ${method} needs it.`;
    report('client_secret_hash', problem, 'Give client_secret, or choose client_secret_basic or client_secret_post.');
  } else if (given || !isForSecret) {
    if (needs === 'secret itself') checkSecretLength(members, report);
  } else if (unset) {
    const cure = `Set it, or leave ${unset} out for a public client.`;
    report(unset, 'It is undefined: is an environment variable not set?', cure);
  } else if (needs !== undefined) {
    report('client_secret', `It is missing, but ${method} needs one.`, '`openssl rand -base64 32` makes a good one.');
  }
}

export const secretMembers = ['client_secret', 'client_secret_hash'] as const;

/** RFC 7518 section 3.2: a key as long as the hash. */
function checkSecretLength({ client_secret, token_endpoint_auth_signing_alg: alg }: ClientMembers, report: Report): void {
  const { leastBytes } = macAlgorithms.find((row) => row.alg === alg) ?? (macAlgorithms[0] as (typeof macAlgorithms)[number]);
  if (client_secret === undefined || client_secret.length >= leastBytes) return;
  const problem = `It has fewer than ${leastBytes} characters, too few to be a key.`;
  report('client_secret', problem, `\`openssl rand -base64 ${leastBytes}\` makes a good one.`);
}

/** What the method needs besides a secret. A client that says what is of no use without a method must not become a public one. */
export function checkAuthMethod(members: ClientMembers, metadata: Record<string, unknown>, known: KnownNames, report: Report): void {
  const { token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: alg, jwks, jwks_uri } = members;
  const row = findAuthMethod(method, known);
  const subjects = certificateSubjects.map(({ member }) => member).filter((member) => metadata[member] !== undefined);
  const [idle] = [...subjects, ...(alg === undefined ? [] : ['token_endpoint_auth_signing_alg'])];
  if (method === undefined && idle !== undefined) {
    report('token_endpoint_auth_method', `It is missing, but there is ${idle}.`, 'Name the method, or leave that out.');
  }
  if (alg !== undefined && row?.signingAlgs && !row.signingAlgs.includes(alg)) {
    report(
      'token_endpoint_auth_signing_alg',
      `${alg} is not for ${method}.`,
      `Leave it out, or write one of ${row.signingAlgs.join(', ')}.`,
    );
  }
  if ((row?.needs === 'keys' || row?.needs === 'certificates') && !jwks && jwks_uri === undefined) {
    report('jwks', `It is missing, but ${method} needs a key of the client's.`, 'Give jwks or jwks_uri.');
  }
  if (row?.needs === 'certificates' && jwks && !jwks.keys.some((jwk) => isObject(jwk) && Array.isArray(jwk.x5c))) {
    report('jwks', 'None of its keys has the certificate of the client.', 'Give it as x5c: [ … ], DER in base64 (RFC 7517 section 4.7).');
  }
  if (row?.needs === 'certificate subject' && subjects.length !== 1) {
    const all = certificateSubjects.map(({ member }) => member).join(', ');
    const problem =
      subjects.length === 0 ? `It is missing, but ${method} needs it.` : `There is ${subjects.slice(1).join(' and ')} as well.`;
    report(subjects[0] ?? 'tls_client_auth_subject_dn', problem, `Give just one of ${all} (RFC 8705 section 2.1.2).`);
  }
}

export function findAuthMethod(method: string | undefined, { authMethods }: KnownNames): KnownAuthMethod | undefined {
  return authMethods.find(({ name }) => name === method);
}

/** Where the client did not choose, either way to show a secret will do: RFC 7591 has client_secret_basic, but many libraries post. */
export function authMethodsOf(method: string | undefined, hasSecret: boolean, { authMethods }: KnownNames): readonly string[] {
  if (method !== undefined) return [method];
  return authMethods.filter(({ needs }) => needs === (hasSecret ? 'secret' : 'nothing')).map(({ name }) => name);
}
