import { describe, expect, it } from '@jest/globals';
import { readUser } from '../../lib/rules/user.js';

const read = (user: unknown) => readUser(user as null, 'users.find');

describe('a user', () => {
  it.each([null, undefined, false])('may be nobody: %s', (nobody) => {
    expect(read(nobody)).toBeUndefined();
  });

  it.each([
    ['sub', { sub: 'a', id: 'b' }, 'a'],
    ['id', { id: 'b' }, 'b'],
    ['a number as id', { id: 7 }, '7'],
    ['zero as id', { id: 0 }, '0'],
    ['a bigint as id', { id: 2n ** 64n }, '18446744073709551616'],
    ['a sub of 255 characters', { sub: 'a'.repeat(255) }, 'a'.repeat(255)],
    ['a sub that is null, and an id', { sub: null, id: 'b' }, 'b'],
  ])('is known by %s', (_, user, sub) => {
    expect(read(user)?.sub).toBe(sub);
  });

  it.each([
    ['name', { id: 'a', name: 'Alice', email: 'alice@example.com', username: 'ally' }, 'Alice'],
    ['email, without a name', { id: 'a', name: '', email: 'alice@example.com', username: 'ally' }, 'alice@example.com'],
    ['username, without an email', { id: 'a', email: null, username: 'ally' }, 'ally'],
    ['sub, without anything else', { id: 7 }, '7'],
  ])('is called by %s', (_, user, name) => {
    expect(read(user)?.name).toBe(name);
  });

  it('brings nothing else along', () => {
    expect(read({ id: 'a', password: 'secret', sid: 'x' })).toEqual({ sub: 'a', name: 'a' });
  });

  it('brings along what the host knows of the login', () => {
    const login = { auth_time: 1_700_000_000, acr: 'urn:example:silver', amr: ['pwd', 'otp'] };
    expect(read({ id: 'a', ...login })).toEqual({ sub: 'a', name: 'a', ...login });
  });

  it.each([
    ['milliseconds in an auth_time', { auth_time: 1_700_000_000.5 }],
    ['a date', { auth_time: new Date(0) }],
    ['an acr that is a number', { acr: 2 }],
    ['an amr that is no list', { amr: 'pwd' }],
  ])('does not bring along %s', (_, login) => {
    expect(read({ id: 'a', ...login })).toEqual({ sub: 'a', name: 'a' });
  });

  it.each<readonly [string, unknown]>([
    ['true', true],
    ['a number', 7],
    ['a string', 'alice'],
    ['a list', ['alice']],
    ['nothing to be known by', {}],
    ['an empty sub', { sub: '', id: 'a' }],
    ['a sub of 256 characters', { sub: 'a'.repeat(256) }],
    ['an object as id', { id: { toString: () => 'a' } }],
    ['true as id', { id: true }],
    ['NaN as id', { id: Number.NaN }],
    ['infinity as id', { id: Number.POSITIVE_INFINITY }],
    ['an id that a number cannot hold', { id: 2 ** 53 }],
  ])('is not %s, and the function of the host is named', (_, user) => {
    expect(() => read(user)).toThrow(/^users\.find must give null, or a user/);
  });
});
