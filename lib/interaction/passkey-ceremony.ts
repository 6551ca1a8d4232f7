/**
 * Making a passkey, and signing in with one: what the browser is asked, and whether its answer holds. WebAuthn Level 3 section 7.
 *
 * Nothing is kept between the two: the page carries the challenge, sealed. One that has served is remembered until it has expired, so that
 * whoever reads an answer on its way cannot give it a second time.
 */
import { createHash } from 'node:crypto';
import type { Passkeys, Server } from '../contracts.js';
import type { Passkey } from '../model/passkey.js';
import type { Identity } from '../model/user.js';
import { type Answer, type Assertion, type Attestation, readAssertion, readAttestation } from './passkey-answer.js';
import { passkeyName, passkeysOf, usablePasskeys } from './passkeys.js';

type Parts = Pick<Server, 'settings' | 'store' | 'secrets' | 'clock' | 'random' | 'log' | 'emit'>;

/** What a page is given: the question as JSON, and the challenge in it, sealed, to be posted back with the answer. */
export interface Question {
  readonly options: string;
  readonly challenge: string;
}

/** Which of the two; and for whom, under the name that the authenticator is given. */
type Purpose = { readonly purpose: 'get' } | { readonly purpose: 'create'; readonly sub: string; readonly userHandle: string };

/** What is sealed. */
type Challenge = Purpose & { readonly challenge: string; readonly expires_at: number };

const timeout = 300_000; // milliseconds. WebAuthn section 15.1
const mostOfOneUser = 50;

/** EdDSA, ES256, RS256, the best first: what all authenticators together need. WebAuthn section 5.4, `pubKeyCredParams`. */
const algorithms = [-8, -7, -257];

/** For anybody: which user it is, the answer tells. So nobody learns who has passkeys. WebAuthn sections 5.5 and 14.6.2. */
export async function requestQuestion(passkeys: Passkeys, server: Parts): Promise<Question> {
  const { challenge, sealed } = await newChallenge({ purpose: 'get' }, server.settings.lifetimes.ticket, server);
  const options = { challenge, rpId: passkeys.rpId, allowCredentials: [], userVerification: 'required', timeout };
  return { options: JSON.stringify(options), challenge: sealed };
}

/**
 * For a user who is signed in. WebAuthn section 5.4.
 *
 * @param present - those that the user has: no authenticator is to make a second one
 * @param lifetime - for how long an answer is taken, in seconds
 */
export async function creationQuestion(
  { sub, name }: Pick<Identity, 'sub' | 'name'>,
  present: readonly Passkey[],
  passkeys: Passkeys,
  server: Parts,
  lifetime = server.settings.lifetimes.ticket,
): Promise<Question> {
  const userHandle = userHandleOf(sub, present, server);
  const { challenge, sealed } = await newChallenge({ purpose: 'create', sub, userHandle }, lifetime, server);
  const options = {
    challenge,
    rp: { id: passkeys.rpId, name: server.settings.brand.name },
    user: { id: userHandle, name, displayName: name },
    pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
    excludeCredentials: present.map(({ id, transports }) => ({ type: 'public-key', id, transports })),
    // It stands for password and second factor, and is found without a user name: so both are a must.
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
    timeout,
  };
  return { options: JSON.stringify(options), challenge: sealed };
}

/** The same for all passkeys of a user, though secrets change: by it an authenticator knows which ones are of the same account. */
function userHandleOf(sub: string, [first]: readonly Passkey[], { secrets }: Pick<Server, 'secrets'>): string {
  return first?.userHandle ?? secrets.mac('passkey user', sub);
}

async function newChallenge(
  purpose: Purpose,
  lifetime: number,
  { secrets, random, clock }: Parts,
): Promise<{ challenge: string; sealed: string }> {
  const challenge = random(32); // WebAuthn section 13.4.3 asks for 16 bytes at least
  const value: Challenge = { ...purpose, challenge, expires_at: clock() + lifetime };
  return { challenge, sealed: await secrets.seal('passkey challenge', value) };
}

/** The passkey that the answer was signed with, as it is after that. WebAuthn section 7.2. */
export async function checkAssertion(answer: Answer, server: Parts): Promise<Passkey | undefined> {
  const { passkeys } = server.settings;
  const asked = await openChallenge(answer.challenge, server);
  const response = readAssertion(answer.passkey);
  if (!passkeys || asked?.purpose !== 'get' || !response) return undefined;
  const found = await passkeysOf(server).find(response.id);
  const passkey = found && isMeant(found, response, passkeys) ? found : undefined;
  const verified = await verifyAssertion(response, asked, passkey ?? { ...nobodys, id: response.id }, server);
  if (!passkey || !verified || !(await spend(asked, server))) return undefined;
  // A copy shows in that the count goes back or stands still: step 22. Last, so that neither a forged answer nor one that came twice is an alarm.
  if ((verified.counter > 0 || passkey.counter > 0) && verified.counter <= passkey.counter) {
    server.emit('passkey.cloned', { sub: passkey.sub, passkey: passkeyName(passkey.id) });
    return undefined;
  }
  const used: Passkey = { ...passkey, ...verified, lastUsed: server.clock() };
  await passkeysOf(server).update(used);
  return used;
}

function isMeant(passkey: Passkey, { id, response }: Assertion, { rpId }: Passkeys): boolean {
  // A table of the host's may compare without regard to case. Step 6: the user was not known before, so the answer names them.
  return passkey.id === id && passkey.rpId === rpId && passkey.userHandle === response.userHandle;
}

/**
 * What an answer is held against that is of no passkey here, and refused in any case: so it takes as long, and nobody learns by that which
 * ones there are. An ES256 key, as most are.
 */
const nobodys = {
  publicKey: 'pQECAyYgASFYID-gsQZz4nmeEgD8RlSGvOBoNYKOOK8j2rY9kYakvEJqIlggAZIaDqojE2e9rSmWTVUPX9-bIVpBgBbC9Mg3SUw7CQg',
  multiDevice: false,
};

async function verifyAssertion(
  response: Assertion,
  { challenge }: Challenge,
  { id, publicKey, multiDevice }: Pick<Passkey, 'id' | 'publicKey' | 'multiDevice'>,
  server: Parts,
): Promise<Pick<Passkey, 'counter' | 'backedUp'> | undefined> {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  return orRefused(server, async () => {
    refuseFrames(response.response.clientDataJSON);
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...response, clientExtensionResults: {} },
      ...expected(challenge, server),
      // The count is ours to look at: here it would be before the signature.
      credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter: 0 },
    });
    const { newCounter, credentialBackedUp, credentialDeviceType } = authenticationInfo;
    // What was made for one device does not become one for several: step 19.
    if (!verified || (credentialDeviceType === 'multiDevice') !== multiDevice) return undefined;
    return { counter: newCounter, backedUp: credentialBackedUp };
  });
}

/** Adds the passkey that the answer has made for this user, and says which one it is. WebAuthn section 7.1. */
export async function enrol(answer: Answer, user: Pick<Identity, 'sub' | 'name'>, server: Parts): Promise<Passkey | undefined> {
  const { passkeys } = server.settings;
  const asked = await openChallenge(answer.challenge, server);
  const response = readAttestation(answer.passkey);
  if (!passkeys || asked?.purpose !== 'create' || asked.sub !== user.sub || !response) return undefined;
  const made = await verifyAttestation(response, asked, server);
  if (!made) return undefined;
  const store = passkeysOf(server);
  const [taken, present] = await Promise.all([store.find(made.id), usablePasskeys(user.sub, server)]);
  // Who registers the ID of somebody else's must not stand in its place: step 26.
  if (taken || present.length >= mostOfOneUser || !(await spend(asked, server))) return undefined;
  const { sub, name } = user;
  const passkey: Passkey = {
    ...made,
    sub,
    name,
    userHandle: asked.userHandle, // as the authenticator knows it, whatever has changed since
    transports: response.response.transports,
    rpId: passkeys.rpId,
    created: server.clock(),
  };
  if ((await store.add(passkey)) === false) return undefined;
  server.emit('passkey.added', { sub, passkey: passkeyName(passkey.id) });
  return passkey;
}

/**
 * The ID of the passkey that a browser has made for us, and that no user has: without a word from us it would go on to offer it. Nothing where the
 * challenge has served: the same form, sent twice, may be about to add it.
 */
export async function findOrphan(answer: Answer, server: Parts): Promise<string | undefined> {
  const asked = await unsealChallenge(answer.challenge, server); // late ones as well
  const made = readAttestation(answer.passkey);
  if (asked?.purpose !== 'create' || !made) return undefined;
  const [spent, known] = await Promise.all([server.store.get(keyOf(asked)), passkeysOf(server).find(made.id)]);
  return spent || known ? undefined : made.id;
}

/**
 * Nobody asked for an attestation, so browsers take it out, or leave one that the new key has signed itself: section 5.1.3. Others would be
 * looked into for nothing, and some of them have addresses in them that would be fetched.
 */
const plainAttestations: readonly string[] = ['none', 'packed'];

async function verifyAttestation(
  response: Attestation,
  { challenge }: Challenge,
  server: Parts,
): Promise<Pick<Passkey, 'id' | 'publicKey' | 'counter' | 'multiDevice' | 'backedUp'> | undefined> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  return orRefused(server, async () => {
    const { clientDataJSON, attestationObject } = response.response;
    refuseFrames(clientDataJSON);
    const format = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url'))).get('fmt');
    if (!plainAttestations.includes(format)) throw new Error(`The attestation has the format ${format}, and none was asked for.`);
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...response, clientExtensionResults: {} },
      ...expected(challenge, server),
      supportedAlgorithmIDs: algorithms,
    });
    // What the browser calls it must be what the authenticator calls it, and not too long: step 25.
    if (!verified || registrationInfo.credential.id !== response.id) return undefined;
    const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo;
    return {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      multiDevice: credentialDeviceType === 'multiDevice',
      backedUp: credentialBackedUp,
    };
  });
}

/** What both answers must say. */
function expected(challenge: string, { settings }: Parts) {
  return {
    expectedChallenge: challenge,
    expectedOrigin: new URL(settings.issuer).origin,
    expectedRPID: settings.passkeys?.rpId ?? '',
    requireUserVerification: true,
  };
}

/** No page of ours is ever framed; so who answers from a frame was not asked by us. Sections 7.1 and 7.2, on `crossOrigin`. */
function refuseFrames(clientDataJSON: string): void {
  const { crossOrigin } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as { crossOrigin?: unknown };
  if (crossOrigin !== undefined && crossOrigin !== false) throw new Error('The answer comes from a frame of another origin.');
}

/** Whatever an answer breaks in us, it is wrong; why, only developers need to know: mostly that the issuer is not where the browser is. */
async function orRefused<T>({ settings, log }: Parts, verify: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await verify();
  } catch (error) {
    if (settings.development) log.warn(`A passkey was not accepted: ${(error as Error).message}`);
    return undefined;
  }
}

async function openChallenge(sealed: string | undefined, server: Parts): Promise<Challenge | undefined> {
  const asked = await unsealChallenge(sealed, server);
  return asked && asked.expires_at > server.clock() ? asked : undefined;
}

async function unsealChallenge(sealed: string | undefined, { secrets }: Parts): Promise<Challenge | undefined> {
  return (await secrets.open('passkey challenge', sealed ?? '')) as Challenge | undefined;
}

/** Last, when all else was right: of two who come with the same answer, one wins. */
async function spend(asked: Challenge, { store, clock }: Parts): Promise<boolean> {
  return store.add(keyOf(asked), true, Math.max(asked.expires_at - clock(), 1));
}

function keyOf({ challenge }: Challenge): string {
  return `challenge:${createHash('sha256').update(challenge).digest('base64url')}`;
}
