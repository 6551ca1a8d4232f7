/** What a route may ask for, and what a slip in it is answered with. */
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../lib/errors.js';
import type { Auth } from '../../lib/resource-server/auth.js';
import { lackOf, neededScopes, readRequirements } from '../../lib/resource-server/requirements.js';

const contacts = { identifier: 'https://api.example.com/contacts', scopes: ['read', 'read:contacts'] };
const calendar = { identifier: 'https://api.example.com/calendar', scopes: ['read', 'read:calendar'] };
const apis = [contacts, calendar];

function problemsOf(...given: readonly unknown[]) {
  try {
    readRequirements(given, apis);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error('Nothing was found wrong.');
}

describe('a route', () => {
  it.each([
    ['a scope that one API has', ['read:contacts'], contacts],
    ['scopes that one API has', ['read', 'read:calendar'], calendar],
    ['one of them', [{ anyScope: ['read:contacts', 'read'] }], contacts],
    ['the name of the API', [{ audience: calendar.identifier }], calendar],
    ['the name of the API, and a scope of the same name elsewhere', [{ audience: calendar.identifier, scopes: ['read'] }], calendar],
    ['members that are undefined', [{ scopes: ['read:contacts'], allow: undefined, maxAge: undefined }], contacts],
  ])('finds its API by %s', (_, given, api) => {
    expect(readRequirements(given, apis).api).toBe(api);
  });

  it('finds its API by any scope, where that does not say which it has', () => {
    const unknown = { identifier: contacts.identifier };
    expect(readRequirements(['whatever'], [unknown]).api).toBe(unknown);
  });

  it.each([
    ['no scope, where there are two APIs', [], 'protect()', /More than one API has no need of a scope/, /audience/],
    ['a scope that two have', ['read'], "protect('read')", /More than one API has these scopes: .*contacts, .*calendar\./, /audience/],
    ['a scope that none has', ['raed:contacts'], "protect('raed:contacts')", /No API has all/, /Did you mean `read:contacts`\?/],
    [
      'scopes of two APIs',
      ['read:contacts', 'read:calendar'],
      "protect('read:contacts', 'read:calendar')",
      /No API has all/,
      /choose among/,
    ],
    [
      'a scope of another API than the one that is named',
      [{ audience: contacts.identifier, scopes: ['read:calendar'] }],
      'protect({ audience, scopes })',
      /The API .*contacts has not all of these scopes/,
      /choose among: read, read:contacts/,
    ],
    ['an API that is none', [{ audience: `${contacts.identifier}s` }], 'protect({ audience })', /There is no API/, /Did you mean/],
    ['two scopes in one', ['read read:contacts'], "protect('read read:contacts')", /no spaces/, /protect\('read:contacts', 'create/],
    ['a list', [['read']], 'protect({ 0 })', /neither scopes nor one object/, /Write protect/],
    ['a number', [5], "protect('5')", /neither scopes nor one object/, /Write protect/],
    ['null', [null], "protect('null')", /neither scopes nor one object/, /Write protect/],
    ['two objects', [{}, {}], 'protect({  }, {  })', /neither scopes nor one object/, /Write protect/],
    ['a member that is none', [{ scope: ['read'] }], 'protect({ scope })', /no option of this name/, /Did you mean `scopes`\?/],
    ['a member of another spelling', [{ max_age: 5 }], 'protect({ max_age })', /no option of this name/, /Did you mean `maxAge`\?/],
    ['scopes that are no list', [{ scopes: 'read' }], 'protect({ scopes })', /cannot be this/, /list of scopes/],
    ['a list of nothing, one of which is needed', [{ anyScope: [] }], 'protect({ anyScope })', /cannot be this/, /list of scopes/],
    ['a rule that is no function', [{ allow: true }], 'protect({ allow })', /cannot be this/, /function/],
    ['acr values with a quote', [{ acrValues: ['a"b'] }], 'protect({ acrValues })', /cannot be this/, /without spaces/],
    ['acr values with a line break', [{ acrValues: ['a\nb'] }], 'protect({ acrValues })', /cannot be this/, /without spaces/],
    ['no acr values', [{ acrValues: [] }], 'protect({ acrValues })', /cannot be this/, /without spaces/],
    ['an age in words', [{ maxAge: '5 minutes' }], 'protect({ maxAge })', /cannot be this/, /seconds/],
    ['an age that nobody has', [{ maxAge: 0 }], 'protect({ maxAge })', /cannot be this/, /1 or more/],
    ['strictness that is no yes or no', [{ strict: 'yes' }], 'protect({ strict })', /cannot be this/, /true or false/],
  ])('cannot ask for %s', (_, given, path, problem, cure) => {
    expect(problemsOf(...given)).toEqual([{ path, problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) }]);
  });

  it('is told of all its slips at once', () => {
    expect(problemsOf({ scope: [], maxAge: -1 }).map(({ path }) => path)).toEqual(['protect({ scope })', 'protect({ maxAge })']);
  });
});

describe('the scopes that are needed', () => {
  it.each([
    [['a'], ['b', 'c'], [], ['a', 'b']],
    [['a'], ['b', 'c'], ['c'], ['a', 'c']],
    [['a'], ['a', 'b'], ['a'], ['a']],
    [[], [], ['x'], []],
  ])('of all of %p and one of %p, for who has %p, are %p', (scopes, anyScope, held, needed) => {
    expect(neededScopes({ scopes, anyScope }, held)).toEqual(needed);
  });
});

describe('a token', () => {
  const now = 1_700_000_000;
  const auth = (scopes: string[], claims = {}) => ({ scopes, claims }) as unknown as Auth;
  const route = { scopes: ['a', 'b'], anyScope: [], acrValues: ['gold', 'silver'], maxAge: 60 };
  const good = { acr: 'silver', auth_time: now - 60 };
  const all = { acr_values: 'gold silver', max_age: '60' };

  it.each([
    ['has all of it', ['a', 'b'], good, undefined],
    ['has no scope', [], good, { code: 'insufficient_scope', parameters: { scope: 'a b' } }],
    ['lacks one scope', ['a'], good, { code: 'insufficient_scope', parameters: { scope: 'a b' } }],
    ['is too old', ['a', 'b'], { ...good, auth_time: now - 61 }, { code: 'insufficient_user_authentication', parameters: all }],
    ['does not say when', ['a', 'b'], { acr: 'gold' }, { code: 'insufficient_user_authentication', parameters: all }],
    ['says when in words', ['a', 'b'], { ...good, auth_time: `${now}` }, { code: 'insufficient_user_authentication', parameters: all }],
    ['does not say how', ['a', 'b'], { auth_time: now }, { code: 'insufficient_user_authentication', parameters: all }],
    ['says how in a list', ['a', 'b'], { ...good, acr: ['gold'] }, { code: 'insufficient_user_authentication', parameters: all }],
    ['is of a lower level', ['a', 'b'], { ...good, acr: 'Gold' }, { code: 'insufficient_user_authentication', parameters: all }],
    ['lacks everything', [], {}, { code: 'insufficient_user_authentication', parameters: { ...all, scope: 'a b' } }],
  ])('that %s', (_, scopes, claims, lack) => {
    const found = lackOf(route, auth(scopes, claims), now);
    expect(found && { code: found.code, parameters: JSON.parse(JSON.stringify(found.parameters)) }).toEqual(lack);
  });
});
