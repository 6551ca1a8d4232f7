import { describe, expect, it } from '@jest/globals';
import { Parameters } from '../../lib/http/parameters.js';
import type { AuthorizationRequest } from '../../lib/model/authorization.js';
import type { Client } from '../../lib/model/client.js';
import {
  needsAcr,
  readClaims,
  readDisplay,
  readHints,
  readMaxAge,
  readNonce,
  readPrompt,
  wantedAcr,
} from '../../lib/rules/authentication-request.js';
import fc from '../support/fast-check.js';

type Asked = Pick<AuthorizationRequest, 'claims' | 'acr_values'>;

const refused = expect.objectContaining({ code: 'invalid_request' });
const withOne = (name: string, value: string | undefined) => new Parameters(value === undefined ? [] : [[name, value]]);

describe('nonce', () => {
  it.each(['id_token', 'id_token token', 'code id_token', 'code id_token token'])(
    'is required for the response_type %s',
    (response_type) => {
      expect(() => readNonce(Parameters.none, response_type)).toThrow(refused);
      expect(readNonce(withOne('nonce', 'n'), response_type)).toEqual({ nonce: 'n' });
    },
  );

  it.each(['code', 'token', 'code token', 'none'])('may be left out for the response_type %s', (response_type) => {
    expect(readNonce(Parameters.none, response_type)).toEqual({});
  });
});

describe('prompt', () => {
  it.each([
    [undefined, []],
    ['none', ['none']],
    ['login', ['login']],
    ['consent login', ['consent', 'login']],
    ['login login', ['login']],
    [' select_account ', ['select_account']],
  ])('%j has the words %j', (prompt, words) => {
    expect(readPrompt(withOne('prompt', prompt))).toEqual({ prompt: words });
  });

  it.each(['none login', 'login none', 'LOGIN', 'create', 'login,consent'])('%j is refused', (prompt) => {
    expect(() => readPrompt(withOne('prompt', prompt))).toThrow(refused);
  });
});

describe('display', () => {
  it.each([undefined, 'page', 'popup', 'touch', 'wap'])('may be %s', (display) => {
    expect(readDisplay(withOne('display', display))).toEqual(display === undefined ? {} : { display });
  });

  it.each(['PAGE', 'tv', 'page popup'])('may not be %s', (display) => {
    expect(() => readDisplay(withOne('display', display))).toThrow(refused);
  });
});

describe('max_age', () => {
  const read = (max_age: string | undefined, default_max_age?: number) =>
    readMaxAge(withOne('max_age', max_age), { ...(default_max_age !== undefined && { default_max_age }) } as Client);

  it.each([
    ['0', undefined, { max_age: 0 }],
    ['60', undefined, { max_age: 60 }],
    ['9999999999', undefined, { max_age: 9_999_999_999 }],
    [undefined, undefined, {}],
    [undefined, 60, { max_age: 60 }],
    [undefined, 0, { max_age: 0 }],
    ['0', 60, { max_age: 0 }],
    ['100', 60, { max_age: 100 }],
  ])('of %s is, for a client with the default %s, %j', (max_age, byDefault, expected) => {
    expect(read(max_age, byDefault)).toEqual(expected);
  });

  it.each(['-1', '1.5', '1e3', 'soon', '0x10', '9'.repeat(16)])('of %s is refused', (max_age) => {
    expect(() => read(max_age)).toThrow(refused);
  });
});

describe('hints', () => {
  it('are taken as they are', () => {
    const hints = { login_hint: 'alice@example.com', acr_values: 'gold silver gold', claims_locales: 'fr-CA  en', ui_locales: 'fr' };
    expect(readHints(new Parameters(Object.entries(hints)), {} as Client)).toEqual({
      login_hint: 'alice@example.com',
      acr_values: ['gold', 'silver'],
      claims_locales: ['fr-CA', 'en'],
      ui_locales: ['fr'],
    });
  });

  it.each<readonly [Record<string, string>, object]>([
    [{}, { acr_values: ['silver'] }],
    [{ acr_values: 'gold' }, { acr_values: ['gold'] }],
  ])('%j is, for a client with default_acr_values, %j', (given, expected) => {
    expect(readHints(new Parameters(Object.entries(given)), { default_acr_values: ['silver'] } as unknown as Client)).toEqual(expected);
  });
});

describe('claims', () => {
  const read = (claims: unknown) => readClaims(withOne('claims', typeof claims === 'string' ? claims : JSON.stringify(claims)), {});

  it('are read with what section 5.5.1 knows, and without the rest', () => {
    const userinfo = { email: null, name: { essential: true, why: 'because' }, locale: { value: 'de' }, picture: { essential: false } };
    const id_token = { acr: { essential: true, values: ['gold', 'silver'] } };
    expect(read({ userinfo, id_token, other: { email: null } })).toEqual({
      claims: { userinfo: { email: null, name: { essential: true }, locale: { value: 'de' }, picture: {} }, id_token },
    });
  });

  it.each([[{}], [{ other: 1 }]])('of %j ask for nothing', (claims) => {
    expect(read(claims)).toEqual({ claims: {} });
  });

  it('that are not there are none', () => {
    expect(readClaims(Parameters.none, {})).toEqual({});
  });

  it('may be named as what every object has, and are still claims alone', () => {
    const { claims } = read('{"userinfo":{"__proto__":{"essential":true},"constructor":null}}');
    expect(Object.keys(claims?.userinfo ?? {})).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).essential).toBeUndefined();
  });

  it.each<unknown>([
    '{',
    'null',
    '1',
    [],
    { userinfo: [] },
    { userinfo: null },
    { id_token: 'email' },
    { userinfo: { email: true } },
    { userinfo: { email: [] } },
    { userinfo: { email: { values: 'a' } } },
  ])('of %j are refused', (claims) => {
    expect(() => read(claims)).toThrow(refused);
  });

  it('never throw anything but a refusal, whatever they are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          readClaims(new Parameters([['claims', text]]), {});
          return true;
        } catch (error) {
          return (error as { code?: string }).code === 'invalid_request';
        }
      }),
    );
  });
});

describe('the authentication context', () => {
  it.each<readonly [string, Asked, readonly unknown[] | undefined, readonly string[]]>([
    ['is wished for by acr_values', { acr_values: ['gold', 'silver'] }, undefined, ['gold', 'silver']],
    ['is needed by an essential value', { claims: { id_token: { acr: { essential: true, value: 'gold' } } } }, ['gold'], ['gold']],
    [
      'is needed by essential values, which come before acr_values',
      { acr_values: ['bronze'], claims: { id_token: { acr: { essential: true, values: ['gold', 'silver'] } } } },
      ['gold', 'silver'],
      ['gold', 'silver'],
    ],
    ['is not needed by a value that is not essential', { claims: { id_token: { acr: { value: 'gold' } } } }, undefined, []],
    ['may be any, where it is essential without a value', { claims: { id_token: { acr: { essential: true } } } }, undefined, []],
    ['is not needed by what userinfo is asked for', { claims: { userinfo: { acr: { essential: true, value: 'gold' } } } }, undefined, []],
  ])('%s', (_, request, needed, wanted) => {
    expect([needsAcr(request), wantedAcr(request)]).toEqual([needed, wanted]);
  });
});
