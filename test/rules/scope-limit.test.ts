/** Whose registered scope is a limit, and whose is only where they begin. RFC 7591 section 2. */
import { expect, it } from '@jest/globals';
import type { Settings } from '../../lib/contracts.js';
import { Parameters } from '../../lib/http/parameters.js';
import type { Client } from '../../lib/model/client.js';
import { readScope } from '../../lib/rules/scope.js';

const api = 'https://app.example.com/api';
const asking = (scope: string) => new Parameters(new URLSearchParams({ scope }));

function settings(issuers: readonly string[] = []): Settings {
  const scopes = new Map(['read', 'write'].map((name) => [name, { description: name, optional: false }]));
  return {
    issuer: 'https://app.example.com',
    apis: new Map([[api, { identifier: api, scopes, defaultScopes: ['read'] }]]),
    registration: { softwareStatements: new Map(issuers.map((issuer) => [issuer, {}])) },
  } as unknown as Settings;
}

const client = (source: Client['source']) => ({ source, scope: ['read'] }) as unknown as Client;

it.each<[string, Client['source'], readonly string[], string]>([
  ['that has registered itself', 'registered', [], 'read write'],
  ['that has a document', 'document', [], 'read write'],
  ['that somebody vouches for', 'registered', ['https://store.example.com'], 'read'],
])('a client %s', (_, source, issuers, granted) => {
  expect(readScope(asking('read write'), client(source), settings(issuers)).scope.join(' ')).toBe(granted);
});

it('a client that the host has set up', () => {
  expect(() => readScope(asking('read write'), client('host'), settings())).toThrow('The scope is beyond what this client may ask for.');
});

it.each(['registered', 'document'] as const)('who asks for nothing gets what it has registered: %s', (source) => {
  expect(readScope(new Parameters(new URLSearchParams()), client(source), settings()).scope).toEqual(['read']);
});

it('offline_access, which clients add by themselves, is left out where they may not have it, and refuses nothing', () => {
  expect(readScope(asking('read offline_access'), client('host'), settings()).scope).toEqual(['read']);
});
