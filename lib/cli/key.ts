/** `key rotate`: begins a rotation of the signing keys. OpenID Connect Core section 10.1.1. */
import { StoreUnavailable } from '../errors.js';
import { overlap } from '../keys/key-ring.js';
import type { SigningKeys } from '../keys/signing-keys.js';
import { type Command, Failure, write } from './command.js';
import { withServer } from './host-options.js';

export const keyRotate: Command = {
  name: 'key rotate',
  options: ['config', 'json'],
  about: 'begins a rotation of the signing keys; running servers follow by themselves',

  run(given) {
    return withServer(given, async ({ keys }) => {
      const before = await published(keys);
      await keys.rotate().catch(explain);
      const now = await published(keys);
      const isBegun = now.some(({ kid }) => !before.some((key) => key.kid === kid));
      const sentence = isBegun
        ? `The next keys are published now, and sign in ${Math.ceil(overlap / 60)} minutes.`
        : 'The next keys are published already, and sign within minutes: a rotation was under way.';
      const list = now.map(({ kid, alg }) => `  ${alg}  ${kid}`).join('\n');
      write(now, `${sentence} All that are published:\n${list}`, given);
      return 0;
    });
  },
};

async function published(keys: SigningKeys) {
  return (await keys.jwks()).keys.map(({ kid, alg }) => ({ kid, alg }));
}

/** Keys of the host's own are not rotated here; its sentence says so. */
function explain(error: unknown): never {
  if (error instanceof StoreUnavailable || !(error instanceof Error)) throw error;
  throw new Failure(error.message);
}
