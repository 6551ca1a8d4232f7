/** An assertion whose MAC is made with the client secret. OpenID Connect Core section 9, RFC 7523 section 2.2. */
import { type JWTVerifyOptions, jwtVerify } from 'jose';
import type { ClientAuthMethod } from '../contracts.js';
import { macAlgorithms } from '../keys/algorithms.js';
import { checkAssertion, findAssertion } from './assertion.js';

export const clientSecretJwt: ClientAuthMethod = {
  name: 'client_secret_jwt',
  needs: 'secret itself',
  shows: 'client_assertion',
  signingAlgs: macAlgorithms.map(({ alg }) => alg),
  find: findAssertion,

  async accepts({ shown: [assertion = ''] }, client, http, server) {
    const { secretKey } = client;
    if (!secretKey) return false;
    const algorithms = macAlgorithms
      .filter(({ leastBytes }) => leastBytes <= (secretKey.symmetricKeySize ?? 0)) // RFC 7518 section 3.2
      .map(({ alg }) => alg);
    const currentDate = new Date(server.clock() * 1000);
    const verify = (jwt: string, options: JWTVerifyOptions) => jwtVerify(jwt, secretKey, { ...options, algorithms, currentDate });
    await checkAssertion(assertion, { algorithms, verify }, client, http, server);
    return true;
  },
};
