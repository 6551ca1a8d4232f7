/** The option `registration`. RFC 7591 section 3. */
import { z } from 'zod';
import { isObject, mustBe, says } from '../../clients/members.js';
import { anObject, count } from '../values.js';

export const registration = z
  .custom<boolean | Readonly<Record<string, unknown>>>(
    (value) => typeof value === 'boolean' || isObject(value),
    mustBe('true, false or an object', 'Write true, or { initialAccessToken }, for example.'),
  )
  .optional();

const hostsFunction = z.custom<never>((value) => typeof value === 'function', says('It is not a function.', 'Give a function.')).optional();

export const registrationShape = {
  initialAccessToken: hostsFunction,
  refuse: hostsFunction,
  softwareStatements: anObject("Write { issuers: [{ issuer: 'https://store.example.com', jwks_uri: '…' }] }.").optional(),
  lifetime: count('lifetime', 3600, 10 * 365 * 86_400, 90 * 86_400),
  quota: count('quota', 0, 1_000_000, 1_000),
  perHour: count('perHour', 1, 1_000_000, 60),
};
