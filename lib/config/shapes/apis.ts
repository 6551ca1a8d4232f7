/** The options `apis` and `accessTokens`: what tokens are for, and what they are. */
import { z } from 'zod';
import { isObject, mustBe, says } from '../../clients/members.js';
import type { AccessTokenFormat } from '../../contracts.js';
import { type Icon, icons } from '../../model/screens.js';
import { isIdentityScope } from '../../rules/identity-scopes.js';
import { isScopeToken } from '../../rules/scope.js';
import { defaults } from '../defaults.js';
import { anObject } from '../values.js';
import { hostWords, reportWords, text } from '../words.js';
import { lifetimeShape } from './lifetimes.js';

export const apis = anObject("Write { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } }.");

const accessTokenFormat = z.custom<AccessTokenFormat>(
  (value) => value === 'jwt' || value === 'opaque',
  says("It is neither 'jwt' nor 'opaque'.", 'Write one of the two, or leave it out.'),
);

export const accessTokens = accessTokenFormat.default(defaults.accessTokens);

export const apiShape = {
  name: hostWords('Write it for people to read.').optional(),
  scopes: anObject("Write { 'read:contacts': 'See your contacts' }.").refine(
    (scopes) => Object.keys(scopes).length > 0,
    says('It names no scope.', "Write { 'read:contacts': 'See your contacts' }."),
  ),
  defaultScopes: z
    .array(z.string(mustBe('a string', 'Write the name of a scope.')), mustBe('a list', 'Put it into brackets: [ … ].'))
    .default([]),
  accessTokens: accessTokenFormat.optional(),
  signingAlg: z.string(mustBe('a string', 'Leave it out, or name an algorithm.')).optional(),
  lifetimes: anObject('Write { accessToken: 600 }, for example.').default({}),
};

/** Those that an API may have of its own. */
export function apiLifetimeShape() {
  const { accessToken, refreshToken } = lifetimeShape;
  return { accessToken: accessToken.unwrap().optional(), refreshToken: refreshToken.unwrap().optional() };
}

/** Asks each of the scopes for a good name and a description. */
export function scopesShape(scopes: object) {
  return Object.fromEntries(Object.entries(scopes).map(([name, value]) => [name, scope(name, value)]));
}

function scope(name: string, value: unknown) {
  return z
    .unknown()
    .refine(
      () => isScopeToken(name),
      says('Its name is not allowed.', 'Use ASCII without spaces, quotes and backslashes (RFC 6749 section 3.3).'),
    )
    .refine(() => !isIdentityScope(name), says('It belongs to OpenID Connect.', "Choose another name, as 'read:profile'."))
    .refine((value) => isObject(value) || text.safeParse(value).success, says('It has no description.', describe))
    .superRefine((words, context) => {
      if (isByLanguage(value)) reportWords(words, describe, context);
    });
}

const describe = 'Write what the consent screen shows.';

/** Whether this is a description by language, and not a scope with its options: those have longer names. */
export function isByLanguage(scope: unknown): scope is Readonly<Record<string, string>> {
  return isObject(scope) && !('description' in scope) && Object.keys(scope).some((name) => /^[a-z]{2,3}(?![a-z])/i.test(name));
}

/** Of a scope that needs more than a sentence. */
export const scopeShape = {
  description: hostWords(describe),
  optional: z.boolean(mustBe('true or false', 'Write true for what users may leave out.')).default(false),
  risky: z.boolean(mustBe('true or false', 'Write true for what is to be marked.')).default(false),
  icon: z
    .custom<Icon>(
      (value) => icons.some((name) => name === value),
      says('There is no picture of this name.', `Known are: ${icons.join(', ')}.`),
    )
    .optional(),
};
