/** The page of passkeys: shows the user which ones sign them in, adds one, and removes one. WebAuthn Level 3 section 7.1. */
import { loginPage } from '../authorization/pages.js';
import type { Endpoint, HttpRequest, HttpResponse, Passkeys, Server } from '../contracts.js';
import { localUrl, page, seeOther } from '../http/message.js';
import type { Answer } from '../interaction/passkey-answer.js';
import { creationQuestion, enrol, findOrphan } from '../interaction/passkey-ceremony.js';
import { mayEnrol, passkeyName, removePasskeys, unknownCredential, usablePasskeys } from '../interaction/passkeys.js';
import { findUser } from '../interaction/session.js';
import { ownPages } from '../interaction/ticket.js';
import type { Passkey } from '../model/passkey.js';
import type { Identity } from '../model/user.js';
import { type Message, momentAt } from '../model/words.js';
import { form, type Refusal } from './form.js';

/** Who finds a laptop unlocked must not make a key of their own to somebody else's account, nor take away what signs the owner in. */
const freshFor = 600; // seconds

const failed: Refusal = { notice: { message: 'passkeys.failed' }, status: 422 };

export const passkeys: Endpoint = {
  name: 'passkeys',
  path: ownPages.passkeys,
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,
  enabled: (settings) => settings.passkeys !== undefined,

  handle: form({
    show: (http, server, refusal) => forFreshUser(http, server, (user, settings) => passkeysPage(user, settings, http, server, refusal)),

    submit: (http, server) =>
      forFreshUser(http, server, async (user, settings) => {
        if (http.body.has('remove')) return remove(http.body.need('remove'), user, http, server);
        const added = (await mayAdd(user, http, server)) ? await enrol(answerIn(http), user, server) : undefined;
        if (!added) return passkeysPage(user, settings, http, server, failed);
        return told({ what: 'added', passkey: passkeyName(added.id) }, user, http, server);
      }),
  }),
};

type FreshUser = Identity & { readonly freshUntil: number };

/** Everybody else signs in first, even to look: the page is the same before and after a form is sent. */
async function forFreshUser(
  http: HttpRequest,
  server: Server,
  goOn: (user: FreshUser, settings: Passkeys) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const user = await findUser(http, server);
  const { passkeys } = server.settings;
  const freshUntil = (user?.auth_time ?? 0) + freshFor;
  if (user && passkeys && server.clock() < freshUntil) return goOn({ ...user, freshUntil }, passkeys);
  const late = http.body.has('passkey') ? { notice: failed.notice, ...(passkeys && (await toForget(http, passkeys, server))) } : {};
  return loginPage({ page: 'passkeys' }, http, server, late);
}

function mayAdd(user: Identity, { host }: HttpRequest, { settings }: Server): Promise<boolean> {
  return mayEnrol({ ...user, user, req: host }, settings);
}

function answerIn({ body }: HttpRequest): Answer {
  return { challenge: body.verbatim('challenge'), passkey: body.verbatim('passkey') };
}

/** A passkey that came with this form, and was not taken. */
async function toForget(http: HttpRequest, settings: Passkeys, server: Server): Promise<{ forgotten?: string }> {
  const orphan = http.body.has('passkey') ? await findOrphan(answerIn(http), server) : undefined;
  return orphan === undefined ? {} : { forgotten: unknownCredential(orphan, settings) };
}

async function passkeysPage(
  user: FreshUser,
  settings: Passkeys,
  http: HttpRequest,
  server: Server,
  refusal?: Refusal,
): Promise<HttpResponse> {
  const present = [...(await usablePasskeys(user.sub, server))].sort((a, b) => b.created - a.created);
  const done = await justDone(http, user.sub, present, server);
  const isAsked = await mayAdd(user, http, server);
  const values = {
    action: localUrl(http, ownPages.passkeys),
    user: { name: user.name },
    passkeys: present.map((passkey) => passkeyCard(passkey, server)),
    ...(isAsked && (await creationQuestion(user, present, settings, server, user.freshUntil - server.clock()))),
    ...(done && !refusal && wordsOf(done, settings)),
    ...(refusal && { ...(await toForget(http, settings, server)), notice: refusal.notice }),
  };
  return page({ name: 'passkeys', values }, { status: refusal?.status ?? 200 });
}

function wordsOf({ what, id }: Done, settings: Passkeys): { done: Message; forgotten?: string } {
  const forgotten = id === undefined ? {} : { forgotten: unknownCredential(id, settings) };
  return { done: { message: `passkeys.${what}` }, ...forgotten };
}

function passkeyCard({ id, created, lastUsed, backedUp }: Passkey, { clock }: Server) {
  const now = clock();
  return {
    id: passkeyName(id),
    created: momentAt(created, now),
    ...(lastUsed !== undefined && { lastUsed: momentAt(lastUsed, now) }),
    synced: backedUp,
  };
}

async function remove(name: string, user: Identity, http: HttpRequest, server: Server): Promise<HttpResponse> {
  const [passkey] = await removePasskeys(user.sub, name, server);
  return told({ what: 'removed', passkey: name, ...(passkey && { id: passkey.id }) }, user, http, server);
}

/** What the page is told of what was done: sealed, because everyone can send users to an address of our page, and so put words there. */
interface Done {
  readonly what: 'added' | 'removed';
  readonly passkey: string;
  /** The credential ID of the one that was removed. */
  readonly id?: string;
  readonly sub: string;
  readonly at: number;
}

const toldFor = 300; // seconds

async function told(
  done: Pick<Done, 'what' | 'passkey' | 'id'>,
  { sub }: Identity,
  http: HttpRequest,
  server: Server,
): Promise<HttpResponse> {
  const sealed: Done = { ...done, sub, at: server.clock() };
  return seeOther(localUrl(http, ownPages.passkeys, { done: await server.secrets.seal('passkey done', sealed) }));
}

/** Only for the user who has done it, and only if it is so. */
async function justDone({ query }: HttpRequest, sub: string, present: readonly Passkey[], server: Server): Promise<Done | undefined> {
  const done = (await server.secrets.open('passkey done', query.get('done') ?? '')) as Done | undefined;
  if (!done || done.sub !== sub || done.at + toldFor <= server.clock()) return undefined;
  const isThere = present.some(({ id }) => passkeyName(id) === done.passkey);
  return isThere === (done.what === 'added') ? done : undefined;
}
