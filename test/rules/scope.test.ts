import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Api } from '../../lib/contracts.js';
import { Parameters } from '../../lib/http/parameters.js';
import type { Client } from '../../lib/model/client.js';
import { narrowScope, parseScope, readScope } from '../../lib/rules/scope.js';

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

describe('the scope of an authorization request', () => {
  const issuer = 'https://app.example.com';
  const contacts = api('https://api.example.com/contacts', ['read', 'write'], ['read']);
  const calendar = api('https://api.example.com/calendar', ['read', 'share']);

  function api(identifier: string, scopes: readonly string[], defaultScopes: readonly string[] = []): Api {
    return { identifier, name: identifier, scopes: new Map(scopes.map((scope) => [scope, scope])), defaultScopes };
  }

  function read(scope: string, apis: readonly Api[], client: Pick<Client, 'scope'> = {}) {
    const settings = { issuer, apis: new Map(apis.map((one) => [one.identifier, one])) };
    return readScope(new Parameters([['scope', scope]]), client as Client, settings);
  }

  it.each([
    ['is for the API that has it', 'share', [contacts, calendar], { scope: ['share'], audience: calendar.identifier }],
    ['is for the first API that has all of it', 'read', [contacts, calendar], { scope: ['read'], audience: contacts.identifier }],
    ['is for the API that has all of it', 'read share', [contacts, calendar], { scope: ['read', 'share'], audience: calendar.identifier }],
    ['is the default of the first API', '', [contacts, calendar], { scope: ['read'], audience: contacts.identifier }],
    [
      'is for the issuer itself, if it is about the user alone',
      'openid email',
      [contacts],
      { scope: ['openid', 'email'], audience: issuer },
    ],
    [
      'is for the API, whatever is asked about the user besides',
      'openid share offline_access',
      [contacts, calendar],
      { scope: ['openid', 'share', 'offline_access'], audience: calendar.identifier },
    ],
  ])('%s', (_, scope, apis, expected) => {
    expect(read(scope, apis)).toEqual(expected);
  });

  it("is the client's own where it names none", () => {
    expect(read('', [contacts], { scope: ['write'] })).toEqual({ scope: ['write'], audience: contacts.identifier });
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
});

describe('the scope of a refresh', () => {
  const narrow = (scope: string, granted: readonly string[]) => narrowScope(new Parameters([['scope', scope]]), granted);

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
