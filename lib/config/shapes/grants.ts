/** The option `grants`. RFC 6749 section 4.5. */
import { z } from 'zod';
import { mustBe, says } from '../../clients/members.js';
import type { Grant } from '../../contracts.js';

export const grants = z.array(z.unknown(), mustBe('a list', 'Write [{ type, redeem }].')).default([]);

export const grantShape = {
  type: z
    .string(mustBe('a string', "Write its grant_type, as 'urn:example:grant-type:magic-link'."))
    .refine(
      (type) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(type),
      says('It has characters that are not allowed.', 'Write an absolute URI (RFC 6749 section 4.5).'),
    ),
  redeem: z.custom<Grant['redeem']>(
    (value) => typeof value === 'function',
    says('It is not a function.', 'Give async ({ client, parameters, req }) => ({ sub, scope, refresh }).'),
  ),
};
