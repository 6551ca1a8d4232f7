/** Making a passkey and signing in with one, against answers that are forged. WebAuthn Level 3 sections 7.1, 7.2 and 13.4. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { Server } from '../../lib/contracts.js';
import type { Answer } from '../../lib/interaction/passkey-answer.js';
import { checkAssertion, creationQuestion, enrol, findOrphan, requestQuestion } from '../../lib/interaction/passkey-ceremony.js';
import { passkeyName, passkeysOf } from '../../lib/interaction/passkeys.js';
import type { Passkey } from '../../lib/model/passkey.js';
import type { Store } from '../../lib/model/store.js';
import { systemRandom } from '../../lib/platform/random.js';
import { createServer } from '../../lib/server.js';
import { memoryStore } from '../../lib/store/memory.js';
import { type Authenticator, createAuthenticator, flag, type Lies } from '../support/authenticator.js';
import { testOptions } from '../support/server.js';

const origin = 'https://login.example.com';
const alice = { sub: 'alice', name: 'Alice' };
const bob = { sub: 'bob', name: 'Bob' };
const { userPresent, userVerified, backupEligible, backedUp } = flag;

let now: number;
let told: unknown[];
let warnings: string[];
let store: Store;
let server: Server;
let authenticator: Authenticator;

beforeEach(() => {
  now = 1_700_000_000;
  store = memoryStore(() => now);
  server = start({ store });
  authenticator = createAuthenticator(origin);
});

function start(options: Partial<OAuthRouterOptions> = {}): Server {
  told = [];
  warnings = [];
  const log = { warn: (message: string) => void warnings.push(message), error: () => {} };
  const users = { authenticate: () => null, find: (sub: string) => ({ sub }) };
  const all = { ...testOptions(origin), users, passkeys: true, log, ...options };
  const made = createServer(all, { clock: () => now, random: systemRandom });
  return { ...made, emit: (name, details) => void told.push({ name, ...(typeof details === 'function' ? details() : details) }) };
}

function settings() {
  if (!server.settings.passkeys) throw new Error('They are off.');
  return server.settings.passkeys;
}

async function askToCreate(user = alice) {
  return creationQuestion(user, await passkeysOf(server).list(user.sub), settings(), server);
}

async function make(lies: Lies = {}, user = alice): Promise<Passkey | undefined> {
  const { options, challenge } = await askToCreate(user);
  return enrol({ challenge, passkey: authenticator.create(options, lies) }, user, server);
}

async function use(lies: Lies = {}): Promise<Passkey | undefined> {
  return checkAssertion(await assertion(lies), server);
}

async function assertion(lies: Lies = {}): Promise<{ challenge: string; passkey: string }> {
  const { options, challenge } = await requestQuestion(settings(), server);
  return { challenge, passkey: authenticator.get(options, lies) };
}

/** The same answer with other members in its `response`. */
function altered(passkey: string, members: Record<string, unknown>): string {
  const parsed = JSON.parse(passkey) as { response: object };
  return JSON.stringify({ ...parsed, response: { ...parsed.response, ...members } });
}

function responseOf(passkey: string): Record<string, string> {
  return (JSON.parse(passkey) as { response: Record<string, string> }).response;
}

/** With one bit turned over. */
function bent(text: string | undefined): string {
  const bytes = Buffer.from(text ?? '', 'base64url');
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return bytes.toString('base64url');
}

describe('what the browser is asked', () => {
  it('to sign in tells nobody who has a passkey, and demands that the user shows who they are', async () => {
    const { options } = await requestQuestion(settings(), server);
    expect(JSON.parse(options)).toEqual({
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      rpId: 'login.example.com',
      allowCredentials: [],
      userVerification: 'required',
      timeout: 300_000,
    });
  });

  it('to make one names the user by nothing that another service could know, and what is there already', async () => {
    await make();
    const { options } = await askToCreate();
    expect(JSON.parse(options)).toEqual({
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      rp: { id: 'login.example.com', name: 'login.example.com' },
      user: { id: expect.stringMatching(/^[\w-]{43}$/), name: 'Alice', displayName: 'Alice' },
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: [{ type: 'public-key', id: authenticator.id, transports: ['internal'] }],
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
      timeout: 300_000,
    });
    expect(options).not.toContain(Buffer.from('alice').toString('base64url'));
  });

  it('is never the same twice', async () => {
    const [one, other] = [await requestQuestion(settings(), server), await requestQuestion(settings(), server)];
    expect(one.options).not.toBe(other.options);
  });

  it('calls the user the same for all passkeys, though the secrets have changed; and every user something else', async () => {
    const userOf = async (user = alice) => (JSON.parse((await askToCreate(user)).options) as { user: { id: string } }).user.id;
    await make();
    const before = await userOf();
    server = start({ store, secrets: ['another secret of more than 32 characters'] });
    expect([await userOf(), (await userOf(bob)) === before]).toEqual([before, false]);
  });

  it('writes nothing into the store', async () => {
    const refuse = () => Promise.reject(new Error('It writes.'));
    const store = { ...server.store, put: refuse, add: refuse, swap: refuse, link: refuse };
    await expect(requestQuestion(settings(), { ...server, store })).resolves.toBeDefined();
    await expect(creationQuestion(alice, [], settings(), { ...server, store })).resolves.toBeDefined();
  });
});

describe('a passkey', () => {
  it('is made once, and signs its user in', async () => {
    const made = await make({ flags: userPresent | userVerified | backupEligible | backedUp });
    expect(made).toMatchObject({
      id: authenticator.id,
      sub: 'alice',
      name: 'Alice',
      multiDevice: true,
      backedUp: true,
      rpId: settings().rpId,
    });
    now += 60;
    const used = await use({ flags: userPresent | userVerified | backupEligible, counter: 3 });
    expect(used).toMatchObject({ sub: 'alice', created: now - 60, lastUsed: now, counter: 3, backedUp: false });
    expect(await passkeysOf(server).list('alice')).toEqual([used]);
  });

  it('is told of by a name that is not its own', async () => {
    await make();
    expect(told).toEqual([{ name: 'passkey.added', sub: 'alice', passkey: passkeyName(authenticator.id) }]);
    expect(passkeyName(authenticator.id)).not.toContain(authenticator.id);
  });

  it('signs in for as long as it is used once in five years', async () => {
    await make();
    for (let year = 4; year <= 12; year += 4) {
      now += 4 * 365 * 86_400;
      expect(await use()).toBeDefined();
    }
    now += 5 * 365 * 86_400;
    expect(await use()).toBeUndefined();
  });

  it('goes on to sign in after the secrets have changed', async () => {
    await make();
    server = start({ store, secrets: ['another secret of more than 32 characters'] });
    expect(await use()).toMatchObject({ sub: 'alice' });
  });

  it('of a domain above that of the issuer is good there', async () => {
    server = start({ passkeys: { rpId: 'example.com' } });
    await make();
    expect(await use()).toMatchObject({ sub: 'alice', rpId: 'example.com' });
  });

  it('is kept under the name that its authenticator was given, though another was made in between under new secrets', async () => {
    const { options, challenge } = await askToCreate();
    const passkey = authenticator.create(options);
    const first = authenticator;
    server = start({
      store,
      secrets: ['another secret of more than 32 characters', ...(testOptions(origin).secrets as string[])],
    });
    authenticator = createAuthenticator(origin);
    await make();
    expect(await enrol({ challenge, passkey }, alice, server)).toBeDefined();
    authenticator = first;
    expect(await use()).toMatchObject({ sub: 'alice' });
  });

  it('that was removed signs nobody in', async () => {
    await make();
    await passkeysOf(server).remove(authenticator.id, 'alice');
    expect(await use()).toBeUndefined();
  });

  it('of another domain, in a table that several servers share, signs nobody in here', async () => {
    await make();
    server = start({ store, passkeys: { rpId: 'example.com' } });
    expect(await use({ rpId: 'example.com' })).toBeUndefined();
  });

  it('signs nobody in whose ID is the same but for case, though a table of the host says so', async () => {
    await make();
    const [passkey] = await passkeysOf(server).list('alice');
    const table = { ...passkeysOf(server), find: () => passkey };
    server = start({ store, passkeys: { store: table } });
    expect(await use({ id: authenticator.id.toUpperCase() })).toBeUndefined();
    expect(await use()).toBeDefined();
  });

  it('that was made for one device does not become one for several', async () => {
    await make();
    expect(await use({ flags: userPresent | userVerified | backupEligible })).toBeUndefined();
  });
});

describe('who answers to sign in', () => {
  beforeEach(async () => {
    expect(await make({ counter: 5 })).toBeDefined();
  });

  it.each<[string, Lies]>([
    ['from another origin', { origin: 'https://login.example.com.evil.example' }],
    ['from another port', { origin: 'https://login.example.com:8443' }],
    ['from a domain above', { origin: 'https://example.com' }],
    ['in the clear', { origin: 'http://login.example.com' }],
    ['for another domain', { rpId: 'example.com' }],
    ['to a challenge that was never ours', { challenge: Buffer.alloc(32, 7).toString('base64url') }],
    ['as if a passkey had been made', { type: 'webauthn.create' }],
    ['with a device that did not ask who they are', { flags: userPresent }],
    ['with nobody present', { flags: userVerified }],
    ['in the name of nobody', { userHandle: undefined }],
    ['in the name of somebody else', { userHandle: Buffer.alloc(32, 7).toString('base64url') }],
    ['with a key that is known to nobody', { id: Buffer.alloc(32, 7).toString('base64url') }],
    ['from a frame', { crossOrigin: true }],
    ['from a frame of a page that is named', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['with a count that went back, as that of a copy does', { counter: 4 }],
    ['with a count that stands still', { counter: 5 }],
    ['with a count that began anew', { counter: 0 }],
  ])('%s is refused', async (_, lies) => {
    expect(await use({ counter: 6, ...lies })).toBeUndefined();
  });

  it.each([0, 4, 5])('with a count of a copy is told to the operator: %d', async (counter) => {
    told = [];
    const answer = await assertion({ counter });
    for (let again = 0; again < 2; again += 1) expect(await checkAssertion(answer, server)).toBeUndefined();
    expect(told).toEqual([{ name: 'passkey.cloned', sub: 'alice', passkey: passkeyName(authenticator.id) }]);
  });

  it('with a count that they only made up, or twice, raises no alarm', async () => {
    told = [];
    const forged = await assertion({ counter: 4 });
    const passkey = altered(forged.passkey, { signature: bent(responseOf(forged.passkey).signature) });
    await checkAssertion({ ...forged, passkey }, server);
    const honest = await assertion({ counter: 6 });
    expect(await checkAssertion(honest, server)).toBeDefined();
    await checkAssertion(honest, server);
    expect(told).toEqual([]);
  });

  it('honestly is let in, by the same test', async () => {
    expect(await use({ counter: 6 })).toBeDefined();
  });

  it('with a key of their own for the passkey of somebody else is refused', async () => {
    const thief = createAuthenticator(origin, authenticator.id);
    thief.create((await askToCreate()).options); // learns the user handle
    authenticator = thief;
    expect(await use({ counter: 6 })).toBeUndefined();
  });

  it.each(['signature', 'authenticatorData', 'clientDataJSON'])('with one bit of %s turned over is refused', async (member) => {
    const { challenge, passkey } = await assertion({ counter: 6 });
    const forged = altered(passkey, { [member]: bent(responseOf(passkey)[member]) });
    expect(await checkAssertion({ challenge, passkey: forged }, server)).toBeUndefined();
    expect(await checkAssertion({ challenge, passkey }, server)).toBeDefined();
  });

  it('a second time with the same answer is refused', async () => {
    authenticator = createAuthenticator(origin); // one that does not count: the count gives nothing away
    await make();
    const answer = await assertion();
    expect([await checkAssertion(answer, server), await checkAssertion(answer, server)]).toEqual([expect.anything(), undefined]);
  });

  it('twice at once with the same answer is let in once', async () => {
    authenticator = createAuthenticator(origin);
    await make();
    const answer = await assertion();
    const both = await Promise.all([checkAssertion(answer, server), checkAssertion(answer, server)]);
    expect(both.filter((passkey) => passkey !== undefined)).toHaveLength(1);
  });

  it('too late is refused, and in the last second not', async () => {
    const [good, late] = [await assertion({ counter: 6 }), await assertion({ counter: 7 })];
    now += server.settings.lifetimes.ticket - 1;
    expect(await checkAssertion(good, server)).toBeDefined();
    now += 1;
    expect(await checkAssertion(late, server)).toBeUndefined();
  });

  it('a second time in the last second is still refused', async () => {
    authenticator = createAuthenticator(origin);
    await make();
    const answer = await assertion();
    await checkAssertion(answer, server);
    now += server.settings.lifetimes.ticket - 1;
    expect(await checkAssertion(answer, server)).toBeUndefined();
  });

  it('a wrong answer spends no challenge', async () => {
    const { options, challenge } = await requestQuestion(settings(), server);
    expect(
      await checkAssertion({ challenge, passkey: authenticator.get(options, { flags: userPresent, counter: 6 }) }, server),
    ).toBeUndefined();
    expect(await checkAssertion({ challenge, passkey: authenticator.get(options, { counter: 6 }) }, server)).toBeDefined();
  });

  it('to a challenge that was for making a passkey is refused', async () => {
    const { options, challenge } = await askToCreate();
    const asked = JSON.stringify({ ...(JSON.parse(options) as object), rpId: settings().rpId });
    expect(await checkAssertion({ challenge, passkey: authenticator.get(asked, { counter: 6 }) }, server)).toBeUndefined();
  });

  it.each<[string, (answer: { challenge: string; passkey: string }) => Answer]>([
    ['without a challenge', ({ passkey }) => ({ challenge: undefined, passkey })],
    ['with a challenge of their own making', ({ passkey }) => ({ challenge: 'e30.e30.e30.e30.e30', passkey })],
    ['with a challenge that is cut off', ({ challenge, passkey }) => ({ challenge: challenge.slice(0, -4), passkey })],
    ['with nothing', ({ challenge }) => ({ challenge, passkey: undefined })],
    ['with JSON that is cut off', ({ challenge, passkey }) => ({ challenge, passkey: passkey.slice(0, -5) })],
    ['with null', ({ challenge }) => ({ challenge, passkey: 'null' })],
    ['with a list', ({ challenge, passkey }) => ({ challenge, passkey: `[${passkey}]` })],
    ['with a number for an ID', ({ challenge, passkey }) => ({ challenge, passkey: passkey.replace(/"id":"[^"]+"/, '"id":1') })],
    [
      'with another ID than it says',
      ({ challenge, passkey }) => ({ challenge, passkey: passkey.replace(/"rawId":"[^"]+"/, '"rawId":"AAAA"') }),
    ],
    ['with another type', ({ challenge, passkey }) => ({ challenge, passkey: passkey.replace('"public-key"', '"password"') })],
    ['with no response', ({ challenge, passkey }) => ({ challenge, passkey: passkey.replace('"response"', '"reply"') })],
    ['with a list for a signature', ({ challenge, passkey }) => ({ challenge, passkey: altered(passkey, { signature: ['AA'] }) })],
    ['with an empty signature', ({ challenge, passkey }) => ({ challenge, passkey: altered(passkey, { signature: '' }) })],
    ['with data that is cut off', ({ challenge, passkey }) => ({ challenge, passkey: altered(passkey, { authenticatorData: 'AAAA' }) })],
    ['with client data that is null', ({ challenge, passkey }) => ({ challenge, passkey: altered(passkey, { clientDataJSON: 'bnVsbA' }) })],
    ['with more than fits', ({ challenge, passkey }) => ({ challenge, passkey: altered(passkey, { more: 'a'.repeat(16_384) }) })],
    [
      'by way of the prototype',
      ({ challenge, passkey }) => ({ challenge, passkey: `{"__proto__":${passkey},"constructor":{"prototype":${passkey}}}` }),
    ],
    [
      'with an ID that every object has',
      ({ challenge, passkey }) => ({ challenge, passkey: passkey.replaceAll(/"(id|rawId)":"[^"]+"/g, '"$1":"__proto__"') }),
    ],
  ])('%s is refused', async (_, change) => {
    const good = await assertion({ counter: 6 });
    expect(await checkAssertion(change(good), server)).toBeUndefined();
    expect(({} as Record<string, unknown>).response).toBeUndefined();
    expect(await checkAssertion(good, server)).toBeDefined();
  });
});

describe('who makes a passkey', () => {
  it.each<[string, Lies]>([
    ['at another origin', { origin: 'https://evil.example' }],
    ['for another domain', { rpId: 'evil.example' }],
    ['to a challenge that was never ours', { challenge: Buffer.alloc(32, 7).toString('base64url') }],
    ['by signing in', { type: 'webauthn.get' }],
    ['with a device that did not ask who they are', { flags: userPresent }],
    ['with nobody present', { flags: userVerified }],
    ['in a frame', { crossOrigin: true }],
    ['with a key for an algorithm that was not offered', { alg: -35 }],
    ['with a key for one that came after quantum computers, and was not offered', { alg: -48 }],
    ['with an attestation that nobody asked for', { format: 'android-key' }],
    ['with an attestation of a kind that there is not', { format: 'made-up' }],
    ['with a signed attestation that is not signed', { format: 'packed' }],
    ['under another name than it says', { id: Buffer.alloc(32, 7).toString('base64url') }],
  ])('%s is refused', async (_, lies) => {
    expect(await make(lies)).toBeUndefined();
    expect([await passkeysOf(server).list('alice'), told]).toEqual([[], []]);
  });

  it('with the challenge of somebody else is refused', async () => {
    const { options, challenge } = await askToCreate(bob);
    expect(await enrol({ challenge, passkey: authenticator.create(options) }, alice, server)).toBeUndefined();
  });

  it('with a challenge that was for signing in is refused', async () => {
    const asked = await requestQuestion(settings(), server);
    const { challenge } = JSON.parse(asked.options) as { challenge: string };
    const passkey = authenticator.create((await askToCreate()).options, { challenge });
    expect(await enrol({ challenge: asked.challenge, passkey }, alice, server)).toBeUndefined();
  });

  it('too late is refused', async () => {
    const { options, challenge } = await askToCreate();
    now += server.settings.lifetimes.ticket;
    expect(await enrol({ challenge, passkey: authenticator.create(options) }, alice, server)).toBeUndefined();
  });

  it('later than the page allows is refused, and in the last second not', async () => {
    const [good, late] = [
      await creationQuestion(alice, [], settings(), server, 10),
      await creationQuestion(alice, [], settings(), server, 10),
    ];
    const give = ({ options, challenge }: typeof good) =>
      enrol({ challenge, passkey: createAuthenticator(origin).create(options) }, alice, server);
    now += 9;
    expect(await give(good)).toBeDefined();
    now += 1;
    expect(await give(late)).toBeUndefined();
  });

  it('twice with one challenge gets one', async () => {
    const { options, challenge } = await askToCreate();
    const answers = [authenticator, createAuthenticator(origin)].map((device) => ({ challenge, passkey: device.create(options) }));
    const made = [];
    for (const answer of answers) made.push(await enrol(answer, alice, server));
    expect(made).toEqual([expect.anything(), undefined]);
  });

  it('with the ID of somebody else does not take its place', async () => {
    await make();
    const victim = authenticator;
    authenticator = createAuthenticator(origin, victim.id);
    expect(await make({}, bob)).toBeUndefined();
    authenticator = victim;
    expect(await use()).toMatchObject({ sub: 'alice' });
  });

  it('with the ID of somebody else does not take its place in a table that writes over what is there', async () => {
    const rows = new Map<string, Passkey>();
    const write = (passkey: Passkey) => void rows.set(passkey.id, passkey);
    const list = (sub: string) => [...rows.values()].filter((passkey) => passkey.sub === sub);
    server = start({
      passkeys: { store: { find: (id) => rows.get(id), list, add: write, update: write, remove: (id) => rows.delete(id) } },
    });
    expect(await make()).toMatchObject({ sub: 'alice' });
    expect(await make({}, bob)).toBeUndefined();
    expect(rows.get(authenticator.id)?.sub).toBe('alice');
  });

  it('with an attestation that nobody asked for has it looked into by nobody', async () => {
    server = start({ development: true });
    await make({ format: 'android-key' });
    expect(warnings.at(-1)).toContain('none was asked for');
  });

  it('a fifty-first time is refused', async () => {
    for (let made = 0; made < 50; made += 1) {
      authenticator = createAuthenticator(origin);
      expect(await make()).toBeDefined();
    }
    authenticator = createAuthenticator(origin);
    expect(await make()).toBeUndefined();
  });

  it('in words that are no transports is believed but for those', async () => {
    const { options, challenge } = await askToCreate();
    const passkey = altered(authenticator.create(options), { transports: ['<script>'] });
    expect(await enrol({ challenge, passkey }, alice, server)).toMatchObject({ transports: [] });
  });

  it.each([
    ['an attestation of nested lists', Buffer.alloc(11_000, 0x81).toString('base64url')],
    ['an attestation that is cut off', 'o2NmbXRkbm9uZQ'],
  ])('by %s is refused', async (_, attestationObject) => {
    const { options, challenge } = await askToCreate();
    const passkey = altered(authenticator.create(options), { attestationObject });
    expect(await enrol({ challenge, passkey }, alice, server)).toBeUndefined();
  });
});

describe('a passkey that a browser has made, and nobody has', () => {
  async function answered(lies: Lies = {}): Promise<{ challenge: string; passkey: string }> {
    const { options, challenge } = await askToCreate();
    return { challenge, passkey: authenticator.create(options, lies) };
  }

  it.each([
    ['in time', 0],
    ['late', 3600],
  ])('is named, for the browser to forget it: %s', async (_, seconds) => {
    const answer = await answered({ origin: 'https://evil.example' });
    now += seconds;
    expect(await enrol(answer, alice, server)).toBeUndefined();
    expect(await findOrphan(answer, server)).toBe(authenticator.id);
  });

  it('is not what was added, or is being added by the same form', async () => {
    const answer = await answered();
    const { add } = passkeysOf(server);
    const seen: unknown[] = [];
    const table = {
      ...passkeysOf(server),
      add: async (passkey: Passkey) => [seen.push(await findOrphan(answer, server)), await add(passkey)][1],
    };
    server = start({ store, passkeys: { store: table } });
    expect(await enrol(answer, alice, server)).toBeDefined();
    expect([...seen, await findOrphan(answer, server)]).toEqual([undefined, undefined]);
  });

  it('is not that of somebody else with the same ID', async () => {
    await make();
    authenticator = createAuthenticator(origin, authenticator.id);
    expect(await findOrphan(await answered(), server)).toBeUndefined();
  });

  it('is named to nobody whom we have not asked to make one', async () => {
    const { passkey } = await answered();
    const { challenge } = await requestQuestion(settings(), server);
    const asked = await askToCreate();
    const answers = [
      { challenge, passkey },
      { challenge: 'x', passkey },
      { challenge: undefined, passkey },
      { challenge: asked.challenge, passkey: '{}' },
    ];
    for (const answer of answers) expect(await findOrphan(answer, server)).toBeUndefined();
  });
});

describe('why a passkey was not accepted', () => {
  it('is told to who develops, and not in production', async () => {
    await make({ origin: 'http://localhost:1234' });
    expect(warnings.filter((line) => line.includes('passkey'))).toEqual([]);
    server = start({ development: true });
    await make({ origin: 'http://localhost:1234' });
    expect(warnings.at(-1)).toContain('http://localhost:1234');
  });
});
