/** The option `clientAssertions`. RFC 7523 section 3. */
import { z } from 'zod';
import { says } from '../../clients/members.js';
import { defaults } from '../defaults.js';
import { anObject } from '../values.js';

export const clientAssertions = anObject("Write { audience: 'endpoint' }, or leave it out.").default({});

export const clientAssertionsShape = {
  audience: z
    .custom<'issuer' | 'endpoint'>(
      (value) => value === 'issuer' || value === 'endpoint',
      says("It is neither 'issuer' nor 'endpoint'.", 'Write one of the two, or leave it out.'),
    )
    .default(defaults.clientAssertions.audience),
};
