import { describe, expect, it } from '@jest/globals';
import { Parameters } from '../../lib/http/parameters.js';
import type { Client } from '../../lib/model/client.js';
import { responseModes } from '../../lib/response-modes/index.js';
import { responseTypes } from '../../lib/response-types/index.js';
import { allResponseTypes, chooseMode, normalizeResponseType, readResponseMode, readResponseType } from '../../lib/rules/response-type.js';
import fc from '../support/fast-check.js';

const all = ['code', 'code id_token', 'code id_token token', 'code token', 'id_token', 'id_token token', 'none', 'token'];

describe('a response type', () => {
  it('is any combination of code, id_token and token, or none alone', () => {
    expect([...allResponseTypes(responseTypes)].sort()).toEqual(all);
  });

  it('is the same, in whatever order its words stand', () => {
    const shuffled = fc.constantFrom(...all).chain((type) => {
      const words = type.split(' ');
      return fc.shuffledSubarray(words, { minLength: words.length }).map((order) => [type, order.join(' ')] as const);
    });
    fc.assert(fc.property(shuffled, ([type, spelling]) => normalizeResponseType(spelling, responseTypes) === type));
  });

  it.each(['', ' ', 'device', 'code code', 'code none', 'none none', 'code  token', ' code', 'code ', 'CODE', 'code,token', 'code\ttoken'])(
    'is not %j',
    (type) => {
      expect(normalizeResponseType(type, responseTypes)).toBeUndefined();
    },
  );

  it('is found out only if it is one', () => {
    const words = fc.array(fc.constantFrom('code', 'token', 'id_token', 'none', 'device', ''), { maxLength: 4 });
    fc.assert(
      fc.property(words, (list) => {
        const type = normalizeResponseType(list.join(' '), responseTypes);
        return type === undefined || all.includes(type);
      }),
    );
  });
});

describe('the response_type of a request', () => {
  const read = (response_type: string, registered: readonly string[], scope = ['openid']) =>
    readResponseType(new Parameters([['response_type', response_type]]), { response_types: registered } as Client, scope, responseTypes);

  it('is the one that is asked for, by the name that the client has registered', () => {
    expect(read('token id_token code', ['code id_token token'])).toEqual({ response_type: 'code id_token token' });
  });

  it.each([
    ['unsupported_response_type', 'is not known', 'device', all, ['openid']],
    ['unauthorized_client', 'is not registered', 'token', ['code'], ['openid']],
    ['unauthorized_client', 'is part of one that is registered', 'code', ['code id_token'], ['openid']],
    ['invalid_scope', 'has an ID token, without the scope openid', 'id_token token', all, ['read']],
    ['invalid_request', 'is missing', '', all, ['openid']],
  ])('is refused with %s, if it %s', (code, _, response_type, registered, scope) => {
    expect(() => read(response_type, registered, scope)).toThrow(expect.objectContaining({ code }));
  });
});

describe('the response_mode', () => {
  const choose = (asked: string | undefined, type: string) => chooseMode(asked, type, responseTypes, responseModes);

  it.each([
    ['code', undefined, 'query'],
    ['none', undefined, 'query'],
    ['token', undefined, 'fragment'],
    ['id_token', undefined, 'fragment'],
    ['code token', undefined, 'fragment'],
    ['code', 'fragment', 'fragment'],
    ['code', 'form_post', 'form_post'],
    ['id_token token', 'form_post', 'form_post'],
    ['id_token token', 'query', 'fragment'],
    ['code id_token', 'query', 'fragment'],
    ['code', 'web_message', 'query'],
    ['id_token', 'web_message', 'fragment'],
    ['what nobody knows', undefined, 'query'],
    ['what nobody knows with a token', 'query', 'fragment'],
  ])('for %s, %s being asked for, is %s', (type, asked, mode) => {
    expect(choose(asked, type)).toBe(mode);
  });

  it('never brings a token into a query', () => {
    const modes = fc.option(fc.constantFrom('query', 'fragment', 'form_post', 'jwt'), { nil: undefined });
    fc.assert(fc.property(fc.constantFrom(...all), modes, (type, mode) => !/token/.test(type) || choose(mode, type) !== 'query'));
  });

  it.each([
    ['code', 'query.jwt', /not known/],
    ['token', 'query', /must not carry tokens/],
  ])('is refused for %s as %s', (type, mode, sentence) => {
    const read = () => readResponseMode(new Parameters([['response_mode', mode]]), type, responseTypes, responseModes);
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(sentence) }));
  });
});
