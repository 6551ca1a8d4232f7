/** The option `users`. */
import { z } from 'zod';
import { isObject, mustBe, says } from '../../clients/members.js';
import { isHttpsOrLoopback, isPath } from '../../http/url.js';
import type { Users } from '../../model/user.js';
import { anObject, method } from '../values.js';

export const users = anObject<Users>('Write { authenticate }, or { current, loginUrl }.');

export const usersShape = {
  authenticate: method,
  find: method,
  claims: method,
  current: method,
  loginUrl: z
    .string(mustBe('a string', 'Write the path or URL of your login page.'))
    .refine(
      (url) => isPath(url) || isHttpsOrLoopback(url),
      says('It is neither a path nor an https URL.', "Write a path that begins with a slash, as '/login', or an https URL."),
    )
    .optional(),
  steps: z.array(z.unknown(), mustBe('a list', 'Write [{ name, page, submit }].')).optional(),
  forgotPasswordUrl: pageOfHost('/forgot-password').optional(),
  createAccountUrl: pageOfHost('/sign-up').optional(),
};

function pageOfHost(example: string) {
  return z
    .string(mustBe('a string', 'Write the path or URL of your page.'))
    .refine(
      (url) => (isPath(url) || isHttpsOrLoopback(url)) && !url.includes('#'),
      says('It is neither a path nor an https URL.', `Write a path that begins with a slash, as '${example}', or an https URL.`),
    );
}

/** A step of the sign-in; its page is checked by itself. */
export const stepShape = {
  name: z
    .string(mustBe('a string', "Write its name, as 'email-code'."))
    .refine(
      (name) => /^[a-z0-9-]{1,50}$/.test(name),
      says('It is no name for a step.', "Write small letters, digits and hyphens, as 'email-code'."),
    ),
  isDue: method,
  begin: method,
  page: z.custom<unknown>(
    (value) => isObject(value) || typeof value === 'function',
    mustBe('an object or a function', 'Write { title, fields }.'),
  ),
  submit: z.custom<unknown>((value) => typeof value === 'function', mustBe('a function', 'Write (values, context) => ({ done: true }).')),
};
