import { describe, expect, it } from '@jest/globals';
import type { Api } from '../../lib/contracts.js';
import { Parameters } from '../../lib/http/parameters.js';
import type { Audiences } from '../../lib/model/authorization.js';
import { chooseAudience, onlyOne, readResources, scopeAt } from '../../lib/rules/resource.js';
import fc from '../support/fast-check.js';

const contacts = 'https://api.example.com/contacts';
const calendar = 'https://api.example.com/calendar';
const root = 'https://root.example.com';
const withSlash = 'https://slash.example.com/';
const urn = 'urn:example:api';
const issuer = 'https://app.example.com';

const settings = { apis: new Map([contacts, calendar, root, withSlash, urn].map((identifier) => [identifier, { identifier } as Api])) };
const invalidTarget = expect.objectContaining({ code: 'invalid_target' });

const read = (text: string) => readResources(new Parameters(new URLSearchParams(text)), settings);
const query = (...pairs: (readonly [string, string])[]) =>
  `${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value]))}`;

describe('the resources that a request names', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['none', 'scope=a', []],
    ['none, by an empty one', 'resource=', []],
    ['one', query(['resource', contacts]), [contacts]],
    ['several, in their order', query(['resource', calendar], ['resource', contacts]), [calendar, contacts]],
    ['one, twice', query(['resource', contacts], ['resource', contacts]), [contacts]],
    ['one that is no URL', query(['resource', urn]), [urn]],
    ['one by the older name', query(['audience', contacts]), [contacts]],
    ['one by both names', query(['audience', contacts], ['resource', contacts]), [contacts]],
    ['two, each by another name', query(['audience', contacts], ['resource', calendar]), [calendar, contacts]],
    ['an origin, that a parser gave a slash', query(['resource', `${root}/`]), [root]],
    ['a path, that a parser gave a slash', query(['resource', `${contacts}/`]), [contacts]],
    ['an origin, that lost its slash', query(['resource', withSlash.slice(0, -1)]), [withSlash]],
    ['an origin, both with its slash and without', query(['resource', root], ['resource', `${root}/`]), [root]],
  ])('are %s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each<readonly [string, string]>([
    ['unknown', 'https://other.example.com'],
    ['unknown, below one that is known', `${contacts}/1`],
    ['unknown, above one that is known', 'https://api.example.com/'],
    ['known but for a fragment', `${contacts}#a`],
    ['known but for a query', `${contacts}?a`],
    ['known but for its case', contacts.toUpperCase()],
    ['known but for a space', `${contacts} `],
    ['relative', '/contacts'],
    ['several in one', `${contacts} ${calendar}`],
    ['the name of a member of all objects', '__proto__'],
    ['a slash', '/'],
    ['an origin with two slashes', `${root}//`],
  ])('are refused, if one is %s', (_, resource) => {
    for (const name of ['resource', 'audience']) {
      expect(() => read(query([name, resource]))).toThrow(invalidTarget);
      expect(() => read(query([name, contacts], [name, resource]))).toThrow(invalidTarget);
    }
  });

  it('are told what there is, where they are refused', () => {
    expect(() => read('resource=x')).toThrow(
      expect.objectContaining({ mismatch: { what: 'resource', asked: 'x', fitting: [...settings.apis.keys()], source: 'known' } }),
    );
  });

  it('are never anything but an API that there is', () => {
    const near = fc.oneof(fc.webUrl(), fc.constantFrom(...settings.apis.keys(), `${root}/`), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(fc.array(near), (resources) => {
        try {
          return readResources(new Parameters(resources.map((one) => ['resource', one])), settings).every((one) => settings.apis.has(one));
        } catch (error) {
          return ['invalid_target', 'invalid_request'].includes((error as { code: string }).code);
        }
      }),
    );
  });
});

const allowed = {
  scope: ['openid', 'read', 'write', 'share', 'email'],
  audiences: { [contacts]: ['read', 'write'], [calendar]: ['read', 'share'] },
};

describe('what a token may do', () => {
  it.each<readonly [string, readonly string[]]>([
    [contacts, ['openid', 'read', 'write', 'email']],
    [calendar, ['openid', 'read', 'share', 'email']],
    [issuer, ['openid', 'email']],
  ])("at %s is the API's own and what is about the user, in the order of the request", (audience, scope) => {
    expect(scopeAt(audience, allowed)).toEqual(scope);
  });

  it('is never more than was allowed at that API', () => {
    const words = fc.subarray(['read', 'write', 'share', 'openid', 'email']);
    fc.assert(
      fc.property(words, words, words, (scope, one, other) => {
        const at = scopeAt(contacts, { scope, audiences: { [contacts]: one, [calendar]: other } });
        return at.every((word) => scope.includes(word) && (one.includes(word) || ['openid', 'email'].includes(word)));
      }),
    );
  });
});

describe('the API that a token is for', () => {
  const choose = (text: string, asked: readonly string[] = [], audiences: Audiences = allowed.audiences) =>
    chooseAudience(new Parameters(new URLSearchParams(text)), asked, { ...allowed, audiences }, settings);

  it.each<readonly [string, string, readonly string[], string]>([
    ['the first that was allowed, where the request says nothing', '', [], contacts],
    ['the one that is named', query(['resource', calendar]), [], calendar],
    ['the one that is named by the older name', query(['audience', calendar]), [], calendar],
    ['the one that is named, whatever the scope says', query(['resource', contacts]), ['share'], contacts],
    ['the one that has the scope', '', ['share'], calendar],
    ['the first that has the scope', '', ['read'], contacts],
    ['the one that has all of the scope', '', ['read', 'share'], calendar],
    ['the first that was allowed, where the scope is about the user', '', ['openid'], contacts],
    ['the first that was allowed, where none has all of the scope', '', ['write', 'share'], contacts],
  ])('is %s', (_, text, asked, audience) => {
    expect(choose(text, asked)).toBe(audience);
  });

  it('is this server, where no API was allowed', () => {
    expect(choose('', [], { [issuer]: [] })).toBe(issuer);
  });

  it.each<readonly [string, string]>([
    ['was not allowed', query(['resource', root])],
    ['does not exist', query(['resource', 'https://other.example.com'])],
    ['is one of two', query(['resource', contacts], ['resource', calendar])],
    ['is one of two, by two names', query(['resource', contacts], ['audience', calendar])],
    ['is this server, which is no API', query(['resource', issuer])],
  ])('is refused if it %s', (_, text) => {
    expect(() => choose(text)).toThrow(invalidTarget);
  });
});

describe('one audience', () => {
  it.each<readonly [readonly string[], string | undefined]>([
    [[], undefined],
    [['a'], 'a'],
  ])('of %j is %s', (audiences, only) => {
    expect(onlyOne(audiences)).toBe(only);
  });

  it('of two is refused', () => {
    expect(() => onlyOne(['a', 'b'])).toThrow(invalidTarget);
  });
});
