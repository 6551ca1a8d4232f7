import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findDocument } from '../../lib/clients/metadata-document.js';
import type { Server } from '../../lib/contracts.js';
import type { Client } from '../../lib/model/client.js';
import { createGuardedFetch, type GuardedFetch } from '../../lib/platform/fetch.js';
import { createServer as assemble } from '../../lib/server.js';
import { makeCertificates } from '../support/certificates.js';
import { testOptions } from '../support/server.js';

const url = 'https://agent.example/client.json';
const good = { client_name: 'Agent', redirect_uris: ['https://agent.example/callback'] };

let server: Server;
beforeAll(() => {
  server = assemble({ ...testOptions('http://localhost:3000'), metadataDocuments: true });
});

/** Reads what `answer` gives for a URL. */
function reader(answer: (client_id: string) => string, type = 'application/json') {
  const fetch = jest.fn<GuardedFetch>(async (asked) => ({ status: 200, headers: { 'content-type': type }, body: answer(asked) }));
  return { fetch, find: (client_id: string): Promise<Client | undefined> => findDocument(client_id, { ...server, fetch }) };
}

const itself = (client_id: string) => JSON.stringify({ client_id, ...good });

describe('the URL of a metadata document', () => {
  it.each([
    [url],
    ['https://agent.example/'],
    ['https://agent.example:8443/client'],
    ['https://agent.example/client?version=1'],
    ['https://xn--bcher-kva.example/client'],
    ['http://localhost:3001/client.json'],
  ])('may be %s', async (client_id) => {
    const { find, fetch } = reader(itself);
    expect(await find(client_id)).toMatchObject({ client_id, source: 'document', firstParty: false, pkce: true, authMethods: ['none'] });
    expect(fetch.mock.calls).toEqual([[client_id, { accept: 'application/json', maxBytes: 5_120 }]]);
  });

  it.each([
    ['https://agent.example', 'no path'],
    ['https://agent.example?a=b', 'no path'],
    ['https://agent.example/client#part', 'fragment'],
    ['https://agent.example/client#', 'fragment'],
    ['https://user:password@agent.example/client', 'user name or password'],
    ['https://@agent.example/client', 'user name or password'],
    ['https://agent.example/a/../client', 'plain form'],
    ['https://agent.example/./client', 'plain form'],
    ['https://agent.example/a/%2e%2E/client', 'plain form'],
    ['https://agent.example:443/client', 'plain form'],
    ['https://AGENT.example/client', 'plain form'],
    ['HTTPS://agent.example/client', 'plain form'],
    ['https://bücher.example/client', 'plain form'],
    ['https://agent.example\\client', 'no path'],
    ['https://agent.example/a client', 'plain form'],
    ['https://agent.example/client\n', 'plain form'],
    ['https:///agent.example/client', 'plain form'],
    ['https://2130706433/client', 'plain form'],
    [`https://agent.example/${'a'.repeat(479)}`, 'more than 500'],
  ])('may not be %s: %s', async (client_id, reason) => {
    const { find, fetch } = reader(itself);
    await expect(find(client_id)).rejects.toMatchObject({ code: 'invalid_client', message: expect.stringContaining(reason) });
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([['agent.example/client'], ['ftp://agent.example/client'], ['web'], ['']])(
    'is not %s, a name like any other',
    async (client_id) => {
      expect(await reader(itself).find(client_id)).toBeUndefined();
    },
  );
});

describe('the document', () => {
  it.each([
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['Application/JSON'],
    ['application/cimd+json'],
    ['application/ld.v1+json'],
  ])('may be served as %s', async (type) => {
    expect(await reader(itself, type).find(url)).toMatchObject({ client_id: url });
  });

  it.each([['text/json'], ['application/jsonp'], ['application/json-seq'], ['text/html; application/json'], ['']])(
    'may not be served as %p',
    async (type) => {
      await expect(reader(itself, type).find(url)).rejects.toThrow('does not answer with JSON');
    },
  );

  it('counts by its last word, where it says a thing twice', async () => {
    const twice = (first: string, last: string) => `{"client_id":"${first}",${JSON.stringify(good).slice(1, -1)},"client_id":"${last}"}`;
    expect(await reader(() => twice('https://evil.example/x', url)).find(url)).toMatchObject({ client_id: url });
    await expect(reader(() => twice(url, 'https://evil.example/x')).find(url)).rejects.toThrow('is another');
  });

  it('keeps nothing of what it says of our own affairs', async () => {
    const own = {
      firstParty: true,
      pkce: false,
      source: 'host',
      introspects: ['x'],
      vouched: true,
      secretHashes: ['x'],
      __proto__: { a: 1 },
    };
    const client = await reader((client_id) => JSON.stringify({ client_id, ...good, ...own })).find(url);
    expect(client).toMatchObject({ firstParty: false, pkce: true, source: 'document' });
    expect(Object.keys(client ?? {})).not.toEqual(expect.arrayContaining(['introspects']));
    expect(client?.secretHashes).toBeUndefined();
  });

  it('may be nested as deeply as it is long', async () => {
    const nested = `${'['.repeat(2_000)}${']'.repeat(2_000)}`;
    const { find } = reader((client_id) => `{"client_id":"${client_id}","contacts":${nested},${JSON.stringify(good).slice(1)}`);
    expect(await find(url)).toMatchObject({ client_name: 'Agent' });
  });

  it('is named by its host, where it says no name', async () => {
    const { find } = reader((client_id) => JSON.stringify({ client_id, redirect_uris: good.redirect_uris }));
    expect((await find(url))?.client_name).toBe('agent.example');
  });
});

it('is forgotten for others, so that many URLs take no more space than a thousand', async () => {
  const { find, fetch } = reader(itself);
  for (let i = 0; i <= 1_000; i += 1) await find(`https://agent.example/${i}`);
  await find('https://agent.example/1000');
  expect(fetch).toHaveBeenCalledTimes(1_001);
  await find('https://agent.example/0');
  expect(fetch).toHaveBeenCalledTimes(1_002);
});

describe('a name whose addresses change', () => {
  const { ca, cert, key } = makeCertificates('DNS:agent.test');
  const asked = jest.fn();
  const inside = createServer({ cert, key }, (req, res) => {
    asked(req.url);
    res.end('{}');
  });
  let port: number;

  beforeAll(async () => {
    await new Promise<void>((listening) => inside.listen(0, '127.0.0.1', listening));
    port = (inside.address() as AddressInfo).port;
  });
  afterAll(async () => {
    inside.closeAllConnections();
    await new Promise((closed) => inside.close(closed));
  });

  it.each([
    ['a private one at once', ['127.0.0.1']],
    ['IPv6, mapped', ['::ffff:127.0.0.1']],
    ['one, then another', ['192.0.2.1', '127.0.0.1']],
  ])('reaches nobody inside: %s', async (_, answers) => {
    const rest = [...answers];
    const lookup = async () => [{ address: rest.shift() ?? '127.0.0.1', family: 4 }];
    const fetch = createGuardedFetch({ ca, lookup, timeout: 0.5 });
    const found = findDocument(`https://agent.test:${port}/client.json`, { ...server, fetch });
    await expect(found).rejects.toMatchObject({ code: 'invalid_client' });
    await expect(findDocument('https://agent.test/client.json', { ...server, fetch })).rejects.toThrow('no public address');
    expect(asked).not.toHaveBeenCalled();
  });
});

it('is one of fifty at most that are asked for at a time; the next one is told to wait', async () => {
  let goOn = () => {};
  const slow = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const fetch = jest.fn<GuardedFetch>(async (asked) => {
    await slow;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: itself(asked) };
  });
  const find = (i: number) => findDocument(`https://agent.example/${i}`, { ...server, fetch });
  const waiting = Array.from({ length: 50 }, (_, i) => find(i));
  await expect(find(50)).rejects.toMatchObject({ code: 'invalid_client', message: expect.stringMatching(/Too many documents/) });
  goOn();
  expect((await Promise.all(waiting)).length).toBe(50);
  await expect(find(51)).resolves.toMatchObject({ client_id: 'https://agent.example/51' });
});
