import { describe, expect, it } from '@jest/globals';
import type { Api } from '../../lib/contracts.js';
import { Parameters } from '../../lib/http/parameters.js';
import type { Client } from '../../lib/model/client.js';
import type { Allowed } from '../../lib/rules/resource.js';
import { narrowScope, parseScope, readScope, readScopeAtOne } from '../../lib/rules/scope.js';
import fc from '../support/fast-check.js';

/** NQCHAR, RFC 6749 section 3.3. */
const allowed = Array.from({ length: 0x7f - 0x21 }, (_, i) => String.fromCharCode(0x21 + i)).filter((letter) => !'"\\'.includes(letter));
const word = fc.string({ unit: fc.constantFrom(...allowed), minLength: 1 });
const refused = expect.objectContaining({ code: 'invalid_scope' });

describe('a scope', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['a', ['a']],
    ['b a', ['b', 'a']],
    [' a  b ', ['a', 'b']],
    ['a b a', ['a', 'b']],
    ['a A', ['a', 'A']],
    ['!#[]~', ['!#[]~']],
  ])('%j has the words %j', (scope, words) => {
    expect(parseScope(scope)).toEqual(words);
  });

  it('has each of its words once, in the order in which they were named', () => {
    fc.assert(fc.property(fc.array(word), (words) => expect(parseScope(words.join(' '))).toEqual([...new Set(words)])));
  });

  it.each(['"', '\\', 'ä', 'a\tb', 'a\nb', 'a\0', '\x7f', 'a\u00a0b', 'a\u2003b'])('with %j is refused', (scope) => {
    expect(() => parseScope(scope)).toThrow(refused);
  });
});

const issuer = 'https://app.example.com';
const contacts = api('https://api.example.com/contacts', ['read', 'write'], ['read']);
const calendar = api('https://api.example.com/calendar', ['read', 'share']);

function api(identifier: string, scopes: readonly string[], defaultScopes: readonly string[] = []): Api {
  return {
    identifier,
    name: identifier,
    scopes: new Map(scopes.map((scope) => [scope, { description: scope, optional: false, risky: false, icon: 'check' as const }])),
    defaultScopes,
    accessTokens: 'jwt',
    lifetimes: { accessToken: 600, refreshToken: 3_600 },
  };
}

const settingsOf = (apis: readonly Api[]) => ({ issuer, apis: new Map(apis.map((one) => [one.identifier, one])) });

function parametersOf(scope: string, resources: readonly Api[] = []): Parameters {
  return new Parameters([['scope', scope], ...resources.map(({ identifier }): [string, string] => ['resource', identifier])]);
}

describe('the scope of an authorization request', () => {
  function read(scope: string, apis: readonly Api[], client: Pick<Client, 'scope'> = {}, resources: readonly Api[] = []) {
    return readScope(parametersOf(scope, resources), { source: 'host', ...client } as Client, settingsOf(apis));
  }

  it.each<readonly [string, string, readonly Api[], Allowed]>([
    ['is for the API that has it', 'share', [contacts, calendar], { scope: ['share'], audiences: { [calendar.identifier]: ['share'] } }],
    [
      'is for the first API that has all of it',
      'read',
      [contacts, calendar],
      { scope: ['read'], audiences: { [contacts.identifier]: ['read'] } },
    ],
    [
      'is for the API that has all of it',
      'read share',
      [contacts, calendar],
      { scope: ['read', 'share'], audiences: { [calendar.identifier]: ['read', 'share'] } },
    ],
    ['is the default of the first API', '', [contacts, calendar], { scope: ['read'], audiences: { [contacts.identifier]: ['read'] } }],
    [
      'is for the issuer itself, if it is about the user alone',
      'openid email',
      [contacts],
      { scope: ['openid', 'email'], audiences: { [issuer]: [] } },
    ],
    [
      'is for the API, whatever is asked about the user besides',
      'openid share offline_access',
      [contacts, calendar],
      { scope: ['openid', 'share', 'offline_access'], audiences: { [calendar.identifier]: ['share'] } },
    ],
  ])('%s', (_, scope, apis, expected) => {
    expect(read(scope, apis)).toEqual(expected);
  });

  it.each<readonly [string, string, readonly Api[], readonly string[] | undefined, Allowed]>([
    ['is for the API that is named, and no other', 'read', [calendar], undefined, shared(['read'], [calendar, ['read']])],
    [
      'is for each of the APIs that are named',
      'read',
      [contacts, calendar],
      undefined,
      shared(['read'], [contacts, ['read']], [calendar, ['read']]),
    ],
    [
      'is shared out among the APIs that are named, in their order',
      'share openid write read',
      [calendar, contacts],
      undefined,
      shared(['share', 'openid', 'write', 'read'], [calendar, ['share', 'read']], [contacts, ['write', 'read']]),
    ],
    ['leaves nothing to an API that has none of it', 'write', [contacts, calendar], undefined, shared(['write'], [contacts, ['write']])],
    [
      'has what the API gives by default, if it is named and none of its scopes is',
      'openid',
      [contacts],
      undefined,
      shared(['openid', 'read'], [contacts, ['read']]),
    ],
    ['is the default of the API that is named', '', [contacts], undefined, shared(['read'], [contacts, ['read']])],
    [
      "is the client's own, as far as the API that is named has it",
      '',
      [calendar],
      ['openid', 'write', 'read'],
      shared(['openid', 'read'], [calendar, ['read']]),
    ],
  ])('%s, by resource', (_, scope, resources, registered, expected) => {
    const found = read(scope, [contacts, calendar], registered ? { scope: registered } : {}, resources);
    expect(found).toEqual(expected);
    expect(Object.keys(found.audiences)).toEqual(Object.keys(expected.audiences)); // the first is the default
  });

  function shared(scope: readonly string[], ...shares: (readonly [Api, readonly string[]])[]): Allowed {
    return { scope, audiences: Object.fromEntries(shares.map(([{ identifier }, share]) => [identifier, share])) };
  }

  it("is the client's own where it names none", () => {
    expect(read('', [contacts], { scope: ['write'] })).toEqual({ scope: ['write'], audiences: { [contacts.identifier]: ['write'] } });
  });

  it.each<readonly [string, string, readonly Api[], Pick<Client, 'scope'>]>([
    ['that no API has', 'delete', [contacts], {}],
    ['that partly no API has', 'read delete', [contacts], {}],
    ['that is spread over two APIs', 'write share', [contacts, calendar], {}],
    ['that is missing, where there is no default', '', [calendar], {}],
    ['that the client may not have', 'write', [contacts], { scope: ['read'] }],
    ['that the client may have in part', 'read write', [contacts], { scope: ['read'] }],
    ['named __proto__', '__proto__', [contacts], {}],
    ['about the user that the client may not have', 'read email', [contacts], { scope: ['read', 'openid'] }],
    ['that is called as we call a claim', 'claim:email', [contacts], {}],
  ])('is refused: one %s', (_, scope, apis, client) => {
    expect(() => read(scope, apis, client)).toThrow(refused);
  });

  it.each<readonly [string, string, readonly Api[], Pick<Client, 'scope'>, readonly Api[]]>([
    ['that another API has than the one that is named', 'share', [contacts, calendar], {}, [contacts]],
    ['that partly another API has than the one that is named', 'read share', [contacts, calendar], {}, [contacts]],
    ['that is missing, where the API that is named has no default', '', [contacts, calendar], {}, [calendar]],
    [
      "that is missing, where none of the client's own is of the API that is named",
      '',
      [contacts, calendar],
      { scope: ['write'] },
      [calendar],
    ],
  ])('is refused: one %s', (_, scope, apis, client, resources) => {
    expect(() => read(scope, apis, client, resources)).toThrow(refused);
  });

  it('says how to ask for what is spread over two APIs', () => {
    expect(() => read('write share', [contacts, calendar])).toThrow('name each of the APIs by the parameter resource');
  });
});

describe('the scope of a grant that gives one token', () => {
  const read = (scope: string, resources: readonly Api[] = []) =>
    readScopeAtOne(parametersOf(scope, resources), {} as Client, settingsOf([contacts, calendar]));

  it('is for one API', () => {
    expect(read('read', [calendar])).toEqual({ scope: ['read'], audience: calendar.identifier });
  });

  it('is refused for two', () => {
    expect(() => read('read', [calendar, contacts])).toThrow(expect.objectContaining({ code: 'invalid_target' }));
  });
});

describe('the scope of a refresh', () => {
  const narrow = (scope: string, granted: readonly string[]) => narrowScope(parseScope(scope), granted);

  it.each([
    ['all that was granted, if it names none', '', ['a', 'b'], ['a', 'b']],
    ['what it names', 'b', ['a', 'b'], ['b']],
    ['in the order that it names', 'b a', ['a', 'b'], ['b', 'a']],
  ])('is %s', (_, scope, granted, expected) => {
    expect(narrow(scope, granted)).toEqual(expected);
  });

  it.each(['c', 'a c', 'A', '"'])('is refused beyond what was granted: %s', (scope) => {
    expect(() => narrow(scope, ['a', 'b'])).toThrow(refused);
  });

  it('is never more than what was granted', () => {
    const words = fc.array(fc.constantFrom<string>('a', 'b', 'c', 'd'), { maxLength: 4 });
    fc.assert(
      fc.property(words, words, (asked, granted) => {
        try {
          return narrow(asked.join(' '), granted).every((one) => granted.includes(one));
        } catch {
          return asked.some((one) => !granted.includes(one));
        }
      }),
    );
  });
});
