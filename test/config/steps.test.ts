/** The options for what the built-in login screen is more than a password: `users.steps`, and the pages that it links to. */
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../lib/errors.js';
import { oauthRouter } from '../../lib/router.js';
import { testOptions } from '../support/server.js';
import { emailCode, terms, totp } from '../support/steps.js';

const issuer = 'https://app.example.com';

function problemsWith(users: object): string[] {
  const options = { ...testOptions(issuer), users };
  try {
    oauthRouter(options as never);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ path, problem, cure }) => `${path}: ${problem} ${cure}`);
  }
}

const { users } = testOptions(issuer);
const ofHost = { current: () => null, loginUrl: '/login' };
const good = totp();

describe('the options', () => {
  it('take steps, and pages by path and by URL', () => {
    const pages = { forgotPasswordUrl: '/forgot', createAccountUrl: 'https://accounts.example.com/new?from=login' };
    expect(problemsWith({ ...users, ...pages, steps: [emailCode().step, totp(), terms()] })).toEqual([]);
  });

  it('take steps that are instances of a class', () => {
    class Codes {
      readonly name = 'codes';
      readonly page = good.page;
      readonly db = {};
      submit() {
        return { done: true };
      }
    }
    expect(problemsWith({ ...users, steps: [new Codes()] })).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['steps that are no list', { steps: totp() }, /^users\.steps: .*\[\{ name, page, submit \}\]/],
    ['a step that is none', { steps: ['totp'] }, /^users\.steps\[0\]: /],
    ['a step without a name', { steps: [{ ...good, name: undefined }] }, /^users\.steps\[0\]\.name: It is missing/],
    ['a name that would not do in an address', { steps: [{ ...good, name: 'Two factors' }] }, /^users\.steps\[0\]\.name: .*hyphens/],
    ['a step without a page', { steps: [{ ...good, page: undefined }] }, /^users\.steps\[0\]\.page: It is missing/],
    ['a step without submit', { steps: [{ ...good, submit: undefined }] }, /^users\.steps\[0\]\.submit: It is missing/],
    ['isDue that is no function', { steps: [{ ...good, isDue: true }] }, /^users\.steps\[0\]\.isDue: /],
    ['begin that is no function', { steps: [{ ...good, begin: {} }] }, /^users\.steps\[0\]\.begin: /],
    ['a misspelt name', { steps: [{ ...good, isdue: () => true }] }, /^users\.steps\[0\]\.isdue: .*`isDue`/],
    ['two steps of one name', { steps: [good, totp()] }, /^users\.steps\[1\]\.name: It is the same as users\.steps\[0\]\.name/],
    [
      'a page with a mistake',
      { steps: [{ ...good, page: { title: 'A', fields: [{ name: 'x', label: 'X' }] } }] },
      /^users\.steps\[0\]\.page\.fields\[0\]\.type: /,
    ],
    ['a page that is no address', { forgotPasswordUrl: 'forgot' }, /^users\.forgotPasswordUrl: .*slash/],
    ['a page on what a browser takes for another host', { createAccountUrl: '//evil.example' }, /^users\.createAccountUrl: .*slash/],
    ['a page that is a program', { createAccountUrl: 'javascript:alert(1)' }, /^users\.createAccountUrl: .*slash/],
    ['a page with a fragment, behind which no ticket fits', { createAccountUrl: '/#/sign-up' }, /^users\.createAccountUrl: .*slash/],
  ])('refuse %s, and say where it is', (_, wrong, problem) => {
    expect(problemsWith({ ...users, ...wrong })).toEqual([expect.stringMatching(problem)]);
  });

  it.each(['steps', 'forgotPasswordUrl', 'createAccountUrl'])('refuse users.%s where the login page is the host’s own', (name) => {
    const value = name === 'steps' ? [] : '/page';
    expect(problemsWith({ ...ofHost, [name]: value })).toEqual([
      `users.${name}: It belongs to the built-in login screen. Leave it out: your own login page sees to that.`,
    ]);
  });
});
