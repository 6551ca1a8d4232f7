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

  it('are those that were asked for, whatever the host does to the list of them', async () => {
    const writing = (write: (names: string[]) => unknown) => ({
      claims(_sub: string, asked: { claims: string[] }) {
        write(asked.claims);
        return { ...alice, sub: 'bob' };
      },
    });
    for (const write of [(names: string[]) => names.push('sub', 'password'), (names: string[]) => names.splice(0)]) {
      expect(await claims(['email'], {}, writing(write))).toEqual(mail());
    }
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

  const cycle: Record<string, unknown> = {};
  cycle.itself = cycle;

  it.each<readonly [string, PropertyDescriptor]>([
    ['a BigInt', { value: 37n }],
    ['a cycle', { value: cycle }],
    ['a toJSON that throws', { value: { toJSON: broken } }],
    ['a getter that throws', { get: broken }],
  ])('that are %s name the function that gives them and the claim, and nothing of what it is', async (_, descriptor) => {
    const users = { claims: () => Object.defineProperty({ email: 'a' }, 'shoe_size', { enumerable: true, ...descriptor }) };
    const message = 'users.claims must give the claim shoe_size as something that can be written as JSON.';
    await expect(claims([], { shoe_size: null }, users)).rejects.toThrow(expect.objectContaining({ message, cause: expect.anything() }));
    expect(await claims(['email'], {}, users)).toEqual({ email: 'a' }); // what nobody asks for is not touched
  });

  it.each<readonly [string, unknown, object]>([
    ['a date', new Date(0), { it: '1970-01-01T00:00:00.000Z' }],
    ['an object that says how it is written', { id: 1, toJSON: () => 'one' }, { it: 'one' }],
    ['a list with gaps', [undefined, 1], { it: [null, 1] }],
    ['a number', 37, { it: 37 }],
    ['no number', Number.NaN, {}],
    ['no date', new Date(Number.NaN), {}],
    ['a function', () => 'one', {}],
    ['a symbol', Symbol('one'), {}],
  ])('that are %s are as JSON has it', async (_, it, expected) => {
    expect(await claims([], { it: null }, { claims: () => ({ it }) })).toEqual(expected);
  });

  it('cannot be replaced by who asks for the function that the host writes its users by', async () => {
    const users = { claims: () => ({ email: 'alice@example.com', toJSON: () => ({ sub: 'bob', password: 'secret' }) }) };
    const told = await claims(['email'], { toJSON: null }, users);
    expect(JSON.stringify({ sub: 'alice', ...told })).toBe('{"sub":"alice","email":"alice@example.com"}');
  });
});

function broken(): never {
  throw new Error('of the host');
}
