/** The option `lifetimes`. */
import { z } from 'zod';
import { says } from '../../clients/members.js';
import type { Lifetimes } from '../../contracts.js';
import { defaults } from '../defaults.js';
import { anObject } from '../values.js';

export const lifetimes = anObject('Write { accessToken: 600 }, for example.').default({});

export const day = 86_400; // seconds
export const year = 365 * day;

/** Wide enough for whoever knows what they do, and narrow enough to notice milliseconds. RFC 6749 section 4.1.2 limits the code. */
export const lifetimeShape = {
  code: seconds('code', 1, 600),
  accessToken: seconds('accessToken', 1, 30 * day),
  idToken: seconds('idToken', 1, 30 * day),
  refreshToken: seconds('refreshToken', 1, 10 * year),
  authorization: seconds('authorization', 1, 10 * year),
  refreshGrace: seconds('refreshGrace', 0, 300),
  session: seconds('session', 1, 10 * year),
  consent: seconds('consent', 1, 10 * year),
  ticket: seconds('ticket', 1, day),
};

function seconds(name: keyof Lifetimes, least: number, most: number) {
  const wrong = says(`It is not a whole number from ${least} to ${most}.`, `Write seconds, as ${defaults.lifetimes[name]}, the default.`);
  return z
    .custom<number>((value) => Number.isInteger(value) && least <= Number(value) && Number(value) <= most, wrong)
    .default(defaults.lifetimes[name]);
}
