/**
 * Nobody learns by our answers which accounts there are: those to known and to unknown names are the same, byte for byte, ask the store for the
 * same, and take the same time. What the host's own `authenticate` takes is the host's. RFC 6819 section 4.4.3.1 has the attack.
 *
 * The time is that of the processor, so that it does not depend on what else the machine does; known and unknown take turns.
 * `npm run enumeration` measures as often as it takes for a figure, and prints it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent, formField } from '../support/agent.js';
import { createAuthenticator } from '../support/authenticator.js';
import { measure, recordingStore } from '../support/recording-store.js';
import { alice, authorizeUrl, form, openPage, pkce, type TestServer, testServer, web } from '../support/server.js';

const tries = Number(process.env.ENUMERATION_TRIES ?? 150);

/** Of the median. What would give an account away, such as a hash or the check of a signature, is more. */
const mostApart = tries >= 10_000 ? 0.05 : 0.2;

/** A user who exists, and one who does not; as long as each other, so that pages are. */
const names = { known: 'alice', unknown: 'elvis' } as const;
type Which = keyof typeof names;

interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const questions = [
  'the login page, to a wrong password',
  'the login page, to a passkey with a wrong signature',
  'the password grant, to a wrong password',
  'the login page that an app fills in, with its ways to a new account and a new password',
] as const;

type Ask = (which: Which) => Promise<Response>;

const till = { client_id: 'till', client_secret: 'the secret of a first-party app', grant_types: ['password'] };
const owner = createAuthenticator('http://localhost');
const passkeyIds = { known: owner.id, unknown: createAuthenticator('http://localhost').id } as const;

const now = systemClock(); // and stays: a wait of a second is not over sooner for whoever is asked about later

let server: TestServer;
let asks: Readonly<Record<(typeof questions)[number], Ask>>;

beforeAll(async () => {
  server = await testServer({ options: options(), optionsAt: (url) => ({ passkeys: { store: passkeys(url) } }) });
  asks = await asksAt(server.url);
});

afterAll(() => server.close());

function options() {
  return {
    clients: [web, till],
    store: recordingStore(memoryStore(() => now)),
    limits: false as const, // who guesses so often would be refused, known or not; that is a test of its own below
    users: {
      authenticate: ({ username, password }: { username: string; password: string }) =>
        username === names.known && password === alice.password && { id: username },
      forgotPasswordUrl: '/forgot',
      createAccountUrl: '/sign-up',
    },
  };
}

/** One is there: that of the known user, whose public key is real, so that a signature is checked with it. */
function passkeys(url: string) {
  const made = createAuthenticator(url, passkeyIds.known);
  const attestation = JSON.parse(made.create(JSON.stringify({ challenge: 'x', rp: { id: 'localhost' }, user: { id: 'handle' } })));
  const passkey = {
    id: passkeyIds.known,
    sub: names.known,
    name: names.known,
    userHandle: 'handle',
    publicKey: publicKeyIn(attestation.response.attestationObject),
    counter: 0,
    rpId: 'localhost',
    transports: [],
    multiDevice: false,
    backedUp: false,
    created: 0,
    lastUsed: 0,
  };
  return {
    find: async (id: string) => (id === passkey.id ? passkey : undefined),
    list: async () => [],
    add: async () => true,
    update: async () => {},
    remove: async () => false,
  };
}

/** The COSE key stands at the end of the authenticator data, which stands at the end: 77 bytes for ES256. WebAuthn section 6.5.1. */
function publicKeyIn(attestationObject: string): string {
  const bytes = Buffer.from(attestationObject, 'base64url');
  const begin = bytes.lastIndexOf(Buffer.from('a5010203262001215820', 'hex'));
  return bytes.subarray(begin, begin + 77).toString('base64url');
}

async function asksAt(url: string): Promise<typeof asks> {
  const agent = new Agent(url);
  const { html, ticket, _csrf } = await openPage(agent, authorizeUrl(url, pkce().code_challenge));
  const [, asked = ''] = /data-options="([^"]+)"/.exec(html) ?? [];
  const challenge = formField(html, 'challenge');
  const stranger = createAuthenticator(url);
  const assertion = (which: Which) =>
    stranger.get(asked.replaceAll('&#34;', '"').replaceAll('&amp;', '&'), { id: passkeyIds[which], userHandle: 'handle' });
  return {
    'the login page, to a wrong password': (which) =>
      agent.post('/oauth/login', { ticket, _csrf, username: names[which], password: 'wrong' }),
    'the login page, to a passkey with a wrong signature': (which) =>
      agent.post('/oauth/login', { ticket, _csrf, challenge, passkey: assertion(which) }),
    'the password grant, to a wrong password': (which) => {
      const { client_id, client_secret } = till;
      const asked = { grant_type: 'password', scope: 'read:contacts', username: names[which], password: 'wrong' };
      return fetch(`${url}/oauth/token`, { method: 'POST', body: form({ client_id, client_secret, ...asked }) });
    },
    'the login page that an app fills in, with its ways to a new account and a new password': (which) =>
      agent.get(authorizeUrl('', 'a'.repeat(43), { login_hint: names[which] })),
  };
}

async function said(answer: Response): Promise<Said> {
  const { date: _, 'set-cookie': __, 'content-security-policy': csp = '', ...headers } = Object.fromEntries(answer.headers);
  return { status: answer.status, headers: { ...headers, csp: withoutTokens(csp) }, body: withoutTokens(await answer.text()) };
}

/** Tickets, nonces and the like are new each time; the name was typed by whoever asks. */
function withoutTokens(text: string): string {
  const names = /alice|elvis/g;
  return text
    .replace(/[\w-]{8,}\.[\w.-]{20,}|nonce[=-]["']?[\w-]+|[\w-]{16,}/g, (token) => '*'.repeat(token.length))
    .replace(names, 'name');
}

/** Microseconds of the processor. */
async function cost(act: () => Promise<Response>): Promise<number> {
  const before = process.cpuUsage();
  await (await act()).arrayBuffer();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

describe.each(questions)('the answer of %s', (question) => {
  const ask: Ask = (which) => asks[question](which);

  it('is the same to a known name as to an unknown one, byte for byte', async () => {
    const known = await said(await ask('known'));
    expect(await said(await ask('unknown'))).toEqual(known);
    expect(known.body.length).toBeGreaterThan(50);
  });

  it('takes the same commands of the store', async () => {
    const known = await measure(() => ask('known'));
    const unknown = await measure(() => ask('unknown'));
    expect(unknown.commands).toEqual(known.commands);
  });

  it(
    'takes the same time',
    async () => {
      let apart = 1;
      // Noise comes and goes; what gives accounts away does so each time.
      for (let measured = 0; measured < 3 && apart >= mostApart; measured += 1) apart = await difference(question, ask);
      expect(apart).toBeLessThan(mostApart);
    },
    90_000 + tries * 180,
  );
});

/** By how much the medians differ, as a part of the larger one. */
async function difference(question: string, ask: Ask): Promise<number> {
  const costs = { known: [] as number[], unknown: [] as number[] };
  for (let i = 0; i < tries + 20; i += 1) {
    const order: readonly Which[] = i % 2 === 0 ? ['known', 'unknown'] : ['unknown', 'known']; // whoever is second pays for the first
    for (const which of order) {
      const spent = await cost(() => ask(which));
      if (i >= 20) costs[which].push(spent); // by then all is compiled
    }
  }
  const [known, unknown] = [median(costs.known), median(costs.unknown)];
  const apart = Math.abs(known - unknown) / Math.max(known, unknown);
  if (process.env.ENUMERATION_TRIES !== undefined) {
    process.stderr.write(`${question}: known ${known} µs, unknown ${unknown} µs, ${(apart * 100).toFixed(2)} % apart\n`);
  }
  return apart;
}

describe('what is counted', () => {
  it('is the same for both, and both are told to wait at the same time', async () => {
    const limited = await testServer({ options: { ...options(), limits: { login: 3 } } });
    const agent = new Agent(limited.url);
    const { ticket, _csrf } = await openPage(agent, authorizeUrl(limited.url, pkce().code_challenge));
    const ask = (which: Which) => agent.post('/oauth/login', { ticket, _csrf, username: names[which], password: 'wrong' });
    const answers = { known: [] as Said[], unknown: [] as Said[] };
    for (let i = 0; i < 5; i += 1) for (const which of ['known', 'unknown'] as const) answers[which].push(await said(await ask(which)));
    const { commands } = await measure(() => ask('known'));
    expect((await measure(() => ask('unknown'))).commands).toEqual(commands);
    await limited.close();
    expect(answers.known).toEqual(answers.unknown);
    expect(answers.known.map(({ status }) => status)).toEqual([422, 422, 422, 429, 429]);
  });
});
