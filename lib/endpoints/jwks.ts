/** The public keys that tokens are checked with. RFC 7517 section 5. */
import type { Endpoint } from '../contracts.js';
import { json } from '../http/message.js';
import { jwksMaxAge } from '../keys/key-ring.js';

export const jwks: Endpoint = {
  name: 'jwks',
  path: '/jwks',
  methods: ['GET'],
  metadata: 'jwks_uri',
  audience: 'client',
  cors: true,

  async handle(_http, server) {
    return json(await server.keys.jwks(), { headers: { 'Cache-Control': `public, max-age=${jwksMaxAge}` } });
  },
};
