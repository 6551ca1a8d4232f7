/** The option `limits`: how often somebody may guess. */
import { z } from 'zod';
import { isObject, mustBe, says } from '../../clients/members.js';
import type { LimitName } from '../../limits/index.js';

export const limits = z
  .custom<false | Readonly<Record<string, unknown>>>(
    (value) => value === false || isObject(value),
    mustBe('false or an object', 'Write { login: 10 }, for example; false switches all limits off.'),
  )
  .optional();

const times = z
  .custom<number | false>(
    (value) => value === false || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 1_000_000),
    says('It is not a whole number from 1 to 1000000, nor false.', 'Write how often it may happen, or false for no limit.'),
  )
  .optional();

/** All but that of registrations, which has an option of its own. */
export const limitsShape = {
  login: times,
  loginAddress: times,
  passwordGrant: times,
  step: times,
  stepAccount: times,
  stepBegun: times,
  stepBegunAccount: times,
  client: times,
} satisfies Record<Exclude<LimitName, 'registration'>, unknown>;
