/** The option `secrets`. */
import { z } from 'zod';
import { mustBe, says } from '../../clients/members.js';

export const makeSecret = '`openssl rand -base64 32` makes one.';

const secret = z
  .string(
    says(
      (value) => (value === undefined ? 'It is undefined: is an environment variable not set?' : 'It is not a string.'),
      `Set it; ${makeSecret}`,
    ),
  )
  .refine((text) => text.length >= 32, says('It has fewer than 32 characters.', makeSecret));

export const secrets = z
  .array(secret, mustBe('a list', 'Write [process.env.OAUTH_SECRET]; the newest comes first.'))
  .refine((list) => list.length > 0, says('It is empty.', `Give at least one secret; ${makeSecret}`));
