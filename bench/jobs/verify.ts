/** What a sampled answer must say: who it is about, for whom it is, what it allows, and who signed it. */
import { createHash } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { expectStatus } from '../driver/connection.js';
import { pathOf, type Target } from '../driver/target.js';
import { api, client, type Format, lifetimes } from '../world.js';
import type { Proof, Worker } from './job.js';
import { getAs, introspect, type Tokens } from './requests.js';

/** What was asked for when a token was handed out. */
export interface Granted {
  /** Left out: the token is the machine's own. */
  readonly username?: string;
  readonly scopes: readonly string[];
}

export function proofOfTokens({ access_token, token_type, id_token }: Tokens, worker: Worker, granted: Granted): Proof {
  const { format, target } = worker;
  return async (keys) => {
    if (token_type.toLowerCase() !== 'bearer') throw new Error(`The token_type is ${token_type}.`);
    if (format === 'opaque') await tryOpaque(access_token, worker, granted);
    else expectAccessToken(await verify(access_token, format, keys), target, granted);
    if (id_token !== undefined) expectIdToken(await verify(id_token, 'ES256', keys), access_token, target, granted);
  };
}

/** What it is worth shows where it is introspected; else at the API, which asks for its scope. */
async function tryOpaque(access_token: string, worker: Worker, granted: Granted): Promise<void> {
  const { target } = worker;
  if (target.paths.introspect === undefined) {
    expectSub(expectStatus(await getAs(worker, pathOf(target, 'api'), access_token), 200).body, target, granted);
  } else {
    expectIntrospection(expectStatus(await introspect(worker, access_token), 200).body, target, granted);
  }
}

/** RFC 7662 section 2.2. @throws Error unless the token is told as it was granted */
export function expectIntrospection(body: string, target: Target, granted: Granted): void {
  const said = JSON.parse(body) as JWTPayload;
  if (said.active !== true) throw new Error(`The token is not active: ${body}`);
  expectAccessToken(said, target, granted);
}

/** RFC 9068 section 2.2. @throws Error unless each claim is what it must be, and absent only where this server never has it */
export function expectAccessToken(said: JWTPayload, target: Target, granted: Granted): void {
  const { lacks = [], client_id = 'client_id', lacksScopes = [], audiences = {} } = target.claims ?? {};
  const isMachine = granted.username === undefined;
  const more = granted.scopes.flatMap((word) => audiences[word] ?? []);
  expectLife(said, lifetimes.accessToken);
  expectClaims(said, {
    iss: issuerOf(target),
    aud: lacks.includes('aud') ? undefined : [api, ...more],
    sub: isMachine && lacks.includes('sub of a machine') ? undefined : subOf(target, granted),
    [client_id]: clientIdOf(target),
    scope: granted.scopes.filter((word) => !lacksScopes.includes(word)).join(' '),
  });
}

/** OpenID Connect Core section 2. The jobs send no nonce. @throws Error unless each claim is what it must be */
export function expectIdToken(said: JWTPayload, access_token: string, target: Target, granted: Granted): void {
  const half = createHash('sha256').update(access_token).digest().subarray(0, 16);
  expectLife(said);
  expectClaims(said, {
    iss: issuerOf(target),
    aud: clientIdOf(target),
    sub: subOf(target, granted),
    nonce: undefined,
    at_hash: said.at_hash === undefined ? undefined : half.toString('base64url'), // optional from the token endpoint, section 3.1.3.6
  });
}

/** Of userinfo and of an API. @throws Error unless it is this user whom the answer names */
export function expectSub(body: string, target: Target, granted: Granted): void {
  expectClaims(JSON.parse(body) as JWTPayload, { sub: subOf(target, granted) });
}

/** @param most - in seconds; left out: any */
function expectLife({ exp }: JWTPayload, most = Number.POSITIVE_INFINITY): void {
  const left = Number(exp) - Date.now() / 1000;
  if (!(left > 0 && left <= most + 1)) throw new Error(`The exp is ${exp}, in ${left} seconds.`);
}

/** One that must not be there is `undefined`. */
function expectClaims(said: JWTPayload, expected: Readonly<Record<string, string | readonly string[] | undefined>>): void {
  for (const [name, value] of Object.entries(expected)) {
    const [seen, right] = [comparable(name, said[name]), comparable(name, value)];
    if (seen !== right) throw new Error(`The ${name} is ${seen} in place of ${right}.`);
  }
}

/** `aud` may be one or several, and neither these nor the words of `scope` have an order. */
function comparable(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (name === 'aud') return JSON.stringify([value].flat().sort());
  if (name === 'scope' && typeof value === 'string') return JSON.stringify(value.split(' ').sort());
  return JSON.stringify(value);
}

async function verify(jwt: string, alg: Format, keys: JSONWebKeySet): Promise<JWTPayload> {
  const header = decodeProtectedHeader(jwt);
  if (header.alg !== alg) throw new Error(`The JWT is signed by ${header.alg} in place of ${alg}.`);
  return (await jwtVerify(jwt, createLocalJWKSet(keys))).payload;
}

function issuerOf({ issuer, urls }: Target): string | undefined {
  return issuer ?? urls[0];
}

function clientIdOf({ client_id = client.client_id }: Target): string {
  return client_id;
}

function subOf(target: Target, { username }: Granted): string {
  if (username === undefined) return clientIdOf(target);
  const sub = target.subs === undefined ? username : target.subs[username];
  if (sub === undefined) throw new Error(`The server has no user ${username}.`);
  return sub;
}
