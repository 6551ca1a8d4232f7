/** The way of a sign-in: from the proof of the password, step by step, to a session. */
import { loginPage, type Waiting, wishesOn } from '../authorization/pages.js';
import type { HttpRequest, HttpResponse, Server, SignIn, SignInStep, StepNotice, StepOutcome, StepPlace } from '../contracts.js';
import { localUrl, page, seeOther } from '../http/message.js';
import { findSession, startSession } from '../interaction/session.js';
import { changeSignIn, claimStep, disclaimStep, findSignIn, type Proven, storeSignIn, type UnderWay } from '../interaction/sign-in.js';
import type { LimitName } from '../limits/index.js';
import { type Counting, unlessItFails } from '../limits/limits.js';
import type { OAuthEvents } from '../model/events.js';
import type { Message } from '../model/words.js';
import { wantedAcr } from '../rules/authentication-request.js';

/** What of a request matters where a sign-in begins, which may be a page of the host's. */
export type Browser = Pick<HttpRequest, 'session' | 'signIn' | 'basePath' | 'host' | 'address' | 'forwarded'>;

/** For what the user signs in: what waits, and the ticket under which it does. */
export interface Goal {
  readonly waiting: Waiting;
  readonly ticket: string;
}

/** Why a step is shown again, and with which status. */
export interface Repetition {
  readonly said: StepNotice;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The user has proved who they are, as far as that goes: leads to the first step that is due; without any, signs them in. */
export async function beginSignIn(
  { user, via, canMakePasskeys }: Pick<Proven, 'user' | 'via' | 'canMakePasskeys'>,
  goal: Goal,
  http: Browser,
  server: Server,
): Promise<HttpResponse> {
  const proven: Proven = { user, via, canMakePasskeys, amr: user.amr ?? [], ...(user.acr !== undefined && { acr: user.acr }) };
  const step = await nextDue(proven, server.signInSteps, goal, http, server);
  if (!step) return finish(proven, goal, http, server);
  const begun = await begin(step, proven, goal, http, server);
  if ('refused' in begun) return begun.refused;
  const signIn = await storeSignIn({ ...proven, step: step.name, ...begun }, { http, ticket: goal.ticket }, server);
  return { ...toStep(goal, http), signIn };
}

/** The step that the user has come to. */
export async function showStep(goal: Goal, http: HttpRequest, server: Server, again?: Repetition): Promise<HttpResponse> {
  const found = await findSignIn({ http, ticket: goal.ticket }, server);
  if (found && 'doneBy' in found) return afterAll(found.doneBy, goal, http, server);
  const step = found && stepOf(found.underWay, server);
  return found && step ? draw(step, placeOf(found.underWay, goal, http), goal, server, again) : tookTooLong(goal, http);
}

/** The answer to the step that the user has come to. */
export async function takeStep(goal: Goal, http: HttpRequest, server: Server): Promise<HttpResponse> {
  const found = await findSignIn({ http, ticket: goal.ticket }, server);
  if (found && 'doneBy' in found) return toStep(goal, http);
  const step = found && stepOf(found.underWay, server);
  if (!found || !step) return tookTooLong(goal, http);
  const { underWay } = found;
  // A page that was left open, or came back by the browser's history, is that of a step which is done.
  if (http.query.get('step') !== step.name) return toStep(goal, http);
  const place = placeOf(underWay, goal, http);
  const tell = (word: StepWord) => tellOf(step, word, underWay, goal, server);
  // Before the check, so that guesses at the same time count too; nobody gets in by guessing at an offer.
  const counting = step.isOffer ? [] : countingOf(['step', 'stepAccount'], step, underWay.user.sub);
  const counted = await server.limits.count(counting, { from: http, emit: server.emit, ...clientOf(goal) });
  if (counted.wait > 0) {
    tell('too many');
    const { notice, ...others } = tooManyAnswers(counted.wait);
    return draw(step, place, goal, server, { said: { notice }, ...others });
  }
  const outcome = await unlessItFails(counted, () => step.submit(place, server));
  if ('again' in outcome) {
    tell('again');
    const { again, wrong, news = false, state = underWay.state } = outcome;
    // Whatever is given is written: it may be the object that was handed out, changed in its place.
    const mustKeep = outcome.state !== undefined;
    const isLate = mustKeep && !(await changeSignIn({ http, ticket: goal.ticket }, found.version, { ...underWay, state }, server));
    if (isLate) return toStep(goal, http);
    const repetition = news
      ? { said: { done: again }, status: 200 }
      : { said: { notice: again, ...(wrong !== undefined && { wrong }) }, status: 422 };
    return draw(step, { ...place, state }, goal, server, repetition);
  }
  tell('done');
  const [response] = await Promise.all([
    goOn(withProof(underWay, outcome), found, goal, http, server),
    counted.succeeded(),
    server.limits.forgive(beginning(step, underWay), http),
  ]);
  return response;
}

async function goOn(
  proven: Proven,
  { underWay, version }: { readonly underWay: UnderWay; readonly version: string },
  goal: Goal,
  http: HttpRequest,
  server: Server,
): Promise<HttpResponse> {
  const place = { http, ticket: goal.ticket };
  const { expires_at } = underWay;
  const taken = server.signInSteps.findIndex(({ name }) => name === underWay.step);
  const next = await nextDue(proven, server.signInSteps.slice(taken + 1), goal, http, server);
  if (!next) {
    // Of two who come here at once one is late, and sees what became of it.
    const isFirst = await changeSignIn(place, version, { doneBy: proven.user.sub, expires_at }, server);
    return isFirst ? finish(proven, goal, http, server) : toStep(goal, http);
  }
  const begun = await beginOnce(next, proven, goal, http, server);
  if ('refused' in begun) return begun.refused;
  await changeSignIn(place, version, { ...proven, step: next.name, ...begun, expires_at }, server);
  return toStep(goal, http);
}

/** The first of these steps that is due. */
async function nextDue(
  proven: Proven,
  steps: readonly SignInStep[],
  goal: Goal,
  http: Browser,
  server: Server,
): Promise<SignInStep | undefined> {
  const signIn = signInOf(proven, goal, http);
  for (const step of steps) if (await step.isDue(signIn, server)) return step;
  return undefined;
}

/** What the step remembers; or the answer to who must not begin it. */
type Begun = { readonly state?: unknown } | { readonly refused: HttpResponse };

/** Who knows a password could have mails without end sent to its owner: so beginning is counted, until the step is done. */
async function begin(step: SignInStep, proven: Proven, goal: Goal, http: Browser, server: Server): Promise<Begun> {
  if (!step.begin) return {};
  const counted = await server.limits.count(beginning(step, proven), { from: http, emit: server.emit, ...clientOf(goal) });
  const { wait } = counted;
  if (wait === 0) return { state: await unlessItFails(counted, async () => step.begin?.(signInOf(proven, goal, http), server)) };
  tellOf(step, 'too many', proven, goal, server);
  return { refused: await loginPage(goal.waiting, http, server, tooManyAnswers(wait)) };
}

function countingOf(limits: readonly LimitName[], { name }: SignInStep, sub: string): readonly Counting[] {
  return limits.map((limit) => ({ limit, of: [name, sub] }));
}

function beginning(step: SignInStep, { user }: Proven): readonly Counting[] {
  return step.begin && !step.isOffer ? countingOf(['stepBegun', 'stepBegunAccount'], step, user.sub) : [];
}

/** The same behind a form, which may come twice at once. A step that could not be begun may be tried again. */
async function beginOnce(step: SignInStep, proven: Proven, goal: Goal, http: HttpRequest, server: Server): Promise<Begun> {
  if (!step.begin) return {};
  const place = { http, ticket: goal.ticket };
  if (!(await claimStep(place, step.name, server))) return { refused: toStep(goal, http) };
  let isBegun = false;
  try {
    const begun = await begin(step, proven, goal, http, server);
    isBegun = !('refused' in begun);
    return begun;
  } finally {
    if (!isBegun) await disclaimStep(place, step.name, server);
  }
}

async function finish({ user, via, amr, acr }: Proven, goal: Goal, http: Browser, server: Server): Promise<HttpResponse> {
  // After the request that asked for it, whatever the clock of the process said where that came in: nobody is to sign in twice for it.
  const now = 'request' in goal.waiting ? Math.max(server.clock(), goal.waiting.request.received_at) : server.clock();
  // A page of the host's may have asked for no password now, but known the user from before.
  const auth_time = via === 'host' ? Math.min(user.auth_time ?? now, now) : now;
  const proven = { ...user, auth_time, ...(amr.length > 0 && { amr }), ...(acr !== undefined && { acr }) };
  const { session, sid } = await startSession(proven, http, server);
  server.emit('login.succeeded', { sub: user.sub, via, ...clientOf(goal), sid });
  return seeOther(localUrl(http, '/consent', { ticket: goal.ticket }), session);
}

/** Who comes back to a sign-in that is done goes on, unless somebody else has signed in since: they must not go on as that user unasked. */
async function afterAll(doneBy: string, goal: Goal, http: HttpRequest, server: Server): Promise<HttpResponse> {
  const session = await findSession(http, server);
  return session?.sub === doneBy ? seeOther(localUrl(http, '/consent', { ticket: goal.ticket })) : tookTooLong(goal, http);
}

/** What was under way is gone, and with it who it was: so they sign in once more, whoever is signed in by now, perhaps in another tab. */
function tookTooLong({ ticket }: Goal, http: HttpRequest): HttpResponse {
  return seeOther(localUrl(http, '/login', { ticket, late: 'yes' }));
}

/** To the page of the step that is up. */
function toStep({ ticket }: Goal, http: Browser): HttpResponse {
  return seeOther(localUrl(http, '/step', { ticket }));
}

/** Absent where the host has changed its steps in the meantime: then nobody knows what remains. */
function stepOf(underWay: UnderWay, { signInSteps }: Server): SignInStep | undefined {
  return signInSteps.find(({ name }) => name === underWay.step);
}

function placeOf(underWay: UnderWay, goal: Goal, http: HttpRequest): StepPlace {
  const action = localUrl(http, '/step', { step: underWay.step });
  return { signIn: signInOf(underWay, goal, http), state: underWay.state, http, ticket: goal.ticket, action };
}

function signInOf({ user, amr, acr, canMakePasskeys }: Proven, { waiting }: Goal, { host }: Browser): SignIn {
  const asked =
    'page' in waiting ? { page: waiting.page, acr_values: [] } : { client: waiting.client, acr_values: wantedAcr(waiting.request) };
  return { user, amr, ...(acr !== undefined && { acr }), ...asked, canMakePasskeys, req: host };
}

/**
 * The last step that reaches an authentication context class says which it is. A host that tells no methods has checked a password all the
 * same; where others are told, that must not be missing. RFC 8176 section 2.
 */
function withProof(proven: Proven, { amr = [], acr = proven.acr }: Extract<StepOutcome, { done: true }>): Proven {
  const isUntold = proven.via === 'login page' && proven.amr.length === 0 && amr.length > 0;
  const before = isUntold ? ['pwd'] : proven.amr;
  return { ...proven, amr: [...new Set([...before, ...amr])], ...(acr !== undefined && { acr }) };
}

async function draw(step: SignInStep, place: StepPlace, { waiting }: Goal, server: Server, again?: Repetition): Promise<HttpResponse> {
  const screen = await step.show(place, server, again?.said);
  const { status = 200, headers = {} } = again ?? {};
  return page(screen, { status, headers, ...('page' in waiting ? {} : wishesOn(waiting.request, waiting.client)) });
}

function tooManyAnswers(wait: number): TooMany {
  return { notice: { message: 'login.tooMany' }, status: 429, headers: { 'Retry-After': String(wait) } };
}

interface TooMany {
  readonly notice: Message;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

type StepWord = OAuthEvents['login.step']['outcome'];

function tellOf({ name }: SignInStep, outcome: StepWord, { user: { sub } }: Proven, goal: Goal, { emit }: Server): void {
  emit('login.step', { sub, step: name, outcome, ...clientOf(goal) });
}

function clientOf({ waiting }: Goal): { client_id?: string } {
  return 'page' in waiting ? {} : { client_id: waiting.client.client_id };
}
