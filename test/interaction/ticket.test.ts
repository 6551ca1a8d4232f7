import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Settings } from '../../lib/contracts.js';
import { Parameters } from '../../lib/http/parameters.js';
import { needTicket, openTicket, type RequestTicket, sealPageTicket, sealTicket } from '../../lib/interaction/ticket.js';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import type { AuthorizationRequest } from '../../lib/model/authorization.js';
import type { Store } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';

let now: number;
let written: string[];
let server: TicketServer;
type TicketServer = globalThis.Parameters<typeof needTicket>[1];

beforeEach(() => {
  now = 1_000;
  written = [];
  const memory = memoryStore(() => now);
  const store: Store = {
    ...memory,
    put: (key, value, ttl) => {
      written.push(key);
      return memory.put(key, value, ttl);
    },
  };
  const settings = { lifetimes: { ticket: 3_600 } } as Settings;
  server = { store, secrets: deriveSecrets(['a secret of at least 32 characters']), clock: () => now, settings };
});

describe('a ticket', () => {
  it('carries a short request and writes nothing', async () => {
    const ticket = await sealTicket(request('short'), server);
    expect((await taken(ticket)).request).toEqual(request('short'));
    expect(written).toEqual([]);
  });

  it('leads to a request that is too long to carry', async () => {
    const long = request('x'.repeat(10_000));
    const ticket = await sealTicket(long, server);
    expect(ticket.length).toBeLessThan(500);
    expect((await taken(ticket)).request).toEqual(long);
  });

  it('keeps one copy of a long request, however often its page is shown', async () => {
    const long = request('x'.repeat(10_000));
    const { request: again } = await taken(await sealTicket(long, server));
    await sealTicket(again, server);
    expect(new Set(written).size).toBe(1);
  });

  it.each(['short', 'x'.repeat(10_000)])('says that it has expired, and what it was for', async (state) => {
    const ticket = await sealTicket(request(state), server);
    now += 3_600;
    expect(await taken(ticket)).toMatchObject({ expired: true, request: { client_id: 'web' } });
  });

  it('of another server is refused', async () => {
    const other = { ...server, secrets: deriveSecrets(['another secret of at least 32 characters']) };
    await expect(taken(await sealTicket(request('short'), other))).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('a ticket that is known here', () => {
  it.each(['short', 'x'.repeat(10_000)])('carries the same, and expires when its time has come', async (state) => {
    const ticket = await sealTicket(request(state), server);
    const first = await taken(ticket);
    expect(first.expired).toBe(false);
    expect(await taken(ticket)).toEqual(first);
    now += 3_600;
    expect(await taken(ticket)).toEqual({ ...first, expired: true });
  });

  it('says the same where it was sealed and where it has to be opened', async () => {
    const ticket = await sealTicket(request('short'), server, { chosen: 'ada', ...({ offered: undefined } as object) });
    const remembered = await openTicket(ticket, server);
    const opened = await openTicket(ticket, { secrets: deriveSecrets(['a secret of at least 32 characters']) });
    expect(opened).not.toBe(remembered);
    expect(opened).toStrictEqual(remembered);
  });

  it('is as it was whoever wrote to what was opened before', async () => {
    const acr_values = ['gold', 'silver'];
    const ticket = await sealTicket({ ...request('short'), acr_values }, server);
    const elsewhere = { ...server, secrets: deriveSecrets(['a secret of at least 32 characters']) };
    for (const opener of [server, server, elsewhere, elsewhere]) {
      const opened = (await openTicket(ticket, opener)) as unknown as { request: { acr_values: string[] } };
      expect(opened.request.acr_values).toEqual(['gold', 'silver']);
      opened.request.acr_values.pop();
    }
  });

  it('is refused once the request that it leads to is gone', async () => {
    const ticket = await sealTicket(request('x'.repeat(10_000)), server);
    await taken(ticket);
    for (const key of written) await server.store.delete(key);
    await expect(taken(ticket)).rejects.toMatchObject({ kind: 'tooOld' });
  });

  it('opens no other: one letter changed, and it is refused', async () => {
    const ticket = await sealTicket(request('short'), server);
    await taken(ticket);
    const changed = `${ticket.slice(0, -2)}${ticket.at(-2) === 'A' ? 'B' : 'A'}${ticket.slice(-1)}`;
    await expect(taken(changed)).rejects.toMatchObject({ kind: 'damaged' });
  });

  it('is refused by a server with another secret, in the same process', async () => {
    const ticket = await sealTicket(request('short'), server);
    await taken(ticket);
    server = { ...server, secrets: deriveSecrets(['another secret of at least 32 characters']) };
    await expect(taken(ticket)).rejects.toMatchObject({ kind: 'damaged' });
  });
});

describe('the ticket of a page', () => {
  it('leads there, and keeps its marks', async () => {
    const ticket = await sealPageTicket('apps', server, { basePath: '/oauth' });
    expect(await taken(ticket)).toEqual({ page: 'apps', basePath: '/oauth' });
  });

  it('does so however old it is, and writes nothing', async () => {
    const ticket = await sealPageTicket('apps', server);
    now += 1_000_000;
    expect(await taken(ticket)).toEqual({ page: 'apps' });
    expect(written).toEqual([]);
  });
});

function taken(ticket: string): Promise<RequestTicket> {
  return needTicket(new Parameters([['ticket', ticket]]), server) as Promise<RequestTicket>;
}

function request(state: string): AuthorizationRequest {
  return {
    client_id: 'web',
    redirect_uri: 'https://client.example.com/callback',
    response_type: 'code',
    response_mode: 'query',
    state,
    scope: ['read:contacts'],
    audiences: { 'https://api.example.com': ['read:contacts'] },
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    prompt: [],
    received_at: 1_700_000_000,
  };
}
