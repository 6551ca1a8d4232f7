/** An assertion that the client has signed with a key of its `jwks` or `jwks_uri`. OpenID Connect Core section 9, RFC 7523 section 2.2. */
import type { JWTVerifyOptions } from 'jose';
import { verifyByClient } from '../clients/jwks.js';
import type { ClientAuthMethod } from '../contracts.js';
import { signingAlgorithms } from '../keys/algorithms.js';
import { checkAssertion, findAssertion } from './assertion.js';

const algorithms = signingAlgorithms.map(({ alg }) => alg);

export const privateKeyJwt: ClientAuthMethod = {
  name: 'private_key_jwt',
  needs: 'keys',
  shows: 'client_assertion',
  signingAlgs: algorithms,
  find: findAssertion,

  async accepts({ shown: [assertion = ''] }, client, http, server) {
    const verify = (jwt: string, options: JWTVerifyOptions) => verifyByClient(jwt, client, server, options);
    await checkAssertion(assertion, { algorithms, verify }, client, http, server);
    return true;
  },
};
