/** The option `pairwise`. OpenID Connect Core section 8.1. */
import { z } from 'zod';
import { mustBe, says } from '../../clients/members.js';
import { anObject } from '../values.js';
import { makeSecret } from './secrets.js';

export const pairwise = anObject('Write { salt: process.env.OAUTH_PAIRWISE_SALT }.').optional();

export const pairwiseShape = {
  salt: z.string(mustBe('a string', makeSecret)).refine((text) => text.length >= 32, says('It has fewer than 32 characters.', makeSecret)),
};
