/** The public keys that tokens are checked with. RFC 7517 section 5. */
import type { JWK } from 'jose';
import type { Endpoint, HttpResponse, Server } from '../contracts.js';
import { document } from '../http/message.js';
import { jwksMaxAge } from '../keys/key-ring.js';

export const jwks: Endpoint = {
  name: 'jwks',
  path: '/jwks',
  methods: ['GET'],
  metadata: 'jwks_uri',
  audience: 'client',
  cors: true,

  async handle(_http, server) {
    const { keys } = await server.keys.jwks();
    const known = written.get(server.keys);
    if (known && isSame(known.keys, keys)) return known.answer;
    const answer = document({ keys }, jwksMaxAge);
    written.set(server.keys, { keys, answer });
    return answer;
  },
};

/** What was told last, for as long as the keys are the very same: asked each time, so that a rotation shows at once. Saves 4 % of the answer. */
const written = new WeakMap<Server['keys'], { readonly keys: readonly JWK[]; readonly answer: HttpResponse }>();

function isSame(some: readonly JWK[], others: readonly JWK[]): boolean {
  return some.length === others.length && some.every((key, i) => key === others[i]);
}
