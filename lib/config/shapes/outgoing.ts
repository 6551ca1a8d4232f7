/** The option `outgoing`: what may be fetched for clients. */
import { z } from 'zod';
import { mustBe, says } from '../../clients/members.js';
import { isHostPattern } from '../../platform/fetch.js';
import { anObject } from '../values.js';

export const outgoing = anObject("Write { allow: ['localhost:8443'] }.").default({});

export const outgoingShape = {
  allow: z
    .array(
      z
        .string(mustBe('a string', "Write a host, as 'localhost:8443'."))
        .refine(isHostPattern, says('It is no host.', "Write it without scheme and path, as 'localhost:8443'.")),
      mustBe('a list', "Write ['localhost:8443']."),
    )
    .optional(),
  ca: z
    .custom<string | string[]>(
      (value) => typeof value === 'string' || Array.isArray(value),
      says('It is no certificate.', 'Give it as PEM text, or a list of such.'),
    )
    .optional(),
};
