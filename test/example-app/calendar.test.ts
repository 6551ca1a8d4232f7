/** Calendar where things go wrong, in front of a Contacts that does what a test tells it to. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startCalendar } from '../../example-app/calendar/server.js';
import { Agent } from '../support/agent.js';
import { listen } from '../support/server.js';

type Answer = (res: ServerResponse) => void;

let answers: Record<string, Answer>;
let contacts: Server;
let issuer: string;
let calendar: Awaited<ReturnType<typeof startCalendar>>;
let agent: Agent;

beforeEach(async () => {
  contacts = createServer((req, res) => answers[new URL(req.url ?? '', 'http://localhost').pathname]?.(res));
  issuer = await listen(contacts);
  answers = {
    '/.well-known/oauth-authorization-server': json(200, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      response_types_supported: ['code'],
    }),
    '/token': json(200, { access_token: 'first', token_type: 'Bearer', expires_in: 600, refresh_token: 'one' }),
    '/api/contacts': json(200, { contacts: [{ name: '<b>Dinah</b>', birthday: '1862-05-04' }] }),
  };
  calendar = await startCalendar({ port: 0, issuer });
  agent = new Agent(calendar.url);
});

afterEach(async () => {
  await calendar.close();
  contacts.closeAllConnections();
  contacts.close();
});

describe('what Contacts says', () => {
  it('is shown as text, whatever it is', async () => {
    await connected();
    const html = await (await agent.get('/')).text();
    expect(html).toContain('<bdi>&lt;b&gt;Dinah&lt;/b&gt;</bdi>');
    expect(html).not.toContain('<b>Dinah');
  });

  it.each([
    ['nothing', null],
    ['no list', { contacts: 5 }],
    ['odd entries', { contacts: [null, 5, { name: 5 }, { name: 'Dinah', birthday: 'in spring' }] }],
  ])('may be %s', async (_, body) => {
    answers['/api/contacts'] = json(200, body);
    await connected();
    expect(await pageAt('/')).toEqual([200, 'Your contacts are connected']);
  });
});

describe('when Contacts', () => {
  it('cannot be reached, Calendar says so, and goes on as soon as it can', async () => {
    const { port } = new URL(issuer);
    contacts.closeAllConnections();
    contacts.close();
    expect(await pageAfter('/connect')).toEqual([502, 'Contacts cannot be reached']);
    contacts.listen(Number(port), '127.0.0.1');
    expect((await agent.post('/connect', {})).headers.get('location')).toContain(`${issuer}/authorize?`);
  });

  it.each<[string, Answer]>([
    ['has no metadata', json(404, {})],
    ['answers with a page', (res) => void res.setHeader('content-type', 'text/html').end('<h1>Hello</h1>')],
    ['is another issuer', json(200, { issuer: 'http://localhost:1' })],
  ])('%s, Calendar says so', async (_, answer) => {
    answers['/.well-known/oauth-authorization-server'] = answer;
    expect(await pageAfter('/connect')).toEqual([502, 'Contacts gave an unexpected answer']);
  });

  it.each<[string, Answer, string]>([
    ['refuses the code', json(400, { error: 'invalid_grant' }), 'Contacts refused'],
    ['is busy', json(503, { error: 'temporarily_unavailable' }), 'Contacts has a problem'],
    ['fails', (res) => void res.writeHead(500).end(), 'Contacts has a problem'],
    ['gives no token', json(200, {}), 'Contacts gave an unexpected answer'],
    ['hangs up', (res) => void res.destroy(), 'Contacts cannot be reached'],
  ])('%s, Calendar says so', async (_, answer, heading) => {
    answers['/token'] = answer;
    expect(await pageAt(await answered({ code: 'a code' }))).toEqual([502, heading]);
  });

  it('refuses the request, Calendar repeats its reason', async () => {
    const callback = await answered({ error: 'invalid_scope', error_description: 'No such thing.' });
    const answer = await agent.get(callback);
    expect(answer.status).toBe(502);
    expect(await answer.text()).toMatch(/No such thing\.[\s\S]*invalid_scope/);
  });

  it.each<[string, Answer, string]>([
    ['fails', json(500, {}), 'Contacts has a problem'],
    ['moved', json(404, {}), 'Contacts gave an unexpected answer'],
    [
      'wants another scope',
      (res) => void res.writeHead(403, { 'www-authenticate': 'Bearer error="insufficient_scope"' }).end(),
      'Contacts refused',
    ],
  ])('%s when the API is called, the connection stays', async (_, answer, heading) => {
    await connected();
    answers['/api/contacts'] = answer;
    expect(await pageAfter('/call')).toEqual([502, heading]);
    expect(await pageAt('/')).toEqual([200, 'Your contacts are connected']);
  });
});

describe('an access token that has expired', () => {
  it('is replaced, and the API is called again', async () => {
    await connected();
    answers['/api/contacts'] = (res) => {
      answers['/api/contacts'] = json(200, { contacts: [{ name: 'The Walrus', birthday: '1871-12-27' }] });
      res.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
    };
    expect((await agent.post('/call', {})).status).toBe(303);
    expect(await (await agent.get('/')).text()).toContain('The Walrus');
  });
});

describe('a refresh token that has expired', () => {
  it('ends the connection', async () => {
    await connected();
    answers['/token'] = json(400, { error: 'invalid_grant' });
    expect(await pageAfter('/refresh')).toEqual([502, 'The connection has ended']);
    expect(await pageAt('/')).toEqual([200, 'Never miss a birthday']);
  });
});

describe('an answer that nobody asked for', () => {
  it('is refused', async () => {
    expect(await pageAt('/callback?code=a&state=b')).toEqual([400, 'This answer belongs to no question']);
  });

  it('is refused in another browser than the one that asked', async () => {
    const callback = await answered({ code: 'a code' });
    agent = new Agent(calendar.url);
    expect(await pageAt(callback)).toEqual([400, 'This answer belongs to no question']);
  });

  it('is refused the second time', async () => {
    const callback = await answered({ code: 'a code' });
    expect((await agent.get(callback)).status).toBe(303);
    expect((await agent.get(callback)).status).toBe(400);
  });
});

describe('the buttons', () => {
  it.each(['cross-site', 'same-site'])('cannot be pressed by another page (%s)', async (site) => {
    expect((await agent.post('/connect', {}, { 'sec-fetch-site': site })).status).toBe(403);
  });

  it.each(['/refresh', '/call', '/disconnect'])('%s leads to the start where there is no connection', async (path) => {
    expect((await agent.post(path, {})).headers.get('location')).toBe('/');
  });
});

describe('another name of this host', () => {
  it('leads to the one that the cookie is for', async () => {
    const { headers } = await fetch(calendar.url.replace('localhost', '127.0.0.1'), { redirect: 'manual' });
    expect(headers.get('location')).toBe(calendar.url);
  });
});

function json(status: number, body: unknown): Answer {
  return (res) => void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Asks, and returns the address that Contacts would send the browser back to with this answer. */
async function answered(answer: Record<string, string>): Promise<string> {
  const asked = new URL((await agent.post('/connect', {})).headers.get('location') ?? '');
  return `/callback?${new URLSearchParams({ ...answer, state: asked.searchParams.get('state') ?? '' })}`;
}

async function connected(): Promise<void> {
  const { status } = await agent.get(await answered({ code: 'a code' }));
  if (status !== 303) throw new Error(`There is no connection: ${status}`);
}

async function pageAt(path: string): Promise<[number, string]> {
  return read(await agent.get(path));
}

async function pageAfter(path: string): Promise<[number, string]> {
  return read(await agent.post(path, {}));
}

async function read(answer: Response): Promise<[number, string]> {
  return [answer.status, /<h1>(.*?)<\/h1>/.exec(await answer.text())?.[1] ?? ''];
}
