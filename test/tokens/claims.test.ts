import { describe, expect, it } from '@jest/globals';
import type { Settings } from '../../lib/contracts.js';
import type { ClaimRequest } from '../../lib/model/authorization.js';
import type { Client } from '../../lib/model/client.js';
import type { Users } from '../../lib/model/user.js';
import { claimsFor } from '../../lib/tokens/claims.js';

const alice = {
  id: 'alice',
  name: 'Alice',
  'name#fr': 'Alice',
  email: 'alice@example.com',
  email_verified: false,
  picture: null,
  website: undefined,
  locale: '',
  iss: 'https://evil.example',
  password: 'secret',
};
const client = { client_id: 'web' } as Client;

function claims(scopes: readonly string[], named: Readonly<Record<string, ClaimRequest>> = {}, users: object = { find: () => alice }) {
  return claimsFor({ sub: 'alice', client, scopes, named }, { settings: { users: users as Users } as Settings });
}

describe('the claims', () => {
  it.each<readonly [string, readonly string[], Readonly<Record<string, ClaimRequest>>, object]>([
    ['of no scope are none', ['openid', 'read:contacts'], {}, {}],
    ['of a scope are those that the user has, false and empty ones too', ['profile', 'email'], {}, { ...names(), locale: '', ...mail() }],
    ['that are named are there besides', ['email'], { 'name#fr': null }, { ...mail(), 'name#fr': 'Alice' }],
    ['that are named come in every language, if none is said', [], { name: null }, names()],
    ['of the login are never those of the host', ['openid'], { iss: null, sub: null, acr: null }, {}],
    [
      'that are fields of the host alone are told to nobody',
      ['profile'],
      { password: null, id: { essential: true } },
      { ...names(), locale: '' },
    ],
    [
      'with another value are left out, also where the scope has them',
      ['email'],
      { email: { value: 'bob@example.com' } },
      { email_verified: false },
    ],
    ['with one of the values are told', [], { name: { values: ['Bob', 'Alice'] } }, names()],
  ])('%s', async (_, scopes, named, expected) => {
    expect(await claims(scopes, named)).toEqual(expected);
  });

  function names() {
    return { name: 'Alice', 'name#fr': 'Alice' };
  }

  function mail() {
    return { email: 'alice@example.com', email_verified: false };
  }

  it.each([
    ['nobody', { find: () => null }],
    ['a user who is not found', { find: async () => undefined }],
    ['a host that does not tell', {}],
  ])('of %s are none', async (_, users) => {
    expect(await claims(['profile'], {}, users)).toEqual({});
  });

  it('are asked of users.claims alone, where the host has it', async () => {
    const users = {
      find: () => alice,
      claims: (sub: string, { claims: wanted }: { claims: readonly string[] }) => ({ email: `${sub} was asked for ${wanted}` }),
    };
    expect(await claims(['email'], {}, users)).toEqual({ email: 'alice was asked for email,email_verified' });
  });

  it('of the host itself are told to who asks for them by name, where users.claims gives them', async () => {
    const users = { claims: () => ({ ...alice, shoe_size: 37 }) };
    expect(await claims([], { shoe_size: null }, users)).toEqual({ shoe_size: 37 });
  });

  it('are asked for as methods of the object of the host', async () => {
    class Accounts {
      readonly #email = 'alice@example.com';
      claims() {
        return { email: this.#email };
      }
    }
    expect(await claims(['email'], {}, new Accounts())).toEqual({ email: 'alice@example.com' });
  });

  it('that the host fails to find fail the request', async () => {
    await expect(claims(['email'], {}, { claims: () => Promise.reject(new Error('The database is away.')) })).rejects.toThrow('away');
  });
});
