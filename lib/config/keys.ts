/** The option `keys`: what signs tokens, and by which algorithms. */
import type { JsonWebKey } from 'node:crypto';
import type { JWK } from 'jose';
import { type Complete, isObject, readMembers } from '../clients/members.js';
import type { Settings } from '../contracts.js';
import type { ConfigurationProblem } from '../errors.js';
import { algorithmFor, signingAlgorithms } from '../keys/algorithms.js';
import type { Client } from '../model/client.js';
import { asMeant, checkRepeated, listOf } from './named.js';
import { givenKeysShape, storedKeysShape } from './shapes/keys.js';

type Problems = ConfigurationProblem[];

/** Those of the host; or how often to replace those that are made here, in seconds. */
export type KeysOption = { readonly keys: readonly JWK[] } | { readonly rotateEvery: number };

export function readKeys(keys: Readonly<Record<string, unknown>>, problems: Problems): KeysOption {
  const names = [...Object.keys(givenKeysShape), ...Object.keys(storedKeysShape)];
  // A JWK Set may have further members. RFC 7517 section 5.
  const meant = keys.keys === undefined ? asMeant(keys, names, 'keys', problems) : keys;
  if (meant.keys === undefined) return readMembers(meant, storedKeysShape, 'keys', problems) as Complete<typeof storedKeysShape>;
  if (meant.rotateEvery !== undefined) {
    const cure = 'Keep one of the two: keys of your own are not rotated here.';
    problems.push({ path: 'keys.rotateEvery', problem: 'There are keys as well.', cure });
  }
  const kids = listOf(meant.keys).map((jwk) => (isObject(jwk) ? jwk.kid : undefined));
  checkRepeated(kids, (i) => `keys.keys[${i}].kid`, problems);
  return readMembers(meant, givenKeysShape, 'keys', problems) as Complete<typeof givenKeysShape>;
}

/** Keys that are made here are made for whatever a client wants. */
export function signingAlgsOf(keys: KeysOption): string[] {
  const all = signingAlgorithms.map(({ alg }) => alg);
  if (!('keys' in keys)) return all;
  const given = keys.keys.flatMap((jwk) => algorithmFor(jwk as JsonWebKey)?.alg ?? []);
  return given.length > 0 ? [...new Set(given)] : all; // no key could be read: that is a problem of its own
}

/** What clients want to be told in, and APIs their access tokens signed with. */
export function algorithmsOf(clients: ReadonlyMap<string, Client>, apis: Settings['apis']): string[] {
  const ofClients = [...clients.values()].flatMap((client) => [
    client.id_token_signed_response_alg,
    client.userinfo_signed_response_alg,
    client.introspection_signed_response_alg,
  ]);
  return [...ofClients, ...[...apis.values()].map(({ signingAlg }) => signingAlg)].filter((alg) => alg !== undefined);
}
