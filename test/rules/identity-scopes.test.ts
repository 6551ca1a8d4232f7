import { describe, expect, it } from '@jest/globals';
import { en } from '../../lib/languages/en.js';
import { own } from '../../lib/model/words.js';
import { askedOf, claimsOfScopes, describeIdentityScope, iconOf, isIdentityScope } from '../../lib/rules/identity-scopes.js';
import { wordingIn } from '../../lib/rules/wording.js';

const english = wordingIn({ tag: 'en', direction: 'ltr', messages: en });

/** OpenID Connect Core section 5.4. */
const standard: readonly (readonly [string, readonly string[]])[] = [
  [
    'profile',
    [
      ...['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture', 'website'],
      ...['gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at'],
    ],
  ],
  ['email', ['email', 'email_verified']],
  ['address', ['address']],
  ['phone', ['phone_number', 'phone_number_verified']],
  ['openid', ['sub']],
  ['offline_access', []],
  ['read:contacts', []],
];

describe('the scope', () => {
  it.each(standard)('%s asks for the claims of OpenID Connect Core section 5.4', (scope, claims) => {
    expect(claimsOfScopes([scope])).toEqual(claims);
  });

  it.each([
    ['openid', true],
    ['profile', true],
    ['email', true],
    ['address', true],
    ['phone', true],
    ['offline_access', true],
    ['claim:birthdate', true],
    ['read:contacts', false],
    ['Email', false],
    ['claims', false],
    ['toString', false],
  ])('%s is about the user: %s', (scope, isAboutUser) => {
    expect(isIdentityScope(scope)).toBe(isAboutUser);
    expect(describeIdentityScope(scope) !== undefined).toBe(isAboutUser);
    expect(iconOf(scope) !== undefined).toBe(isAboutUser);
  });
});

describe('what needs the leave of the user', () => {
  it.each<readonly [string, Parameters<typeof askedOf>[0], readonly string[]]>([
    ['each scope', { scope: ['openid', 'read'] }, ['openid', 'read']],
    ['each claim that is asked for by name', { scope: ['openid'], claims: { userinfo: { email: null } } }, ['openid', 'claim:email']],
    [
      'once, whether for userinfo or for the ID token',
      { scope: ['openid'], claims: { userinfo: { email: null }, id_token: { email: null, locale: null } } },
      ['openid', 'claim:email', 'claim:locale'],
    ],
    ['but not what a scope covers', { scope: ['email'], claims: { id_token: { email: { essential: true } } } }, ['email']],
    ['but not what is about the login', { scope: ['openid'], claims: { id_token: { acr: null, auth_time: null, sub: null } } }, ['openid']],
  ])('is %s', (_, request, asked) => {
    expect(askedOf(request)).toEqual(asked);
  });
});

describe('a claim that is asked for by name', () => {
  it.each([
    ['claim:phone_number', 'See this about you: phone number'],
    ['claim:name#de-AT', 'See this about you: full name'],
    ['claim:shoe_size', 'See this about you: “shoe_size”'],
    ['claim:shoe_size#de', 'See this about you: “shoe_size#de”'],
    ['claim:toString', 'See this about you: “toString”'],
  ])('is called in words: %s, %s', (scope, sentence) => {
    expect(english.say(describeIdentityScope(scope) ?? own(''))).toBe(sentence);
  });

  it.each(standard.flatMap(([scope, claims]) => (scope === 'openid' ? [] : claims)))(
    'has words of ours, if it is a standard one: %s',
    (claim) => {
      expect(english.say(describeIdentityScope(`claim:${claim}`) ?? own(''))).not.toMatch(/[“_]/);
    },
  );
});
