/** The option `passkeys`: each mistake with its path and its cure. */
import { describe, expect, it } from '@jest/globals';
import { readOptions } from '../../lib/config/check.js';
import { ConfigurationError, type ConfigurationProblem } from '../../lib/errors.js';
import { createServer } from '../../lib/server.js';

const known = {
  grantTypes: ['authorization_code', 'refresh_token'],
  responseTypes: [{ name: 'code', grantTypes: ['authorization_code'] }],
  authMethods: [{ name: 'none', needs: 'nothing' as const }],
};
const authenticate = () => null;
const options = {
  issuer: 'https://login.example.co.uk',
  secrets: ['hvR5tT0ne2xU8Jk3yq9LwZ6bMd1sFg4c'],
  clients: [{ client_id: 'spa', redirect_uris: ['https://spa.example.com/'] }],
  users: { authenticate },
  apis: { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } },
};

const read = (passkeys: unknown, changes: Record<string, unknown> = {}) =>
  readOptions({ ...options, passkeys, ...changes }, known).settings.passkeys;

function problemsOf(passkeys: unknown, changes: Record<string, unknown> = {}): readonly ConfigurationProblem[] {
  try {
    read(passkeys, changes);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error('There was nothing wrong.');
}

const current = () => null;
const table = { find() {}, list() {}, add() {}, update() {}, remove() {} };

describe('passkeys', () => {
  it.each([undefined, false])('are off by %p', (passkeys) => {
    expect(read(passkeys)).toBeUndefined();
  });

  it.each([true, {}])('work for the host of the issuer, and are offered, by %p', (passkeys) => {
    expect(read(passkeys)).toEqual({ rpId: 'login.example.co.uk', offer: true });
  });

  it('may have a table, a domain above, a class of their own, and no offer', () => {
    const all = { store: table, rpId: 'example.co.uk', acr: 'urn:example:passkey', offer: false };
    expect(read(all)).toEqual(all);
  });

  it('work on localhost', () => {
    expect(read(true, { issuer: 'http://localhost:3000' })).toEqual({ rpId: 'localhost', offer: true });
  });

  it.each([
    ['a word', 'yes', ['passkeys']],
    ['a slip', { rpID: 'example.co.uk' }, ['passkeys.rpID']],
    ['a table that lacks something', { store: { find() {}, list() {} } }, ['passkeys.store']],
    ['a word for a function', { mayEnrol: true }, ['passkeys.mayEnrol']],
    ['another domain', { rpId: 'example.com' }, ['passkeys.rpId']],
    ['a domain below', { rpId: 'deep.login.example.co.uk' }, ['passkeys.rpId']],
    ['a domain that ends alike', { rpId: 'n.example.co.uk' }, ['passkeys.rpId']],
    ['a suffix of everybody', { rpId: 'uk' }, ['passkeys.rpId']],
    ['a URL', { rpId: 'https://example.co.uk' }, ['passkeys.rpId']],
    ['no domain', { rpId: '' }, ['passkeys.rpId']],
    ['two classes', { acr: 'one two' }, ['passkeys.acr']],
    ['an offer in words', { offer: 'yes' }, ['passkeys.offer']],
  ])('cannot be %s', (_, passkeys, paths) => {
    expect(problemsOf(passkeys).map(({ path }) => path)).toEqual(paths);
  });

  it.each(['http://127.0.0.1:3000', 'http://[::1]:3000'])('do not work at %s, and the cure is told', (issuer) => {
    expect(problemsOf(true, { issuer })).toEqual([
      { path: 'passkeys', problem: expect.stringContaining('passkeys work for domains alone'), cure: expect.stringContaining('localhost') },
    ]);
  });

  it.each([
    { current, loginUrl: '/login' },
    { authenticate: undefined, current, loginUrl: '/login' },
  ])('need the login page that is built in: %p', (users) => {
    expect(problemsOf(true, { users }).map(({ path }) => path)).toEqual(['passkeys']);
  });

  it.each([
    [{ authenticate }, 1],
    [{ authenticate, find: () => null }, 0],
  ])('without users.find are warned of: %p', (users, count) => {
    const warnings: string[] = [];
    createServer({ ...options, users, passkeys: true, log: { warn: (line: string) => warnings.push(line), error() {} } });
    expect(warnings.filter((line) => line.includes('passkeys'))).toHaveLength(count);
  });
});
