import { describe, expect, it } from '@jest/globals';
import type { Api } from '../../lib/contracts.js';
import { en } from '../../lib/languages/en.js';
import type { AuthorizationRequest } from '../../lib/model/authorization.js';
import {
  byAudience,
  describePermission,
  isOptional,
  markPermission,
  onlyGranted,
  type Permission,
  permissionName,
  permissionsOf,
} from '../../lib/rules/permission.js';
import { wordingIn } from '../../lib/rules/wording.js';
import fc from '../support/fast-check.js';

const english = wordingIn({ tag: 'en', direction: 'ltr', messages: en });
const [contacts, calendar, issuer] = ['https://api.example.com/contacts', 'https://api.example.com/calendar', 'https://app.example.com'];

type Asked = Pick<AuthorizationRequest, 'scope' | 'audiences' | 'claims'>;

const request: Asked = {
  scope: ['read', 'openid', 'share', 'write'],
  audiences: { [contacts]: ['read', 'write'], [calendar]: ['read', 'share'] },
};

const at = (audience: string, ...scopes: string[]): Permission[] => scopes.map((scope) => ({ audience, scope }));

const settings = {
  apis: new Map<string, Api>([
    [contacts, api({ read: ['See your contacts', false], write: ['Add contacts', true] })],
    [calendar, api({ read: ['See your appointments', true], share: ['Share your calendar', true] })],
  ]),
};

function api(scopes: Record<string, [description: string, optional: boolean]>): Api {
  const entries = Object.entries(scopes).map(([name, [description, optional]]) => [name, { description, optional }] as const);
  return { scopes: new Map(entries) } as unknown as Api;
}

describe('what a request needs leave for', () => {
  it.each<readonly [string, Asked, readonly Permission[]]>([
    [
      'each scope at each API, and first what is about the user',
      request,
      [...at('', 'openid'), ...at(contacts, 'read', 'write'), ...at(calendar, 'read', 'share')],
    ],
    ['nothing but what is about the user', { scope: ['openid', 'email'], audiences: { [issuer]: [] } }, at('', 'openid', 'email')],
    [
      'the claims that are asked for by name',
      { scope: ['openid', 'read'], audiences: { [contacts]: ['read'] }, claims: { userinfo: { email: null } } },
      [...at('', 'openid', 'claim:email'), ...at(contacts, 'read')],
    ],
    [
      'nothing at an API of which no scope is asked for',
      { scope: ['read'], audiences: { [contacts]: ['read'], [calendar]: [] } },
      at(contacts, 'read'),
    ],
  ])('is %s', (_, asked, permissions) => {
    expect(permissionsOf(asked)).toEqual(permissions);
  });

  it('has a name for each that no other has', () => {
    const names = permissionsOf({ ...request, claims: { id_token: { email: null } } }).map(permissionName);
    expect(names).toEqual([' openid', ' claim:email', `${contacts} read`, `${contacts} write`, `${calendar} read`, `${calendar} share`]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is kept by API', () => {
    expect(byAudience(permissionsOf(request))).toEqual({ '': ['openid'], [contacts]: ['read', 'write'], [calendar]: ['read', 'share'] });
    expect(byAudience([])).toEqual({});
  });
});

describe('a permission', () => {
  it.each<readonly [Permission, boolean, string]>([
    [{ audience: contacts, scope: 'read' }, false, 'See your contacts'],
    [{ audience: contacts, scope: 'write' }, true, 'Add contacts'],
    [{ audience: calendar, scope: 'read' }, true, 'See your appointments'],
    [{ audience: '', scope: 'openid' }, false, 'Recognise you when you sign in'],
    [{ audience: '', scope: 'claim:email' }, false, 'See this about you: email address'],
    // Of an API or a scope that is configured no more, since the request was sealed.
    [{ audience: contacts, scope: 'gone' }, false, 'gone'],
    [{ audience: 'https://gone.example', scope: 'write' }, false, 'write'],
  ])('%j may be left out: %s, and is called %s', (permission, optional, words) => {
    expect(isOptional(permission, settings)).toBe(optional);
    expect(english.say(describePermission(permission, settings))).toBe(words);
  });
});

describe('the mark of a permission', () => {
  const pay = { description: 'Pay', optional: false, risky: true, icon: 'pay' } as const;
  const marked = { apis: new Map([[contacts, { scopes: new Map([['pay', pay]]) } as unknown as Api]]) };

  it.each<readonly [Permission, ReturnType<typeof markPermission>]>([
    [
      { audience: contacts, scope: 'pay' },
      { icon: 'pay', risky: true },
    ],
    [
      { audience: '', scope: 'email' },
      { icon: 'email', risky: false },
    ],
    [
      { audience: '', scope: 'claim:birthdate' },
      { icon: 'person', risky: false },
    ],
    [
      { audience: contacts, scope: 'gone' },
      { icon: 'check', risky: false },
    ],
  ])('%j is %j', (permission, mark) => {
    expect(markPermission(permission, marked)).toEqual(mark);
  });
});

describe('a request of which not all was granted', () => {
  it.each<readonly [string, Asked, readonly Permission[], Asked]>([
    ['has what was granted, if that is all', request, permissionsOf(request), request],
    [
      'has no scope that is left out at each API',
      request,
      [...at('', 'openid'), ...at(contacts, 'read'), ...at(calendar, 'read')],
      { scope: ['read', 'openid'], audiences: { [contacts]: ['read'], [calendar]: ['read'] } },
    ],
    [
      'keeps a scope that is left out at one API and not at the other',
      request,
      [...at('', 'openid'), ...at(contacts, 'write'), ...at(calendar, 'read')],
      { scope: ['read', 'openid', 'write'], audiences: { [contacts]: ['write'], [calendar]: ['read'] } },
    ],
    [
      'has no API of which nothing is left',
      request,
      [...at('', 'openid'), ...at(calendar, 'share')],
      { scope: ['openid', 'share'], audiences: { [calendar]: ['share'] } },
    ],
    [
      'has no API at which nothing was asked for',
      { scope: ['read'], audiences: { [contacts]: ['read'], [calendar]: [] } },
      at(contacts, 'read'),
      { scope: ['read'], audiences: { [contacts]: ['read'] } },
    ],
    [
      'is for this server, if nothing is left of any API: else its token would be good for one that the user has refused',
      request,
      at('', 'openid'),
      { scope: ['openid'], audiences: { [issuer]: [] } },
    ],
    [
      'is for this server, as before, where no API was asked for',
      { scope: ['openid', 'email'], audiences: { [issuer]: [] } },
      at('', 'openid', 'email'),
      { scope: ['openid', 'email'], audiences: { [issuer]: [] } },
    ],
  ])('%s', (_, asked, granted, left) => {
    expect(onlyGranted(asked, granted, { issuer })).toEqual(left);
  });

  it('keeps all that it has besides', () => {
    const more = { ...request, state: 'a state', claims: { userinfo: { email: null } } };
    expect(onlyGranted(more, at(contacts, 'read'), { issuer })).toMatchObject({ state: 'a state', claims: { userinfo: { email: null } } });
  });

  it('never has a permission that was not granted, loses none that was, and has an audience', () => {
    const words = fc.subarray(['read', 'write', 'share']);
    const asked = fc.record({ [contacts]: words, [calendar]: words }).map((audiences): Asked => {
      return { scope: ['openid', ...new Set(Object.values(audiences).flat())], audiences };
    });
    const choice = asked.chain((one) => fc.tuple(fc.constant(one), fc.subarray([...permissionsOf(one)])));
    fc.assert(
      fc.property(choice, ([one, granted]) => {
        const left = onlyGranted(one, granted, { issuer });
        const ofApis = ({ audience }: Permission) => audience !== '';
        const names = (permissions: readonly Permission[]) => permissions.filter(ofApis).map(permissionName).sort();
        expect(names(permissionsOf(left))).toEqual(names(granted));
        expect(Object.keys(left.audiences).length).toBeGreaterThan(0);
        // Each word of the scope is good somewhere, or about the user.
        const anywhere = Object.values(left.audiences).flat();
        expect(left.scope.filter((word) => word !== 'openid' && !anywhere.includes(word))).toEqual([]);
      }),
    );
  });
});
