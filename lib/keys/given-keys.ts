/** Keys of the host. Who has them rotates them: a new one is added at the end, and put in front when everybody has seen it. RFC 7517 section 5. */
import type { JsonWebKey } from 'node:crypto';
import type { JWK } from 'jose';
import { algorithmFor } from './algorithms.js';
import { findKey, publish, readSigningKey, type SigningKey, type SigningKeys, signWith } from './signing-keys.js';

/** The first key of each algorithm signs, and the first of all signs access tokens. */
export function givenKeys({ keys: jwks }: { readonly keys: readonly JWK[] }): SigningKeys {
  const algorithms = [...new Set(jwks.flatMap((jwk) => algorithmFor(jwk as JsonWebKey)?.alg ?? []))];
  let reading: Promise<readonly SigningKey[]> | undefined;

  function read(): Promise<readonly SigningKey[]> {
    reading ??= Promise.all(jwks.map(readSigningKey));
    return reading;
  }

  return {
    algorithms,
    async ready() {
      await read();
    },
    async sign(claims, { typ, alg = algorithms[0] }) {
      const key = (await read()).find((key) => key.alg === alg);
      if (!key) throw new TypeError(`There is no key for ${alg} among the option keys.`);
      return signWith(key, claims, typ);
    },
    async find(header) {
      return findKey(await read(), header)?.publicKey;
    },
    async jwks() {
      return publish(await read());
    },
    async rotate() {
      throw new Error(
        'The signing keys were given in the option keys, so they cannot be rotated here. ' +
          'Add the new key to the end of keys.keys, put it in front some minutes later, and remove the old one when its last token has expired.',
      );
    },
  };
}
