import { describe, expect, it } from '@jest/globals';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import { systemRandom } from '../../lib/platform/random.js';
import { authorizationCode, openAuthorizationCode } from '../../lib/tokens/authorization-code.js';
import fc from '../support/fast-check.js';

const secrets = deriveSecrets(['a secret of at least 32 characters']);
const id = systemRandom(16);
const code = authorizationCode(id, secrets);

describe('an authorization code', () => {
  it('names its authorization', () => {
    expect(openAuthorizationCode(code, secrets)).toBe(id);
  });

  it('has only characters that need no encoding in a URL', () => {
    expect(code).toMatch(/^[\w-]{22}\.[\w-]{43}$/);
  });

  it('is none of ours with any other character in it', () => {
    fc.assert(
      fc.property(fc.nat(code.length - 1), fc.string({ unit: 'grapheme', maxLength: 2 }), (at, text) => {
        const changed = code.slice(0, at) + text + code.slice(at + 1);
        return openAuthorizationCode(changed, secrets) === (changed === code ? id : undefined);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['', '.', '..', id, `${id}.`, `.${code}`, `${code}.`, `${code}.x`, ` ${code}`, '__proto__', 'constructor.prototype'])(
    'is not %j',
    (text) => {
      expect(openAuthorizationCode(text, secrets)).toBeUndefined();
    },
  );
});
