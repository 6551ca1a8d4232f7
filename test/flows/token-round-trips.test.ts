/** How often introspection, revocation and references have to wait for the store. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { measure, recordingStore } from '../support/recording-store.js';
import { web } from '../support/server.js';
import { calendar, clients, contacts, type TokenServer, tokenServer } from '../support/token-server.js';

let server: TokenServer;

beforeAll(async () => {
  const curious = { ...web, client_id: 'curious', introspects: [] };
  server = await tokenServer({ store: recordingStore(memoryStore(systemClock)), clients: [...clients, curious] });
  await server.tokens({ client_id: 'curious' }); // logs in, and loads the keys
});

afterAll(() => server.close());

const events = { resource: calendar, scope: 'read:events' };

describe('introspection', () => {
  it('of a JWT waits once', async () => {
    const { body } = await server.tokens({ resource: contacts });
    const { answer, trips, commands } = await measure(() => server.introspect(body.access_token));
    expect(answer.body.active).toBe(true);
    expect({ trips, commands }).toEqual({ trips: 1, commands: ['get ended', 'get ended'] }); // the token, and its authorization
  });

  it('of a reference waits once', async () => {
    const { body } = await server.tokens(events);
    const { answer, trips, commands } = await measure(() => server.introspect(body.access_token, 'calendar-api'));
    expect(answer.body.active).toBe(true);
    expect({ trips, commands }).toEqual({ trips: 1, commands: ['get authorization', 'get ended', 'get ended'] });
  });

  it('of a refresh token waits once', async () => {
    const { body } = await server.tokens({ client_id: 'curious' });
    const { answer, trips, commands } = await measure(() => server.introspect(body.refresh_token, 'curious'));
    expect(answer.body.active).toBe(true);
    expect({ trips, commands }).toEqual({ trips: 1, commands: ['get authorization'] });
  });

  it.each([
    ['garbage', 'garbage', 'contacts-api'],
    ['a forged refresh token', `AAAAAAAAAAAAAAAAAAAAAA.1.${'A'.repeat(43)}`, 'contacts-api'],
    ['a forged reference', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA', 'contacts-api'],
    ['anything, for who may not ask', 'garbage', 'web'],
  ])('of %s does not reach the store', async (_, token, client) => {
    const { commands } = await measure(() => server.introspect(token, client));
    expect(commands).toEqual([]);
  });
});

describe('revocation', () => {
  it.each([
    ['a JWT', { resource: contacts }],
    ['a reference', events],
  ])('of %s waits twice: to know it, and to end it', async (_, fields) => {
    const { body } = await server.tokens(fields);
    const { answer, trips, commands } = await measure(() => server.revoke(body.access_token));
    expect([answer.status, trips]).toEqual([200, 2]);
    expect(commands.filter((name) => !name.startsWith('get '))).toEqual(['link ended', 'put ended']);
  });

  /** A third time, since the record goes last: whoever tries again after a failure still finds it, and ends it all. */
  it('of a refresh token waits three times', async () => {
    const { body } = await server.tokens();
    const { answer, trips, commands } = await measure(() => server.revoke(body.refresh_token));
    expect([answer.status, trips]).toEqual([200, 3]);
    expect(commands).toEqual(['delete authorization', 'get authorization', 'link ended', 'put ended']);
  });

  it.each([
    ['garbage', 'garbage'],
    ['a forged refresh token', `AAAAAAAAAAAAAAAAAAAAAA.1.${'A'.repeat(43)}`],
  ])('of %s does not reach the store', async (_, token) => {
    const { answer, commands } = await measure(() => server.revoke(token));
    expect([answer.status, commands]).toEqual([200, []]);
  });
});

describe('a reference', () => {
  it('is checked by its API in one round trip', async () => {
    const { body } = await server.tokens(events);
    const { answer, trips } = await measure(() => server.callEvents(body.access_token));
    expect([answer, trips]).toEqual([200, 1]);
  });

  it('costs no more to issue than a JWT: a machine’s nothing, a refreshed one what the refresh does', async () => {
    expect((await measure(() => server.machineToken({ resource: calendar }))).commands).toEqual([]);
    const { body } = await server.tokens(events);
    const { trips, commands } = await measure(() => server.refresh(body.refresh_token));
    expect({ trips, commands }).toEqual({ trips: 2, commands: ['get authorization', 'swap authorization'] });
  });
});
