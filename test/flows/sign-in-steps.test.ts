/** Steps of the sign-in after the password, and who would like to do without them. OpenID Connect Core section 3.1.2.3, RFC 8176. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { StepContext, UserStep } from '../../lib/model/step.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent, formField } from '../support/agent.js';
import { record } from '../support/events.js';
import { measure, recordingStore } from '../support/recording-store.js';
import {
  alice,
  authorizeUrl,
  openPage,
  pkce,
  postLogin,
  type TestServer,
  type TestServerOptions,
  testOptions,
  testServer,
  token,
  web,
} from '../support/server.js';
import { emailCode, mfa, openStep, type StepForm, sendStep, terms, totp } from '../support/steps.js';

const bob = { username: 'bob', password: 'battery staple' };

const lifetime = 900; // seconds

let server: TestServer;
let errors: unknown[];

afterEach(() => server.close());

async function serve(steps: readonly UserStep[], { options = {}, ...others }: TestServerOptions = {}): Promise<Agent> {
  errors = [];
  const { users } = testOptions('') as { users: Extract<OAuthRouterOptions['users'], { authenticate: unknown }> };
  const log = { warn: () => {}, error: (_message: string, cause: unknown) => errors.push(cause) };
  server = await testServer({ frozen: true, ...others, options: { users: { ...users, steps }, log, ...options } });
  return new Agent(server.url);
}

function start(parameters: Readonly<Record<string, string | undefined>> = {}): string {
  return authorizeUrl('', pkce().code_challenge, parameters);
}

async function logIn(agent: Agent, from: string = start()) {
  return openStep(agent, await postLogin(agent, alice, from));
}

function isSignedIn(agent: Agent): boolean {
  return agent.cookies.has('oauth_session');
}

function isConsent(html: string): boolean {
  return html.includes('name="decision"');
}

function isLogin(html: string): boolean {
  return html.includes('name="password"');
}

describe('a step', () => {
  it('comes after the password, and nobody is signed in before it is done', async () => {
    const agent = await serve([emailCode().step]);
    const { html, status } = await logIn(agent);
    expect({ status, heading: html.includes('Check your e-mail'), signedIn: isSignedIn(agent) }).toEqual({
      status: 200,
      heading: true,
      signedIn: false,
    });
  });

  it('leads to where the password alone would, once it is done', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    const { html } = await openPage(agent, await sendStep(agent, await logIn(agent), { code: mails.latest() }));
    expect({ consent: isConsent(html), signedIn: isSignedIn(agent) }).toEqual({
      consent: true,
      signedIn: true,
    });
  });

  it('takes a code with the spaces that mails put into it', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    await sendStep(agent, await logIn(agent), { code: ` ${mails.latest().slice(0, 4)} ${mails.latest().slice(4)} ` });
    expect(isSignedIn(agent)).toBe(true);
  });

  it('is shown again after a wrong answer, and says so', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    const answer = await sendStep(agent, await logIn(agent), { code: '00000000' });
    const wrong = await openStep(agent, answer);
    expect({ status: wrong.status, says: wrong.html.includes('That is not right'), signedIn: isSignedIn(agent) }).toEqual({
      status: 422,
      says: true,
      signedIn: false,
    });
    await sendStep(agent, wrong, { code: mails.latest() });
    expect(isSignedIn(agent)).toBe(true);
  });

  it('marks the one of its fields that it says is wrong', async () => {
    const account: UserStep = {
      name: 'account',
      page: {
        title: 'Your account',
        fields: [
          { name: 'iban', label: 'IBAN', type: 'text' },
          { name: 'holder', label: 'Holder', type: 'text' },
        ],
      },
      submit: () => ({ again: 'Nobody is called that.', field: 'holder' }),
    };
    const agent = await serve([account]);
    const { html } = await openStep(agent, await sendStep(agent, await logIn(agent), { iban: 'DE1', holder: '?' }));
    expect(html.match(/name="\w+"(?=[^>]* aria-invalid="true")/g)).toEqual(['name="holder"']);
  });

  it('sends another code when asked; then the one before is no good', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    const first = await logIn(agent);
    const again = await openStep(agent, await sendStep(agent, first, { action: 'resend' }));
    expect({ status: again.status, done: /role="status"[\s\S]*Another code is on its way/.test(again.html) }).toEqual({
      status: 200,
      done: true,
    });
    expect((await sendStep(agent, again, { code: mails.sent[0] ?? '' })).status).toBe(422);
    await sendStep(agent, again, { code: mails.latest() });
    expect(isSignedIn(agent)).toBe(true);
  });

  it('begins once, however often its page is shown', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    const answer = await postLogin(agent);
    for (let views = 0; views < 3; views += 1) await agent.get(answer.headers.get('location') ?? '');
    expect(mails.sent).toHaveLength(1);
  });

  it.each([
    ['forgets what the host changes in its state without giving it back', false, ['0', '0', '0']],
    ['remembers a state that the host has changed in its place and given back', true, ['0', '1', '2']],
  ])('%s', async (_, givesBack, seen) => {
    const tries: string[] = [];
    const counting: UserStep<{ tries: number }> = {
      name: 'counting',
      begin: () => ({ tries: 0 }),
      page: ({ state }) => ({ title: `Tries: ${state.tries}`, fields: [] }),
      submit(_values, { state }) {
        tries.push(String(state.tries));
        state.tries += 1;
        return { again: 'Once more.', ...(givesBack && { state }) };
      },
    };
    const agent = await serve([counting]);
    let step = await logIn(agent);
    for (const _try of seen) step = await openStep(agent, await sendStep(agent, step, {}));
    expect(tries).toEqual(seen);
    expect(step.html).toContain(`Tries: ${givesBack ? 3 : 0}`);
  });

  it('follows the one before, in the order of the list', async () => {
    const accepted = new Set<string>();
    const mails = emailCode();
    const agent = await serve([totp(), mails.step, terms(accepted)]);
    const first = await logIn(agent);
    expect(mails.sent).toHaveLength(0);
    const second = await openStep(agent, await sendStep(agent, first, { code: '123456' }));
    const third = await openStep(agent, await sendStep(agent, second, { code: mails.latest() }));
    expect([first, second, third].map(({ html }) => /<h1>(?:<span[^>]*>)?([^<]*)/.exec(html)?.[1])).toEqual([
      'Confirm that it is you',
      'Check your e-mail',
      'Our new terms',
    ]);
    expect(isSignedIn(agent)).toBe(false);
    await sendStep(agent, third, { terms: 'yes' });
    expect({ signedIn: isSignedIn(agent), accepted: [...accepted] }).toEqual({ signedIn: true, accepted: ['alice'] });
  });

  it('is passed over if it is not due', async () => {
    const agent = await serve([emailCode({ isDue: () => false }).step, terms(new Set(['alice']))]);
    const { html } = await openPage(agent, await postLogin(agent));
    expect({ consent: isConsent(html), signedIn: isSignedIn(agent) }).toEqual({ consent: true, signedIn: true });
  });

  it('is told who signs in, for whom, what was asked for and what was shown so far', async () => {
    const told: StepContext[] = [];
    const agent = await serve([
      totp({ isDue: ({ acr }) => acr === undefined }),
      terms(),
      totp({ name: 'late', isDue: (context) => told.push(context) < 0 }),
    ]);
    const from = start({ acr_values: 'urn:example:gold urn:example:silver' });
    const second = await openStep(agent, await sendStep(agent, await logIn(agent, from), { code: '123456' }));
    await sendStep(agent, second, { terms: 'yes' });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      user: { sub: 'alice', name: 'Alice' },
      client: { client_id: 'web' },
      acr_values: ['urn:example:gold', 'urn:example:silver'],
      amr: ['pwd', 'otp', 'mfa'],
      acr: mfa,
    });
    expect(told[0]?.req.headers.host).toBe(new URL(server.url).host);
  });

  it('may lead to a page of this server', async () => {
    const agent = await serve([totp()]);
    const { ticket, _csrf } = await openPage(agent, '/oauth/apps');
    const step = await openStep(agent, await agent.post('/oauth/login', { ticket, _csrf, ...alice }));
    const answer = await agent.get((await sendStep(agent, step, { code: '123456' })).headers.get('location') ?? '');
    expect(answer.headers.get('location')).toBe('/oauth/apps');
  });

  it('tells listeners how it went, and not what was typed', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    const recorder = record(server.oauth);
    const step = await logIn(agent);
    await sendStep(agent, step, { code: '00000000' });
    await sendStep(agent, step, { code: mails.latest() });
    const events = (await recorder.take()).map(({ time: _, address: __, ...event }) => event);
    expect(events).toEqual([
      { name: 'login.step', sub: 'alice', step: 'email-code', outcome: 'again', client_id: 'web' },
      { name: 'login.step', sub: 'alice', step: 'email-code', outcome: 'done', client_id: 'web' },
      { name: 'login.succeeded', sub: 'alice', via: 'login page', client_id: 'web', sid: expect.any(String) },
    ]);
  });

  it('shows a page that depends on who signs in', async () => {
    const page: UserStep['page'] = ({ user, state }) => ({
      title: `For ${user.name}`,
      text: String(state),
      fields: [{ name: 'code', label: 'Code', type: 'code' }],
    });
    const agent = await serve([totp({ begin: () => 'remembered <b>', page })]);
    const { html } = await logIn(agent);
    expect(html).toContain('For Alice');
    expect(html).toContain('remembered &lt;b&gt;');
  });

  it('costs a user for whom none is due nothing in the store', async () => {
    const store = recordingStore(memoryStore(systemClock));
    const agent = await serve([totp({ isDue: () => false })], { options: { store } });
    const { ticket, _csrf } = await openPage(agent, start());
    const { commands } = await measure(() => agent.post('/oauth/login', { ticket, _csrf, ...alice }));
    expect(commands.filter((command) => !/count|forget|give back/.test(command))).toEqual(['put session']);
  });

  it('is over when the user cancels: the client hears of it, and the right code comes too late', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    const step = await logIn(agent);
    const answer = await sendStep(agent, step, { cancel: 'cancel' });
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied');
    await sendStep(agent, step, { code: mails.latest() });
    expect(isSignedIn(agent)).toBe(false);
  });
});

describe('what a step proves', () => {
  const asking = (acr: object) => start({ scope: 'openid', claims: JSON.stringify({ id_token: { acr } }) });

  async function idToken(agent: Agent, steps: readonly Readonly<Record<string, string>>[], parameters: Record<string, string> = {}) {
    const { code_verifier, code_challenge } = pkce();
    let answer = await postLogin(agent, alice, authorizeUrl('', code_challenge, { scope: 'openid', ...parameters }));
    for (const values of steps) answer = await sendStep(agent, await openStep(agent, answer), values);
    const { ticket, _csrf } = await openPage(agent, answer);
    const back = await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const { body } = await token(server.url, { grant_type: 'authorization_code', code, code_verifier, redirect_uri: web.redirect_uris[0] });
    return decodeJwt(body.id_token ?? '');
  }

  const withPassword: Partial<OAuthRouterOptions> = {
    users: {
      authenticate: ({ username }) => ({ id: username, amr: ['pwd'], acr: 'urn:example:password' }),
      steps: [emailCode({ submit: () => ({ done: true, amr: ['otp'] }) }).step, totp({ name: 'app' })],
    },
  };

  it('stands in the ID token beside what the password proved, each method once', async () => {
    const agent = await serve([], { options: withPassword });
    const { amr, acr } = await idToken(agent, [{ code: '1' }, { code: '123456' }]);
    expect({ amr, acr }).toEqual({ amr: ['pwd', 'otp', 'mfa'], acr: mfa });
  });

  it('stands behind the password, where the host did not tell of that', async () => {
    const agent = await serve([totp()]);
    const { amr } = await idToken(agent, [{ code: '123456' }]);
    expect(amr).toEqual(['pwd', 'otp', 'mfa']);
  });

  it('may be nothing: then nothing is told of the password either', async () => {
    const agent = await serve([terms()]);
    const claims = await idToken(agent, [{ terms: 'yes' }]);
    expect(claims).not.toHaveProperty('amr');
  });

  it('leaves the authentication context as it was, if a step does not name one', async () => {
    const agent = await serve([], {
      options: {
        users: {
          authenticate: ({ username }) => ({ id: username, acr: 'urn:example:password' }),
          steps: [totp(), terms()],
        },
      },
    });
    const { acr } = await idToken(agent, [{ code: '123456' }, { terms: 'yes' }]);
    expect(acr).toBe(mfa);
  });

  it('is what the last step says, where several name a context', async () => {
    const agent = await serve([totp(), totp({ name: 'key', submit: () => ({ done: true, acr: 'urn:example:hardware' }) })]);
    const { acr } = await idToken(agent, [{ code: '123456' }, { code: '1' }]);
    expect(acr).toBe('urn:example:hardware');
  });

  it('meets a context that the client cannot do without, by a step for those who need it', async () => {
    const agent = await serve([totp({ isDue: ({ acr_values }) => acr_values.includes(mfa) })]);
    await postLogin(agent, alice, start());
    expect(isSignedIn(agent)).toBe(true); // by the password alone, which was enough
    server.sleep(1);
    const step = await logIn(agent, asking({ essential: true, values: [mfa] }));
    const { html } = await openPage(agent, await sendStep(agent, step, { code: '123456' }));
    expect(isConsent(html)).toBe(true);
  });

  it('does not meet one that it does not reach', async () => {
    const agent = await serve([totp()]);
    const step = await logIn(agent, asking({ essential: true, values: ['urn:example:gold'] }));
    const answer = await agent.get((await sendStep(agent, step, { code: '123456' })).headers.get('location') ?? '');
    expect(answer.headers.get('location')).toContain('error=unmet_authentication_requirements');
  });

  it('is from when the last step was done, which is what a max_age is held against', async () => {
    const agent = await serve([totp()]);
    const step = await logIn(agent, start({ max_age: '10' }));
    server.sleep(600);
    const { html } = await openPage(agent, await sendStep(agent, step, { code: '123456' }));
    expect(isConsent(html)).toBe(true);
  });
});

describe('a sign-in under way', () => {
  const notice = 'Your sign-in took too long';

  it('is named by a cookie that no script reads, no other site sends, and that goes with the browser after a quarter of an hour', async () => {
    const agent = await serve([totp()]);
    const [cookie] = (await postLogin(agent)).headers.getSetCookie().filter((line) => line.startsWith('oauth_sign_in='));
    expect(cookie).toMatch(/^oauth_sign_in=[\w-]{8}\.[\w-]{43}; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('has a cookie that no other host can set, under https', async () => {
    const agent = await serve([totp()], { options: { issuer: 'https://app.example.com' } });
    const answer = await postLogin(agent, alice, start());
    expect(answer.headers.getSetCookie().join()).toMatch(/__Host-oauth_sign_in=[^;]*;[^,]*; Secure/);
  });

  it('still goes on after nearly a quarter of an hour', async () => {
    const agent = await serve([totp()]);
    const step = await logIn(agent);
    server.sleep(lifetime - 1);
    await sendStep(agent, step, { code: '123456' });
    expect(isSignedIn(agent)).toBe(true);
  });

  it.each([
    ['by a right answer', (agent: Agent, step: Awaited<ReturnType<typeof logIn>>) => sendStep(agent, step, { code: '123456' })],
    ['by a look', (agent: Agent, step: Awaited<ReturnType<typeof logIn>>) => agent.get(`/oauth/step?ticket=${step.ticket}`)],
  ])('ends after a quarter of an hour: %s the user comes to the login page of the same request, which says why', async (_, come) => {
    const agent = await serve([totp()]);
    const step = await logIn(agent);
    server.sleep(lifetime);
    const page = await openPage(agent, await come(agent, step));
    expect({ login: isLogin(page.html), why: page.html.includes(notice), signedIn: isSignedIn(agent) }).toEqual({
      login: true,
      why: true,
      signedIn: false,
    });
    const again = await openStep(agent, await agent.post('/oauth/login', { ticket: page.ticket, _csrf: page._csrf, ...alice }));
    const { html } = await openPage(agent, await sendStep(agent, again, { code: '123456' }));
    expect(isConsent(html)).toBe(true);
  });

  it('lives no longer for wrong answers and new codes', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    const step = await logIn(agent);
    server.sleep(lifetime - 1);
    await sendStep(agent, step, { action: 'resend' });
    server.sleep(1);
    await sendStep(agent, step, { code: mails.latest() });
    expect(isSignedIn(agent)).toBe(false);
  });

  it('lives no longer for a second step', async () => {
    const mails = emailCode();
    const agent = await serve([totp(), mails.step]);
    const first = await logIn(agent);
    server.sleep(lifetime - 1);
    const second = await openStep(agent, await sendStep(agent, first, { code: '123456' }));
    server.sleep(1);
    await sendStep(agent, second, { code: mails.latest() });
    expect(isSignedIn(agent)).toBe(false);
  });

  it('is not made up for by a session of before, where the client wants a new login', async () => {
    const accepted = new Set(['alice']);
    const agent = await serve([terms(accepted)]);
    await postLogin(agent);
    accepted.clear();
    server.sleep(1);
    const step = await logIn(agent, start({ prompt: 'login' }));
    server.sleep(lifetime);
    const { html } = await openPage(agent, await sendStep(agent, step, { terms: 'yes' }));
    expect({ login: isLogin(html), why: html.includes(notice) }).toEqual({ login: true, why: true });
  });

  it('is of no use in another browser, which has the address but not the cookie', async () => {
    const agent = await serve([totp()]);
    const step = await logIn(agent);
    const thief = new Agent(server.url);
    const page = await openPage(thief, `/oauth/step?ticket=${step.ticket}`);
    const answer = await sendStep(thief, { ...step, _csrf: page._csrf }, { code: '123456' });
    expect({ login: isLogin(page.html), to: answer.headers.get('location'), signedIn: isSignedIn(thief) }).toEqual({
      login: true,
      to: expect.stringContaining('/oauth/login?'),
      signedIn: false,
    });
  });

  it('is no session, whatever cookie it is sent as', async () => {
    const agent = await serve([totp()]);
    const { ticket } = await logIn(agent);
    agent.cookies.set('oauth_session', agent.cookies.get('oauth_sign_in')?.split('.')[1] ?? '');
    const pages = await Promise.all(['/oauth/apps', `/oauth/consent?ticket=${ticket}`].map((path) => openPage(agent, path)));
    expect(pages.map(({ html }) => isLogin(html))).toEqual([true, true]);
  });

  it('has a name of its own, whatever cookie was planted in the browser', async () => {
    const agent = await serve([totp()]);
    const { ticket, _csrf: token } = await openPage(agent, start());
    const mark = createHash('sha256').update(ticket).digest('base64url').slice(0, 8);
    const planted = `${mark}.planted-by-somebody-else-who-waits-for-us`;
    agent.cookies.set('oauth_sign_in', planted);
    const step = await openStep(agent, await agent.post('/oauth/login', { ticket, _csrf: token, ...alice }));
    expect(agent.cookies.get('oauth_sign_in')).toMatch(new RegExp(`^${mark}\\.[\\w-]{43}$`));
    expect(agent.cookies.get('oauth_sign_in')).not.toBe(planted);
    const thief = new Agent(server.url);
    const { _csrf } = await openPage(thief, start());
    thief.cookies.set('oauth_sign_in', planted);
    await sendStep(thief, { ...step, _csrf }, { code: '123456' });
    expect(isSignedIn(thief)).toBe(false);
  });

  it('is that of its own tab: two that take turns both get through', async () => {
    const agent = await serve([totp(), totp({ name: 'key' })]);
    const first = await logIn(agent, start({ state: 'first' }));
    const second = await logIn(agent, start({ state: 'second' }));
    const firstsNext = await openStep(agent, await sendStep(agent, first, { code: '123456' }));
    const secondsNext = await openStep(agent, await sendStep(agent, second, { code: '123456' }));
    expect(isSignedIn(agent)).toBe(false);
    expect(isConsent((await openPage(agent, await sendStep(agent, firstsNext, { code: '123456' }))).html)).toBe(true);
    const last = await openPage(agent, await sendStep(agent, secondsNext, { code: '123456' }));
    const back = await agent.post('/oauth/consent', { ticket: last.ticket, _csrf: last._csrf, decision: 'allow' });
    expect(new URL(back.headers.get('location') ?? '').searchParams.get('state')).toBe('second');
  });

  it('gives way to newer ones: of six in one browser the oldest is lost', async () => {
    const agent = await serve([totp()]);
    const steps = [];
    for (let tabs = 0; tabs < 6; tabs += 1) steps.push(await logIn(agent));
    const [oldest, second] = steps as [StepForm, StepForm];
    expect((await sendStep(agent, oldest, { code: '123456' })).headers.get('location')).toContain('/oauth/login?');
    expect((await sendStep(agent, second, { code: '123456' })).headers.get('location')).toContain('/oauth/consent?');
  });

  it('does not go on as somebody else, who has signed in in another tab, without a word', async () => {
    const agent = await serve([terms(new Set(['bob']))]);
    const alices = await logIn(agent);
    await postLogin(agent, bob);
    expect(isSignedIn(agent)).toBe(true);
    server.sleep(lifetime);
    const page = await openPage(agent, await sendStep(agent, alices, { terms: 'yes' }));
    expect({ login: isLogin(page.html), why: page.html.includes(notice) }).toEqual({ login: true, why: true });
  });

  it('does not go on as somebody else either, once it is done and they have signed in after it', async () => {
    const agent = await serve([terms(new Set(['bob']))]);
    const alices = await logIn(agent);
    await sendStep(agent, alices, { terms: 'yes' });
    await postLogin(agent, bob, start({ prompt: 'login' }));
    const page = await openPage(agent, `/oauth/step?ticket=${alices.ticket}`);
    expect({ login: isLogin(page.html), why: page.html.includes(notice) }).toEqual({ login: true, why: true });
  });

  it('leaves nothing in the browser when the user cancels, and the other tab as it is', async () => {
    const agent = await serve([totp()]);
    const first = await logIn(agent);
    const second = await logIn(agent);
    await sendStep(agent, first, { cancel: 'cancel' });
    expect(agent.cookies.get('oauth_sign_in')).toMatch(/^[\w-]{8}\.[\w-]{43}$/);
    await sendStep(agent, second, { cancel: 'cancel' });
    expect(agent.cookies.has('oauth_sign_in')).toBe(false);
  });

  it.each(['the form sent twice', 'the back button'])('does not mind %s', async (what) => {
    const agent = await serve([totp()]);
    const step = await logIn(agent);
    await sendStep(agent, step, { code: '123456' });
    const answer = what.startsWith('the form')
      ? await sendStep(agent, step, { code: '123456' })
      : await agent.get(`/oauth/step?ticket=${step.ticket}`);
    expect(isConsent((await openPage(agent, answer)).html)).toBe(true);
  });

  it('signs in once, if the last form comes twice at the same time', async () => {
    const store = recordingStore(memoryStore(systemClock)); // slow enough for the two to meet
    const agent = await serve([totp()], { options: { store } });
    const recorder = record(server.oauth);
    const step = await logIn(agent);
    await recorder.take();
    await Promise.all([sendStep(agent, step, { code: '123456' }), sendStep(agent, step, { code: '123456' })]);
    expect(isSignedIn(agent)).toBe(true);
    expect((await recorder.take()).filter(({ name }) => name === 'login.succeeded')).toHaveLength(1);
  });

  it('begins the next step once, if the form before it comes twice at the same time', async () => {
    const store = recordingStore(memoryStore(systemClock));
    const mails = emailCode();
    const agent = await serve([totp(), mails.step], { options: { store } });
    const step = await logIn(agent);
    const answers = await Promise.all([sendStep(agent, step, { code: '123456' }), sendStep(agent, step, { code: '123456' })]);
    expect({ statuses: answers.map(({ status }) => status), sent: mails.sent.length }).toEqual({ statuses: [303, 303], sent: 1 });
    const next = await openStep(agent, `/oauth/step?ticket=${step.ticket}`);
    await sendStep(agent, next, { code: mails.latest() });
    expect(isSignedIn(agent)).toBe(true);
  });

  it('goes on once the next step can begin, if it could not', async () => {
    let away = true;
    const mails = emailCode();
    const agent = await serve([
      totp(),
      emailCode({
        begin: (context) => {
          if (away) throw new Error('The mail server is away.');
          return mails.step.begin?.(context) as { code: string };
        },
      }).step,
    ]);
    const step = await logIn(agent);
    expect((await sendStep(agent, step, { code: '123456' })).status).toBe(500);
    away = false;
    const next = await openStep(agent, await sendStep(agent, step, { code: '123456' }));
    expect({ sent: mails.sent.length, shown: next.html.includes('Check your e-mail') }).toEqual({ sent: 1, shown: true });
  });

  it('takes the form of a step that is done for no answer to the next', async () => {
    const mails = emailCode();
    const asked: unknown[] = [];
    const second = totp({
      submit(values) {
        asked.push(values);
        return { done: true };
      },
    });
    const agent = await serve([mails.step, second]);
    const first = await logIn(agent);
    await sendStep(agent, first, { code: mails.latest() });
    const { html } = await openPage(agent, await sendStep(agent, first, { code: mails.latest() }));
    expect({ asked, shown: html.includes('Confirm that it is you') }).toEqual({ asked: [], shown: true });
  });

  it('goes on only by a form of our own page', async () => {
    const agent = await serve([totp()]);
    const step = await logIn(agent);
    const answer = await sendStep(agent, { ...step, _csrf: 'forged' }, { code: '123456' });
    expect({ status: answer.status, signedIn: isSignedIn(agent) }).toEqual({ status: 403, signedIn: false });
    await sendStep(agent, await openStep(agent, answer), { code: '123456' });
    expect(isSignedIn(agent)).toBe(true);
  });

  it('ends the session that was before, like every sign-in', async () => {
    const accepted = new Set(['alice']);
    const agent = await serve([terms(accepted)]);
    await postLogin(agent);
    const before = agent.cookies.get('oauth_session') ?? '';
    accepted.clear();
    await sendStep(agent, await logIn(agent, start({ prompt: 'login' })), { terms: 'yes' });
    const other = new Agent(server.url);
    other.cookies.set('oauth_session', before);
    expect(isLogin((await openPage(other, '/oauth/apps')).html)).toBe(true);
  });

  it('needs a ticket of ours', async () => {
    const agent = await serve([totp()]);
    await logIn(agent);
    expect((await agent.get('/oauth/step')).status).toBe(400);
    expect((await agent.get('/oauth/step?ticket=forged')).status).toBe(400);
  });
});

describe('who guesses codes', () => {
  it('has to wait after five wrong answers, longer each time, also in other sign-ins; the wait over, the right one is taken', async () => {
    const agent = await serve([totp()]);
    const statuses: number[] = [];
    for (let guesses = 0; guesses < 3; guesses += 1) statuses.push((await sendStep(agent, await logIn(agent), { code: '1' })).status);
    const step = await logIn(new Agent(server.url)); // counted by user, not by browser
    expect(step.status).toBe(200);
    const other = await logIn(agent);
    for (let guesses = 0; guesses < 3; guesses += 1) statuses.push((await sendStep(agent, other, { code: '1' })).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);

    const answer = await sendStep(agent, other, { code: '123456' });
    const page = await openStep(agent, answer);
    expect({ status: answer.status, wait: answer.headers.get('retry-after'), says: page.html.includes('too many attempts') }).toEqual({
      status: 429,
      wait: '1',
      says: true,
    });
    server.sleep(1);
    await sendStep(agent, page, { code: '123456' });
    expect(isSignedIn(agent)).toBe(true);
  });

  it('is not told apart from who has the code while there is a wait', async () => {
    let asked = 0;
    const submit = () => {
      asked += 1;
      return { again: 'No.' };
    };
    const agent = await serve([totp({ submit })]);
    const step = await logIn(agent);
    for (let guesses = 0; guesses < 10; guesses += 1) await sendStep(agent, step, { code: '1' });
    expect(asked).toBe(5);
  });

  it('is told of to who listens, also while there is a wait', async () => {
    const agent = await serve([totp()]);
    const step = await logIn(agent);
    for (let guesses = 0; guesses < 5; guesses += 1) await sendStep(agent, step, { code: '1' });
    const recorder = record(server.oauth);
    await sendStep(agent, step, { code: '123456' });
    expect(await recorder.takeOne('login.step')).toMatchObject({ sub: 'alice', step: 'totp', outcome: 'too many', client_id: 'web' });
  });

  it('begins anew after a right answer', async () => {
    const agent = await serve([totp()]);
    const once = async () => {
      const step = await logIn(agent, start({ prompt: 'login' }));
      for (let guesses = 0; guesses < 4; guesses += 1) await sendStep(agent, step, { code: '1' });
      return sendStep(agent, step, { code: '123456' });
    };
    await once();
    expect((await once()).status).toBe(303);
  });

  it('does not hold up another user, nor another step', async () => {
    const agent = await serve([totp()]);
    const step = await logIn(agent);
    for (let guesses = 0; guesses < 6; guesses += 1) await sendStep(agent, step, { code: '1' });
    const other = new Agent(server.url);
    const bobs = await openStep(other, await postLogin(other, { username: 'bob', password: 'battery staple' }));
    await sendStep(other, bobs, { code: '123456' });
    expect(isSignedIn(other)).toBe(true);
  });

  it('cannot have mails sent without end by signing in again and again', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    const recorder = record(server.oauth);
    for (let logins = 0; logins < 40; logins += 1) await postLogin(agent, alice, start({ prompt: 'login' }));
    expect(mails.sent).toHaveLength(5);
    const events = (await recorder.take()).filter(({ name }) => name === 'login.step');
    expect(events).toHaveLength(35);
    expect(events[0]).toMatchObject({ sub: 'alice', step: 'email-code', outcome: 'too many', client_id: 'web' });

    const answer = await postLogin(agent);
    const html = await answer.text();
    expect({ status: answer.status, wait: answer.headers.get('retry-after'), login: isLogin(html) }).toEqual({
      status: 429,
      wait: '1',
      login: true,
    });
    expect(html).toContain('too many attempts');
    server.sleep(1);
    const ticketed = { ticket: formField(html, 'ticket'), _csrf: formField(html, '_csrf') };
    await sendStep(agent, await openStep(agent, await agent.post('/oauth/login', { ...ticketed, ...alice })), { code: mails.latest() });
    expect(isSignedIn(agent)).toBe(true);
  });

  it('cannot have them sent by taking the step before again and again', async () => {
    const mails = emailCode();
    const agent = await serve([totp(), mails.step]);
    const statuses: number[] = [];
    for (let logins = 0; logins < 6; logins += 1) statuses.push((await sendStep(agent, await logIn(agent), { code: '123456' })).status);
    expect({ statuses, sent: mails.sent.length }).toEqual({ statuses: [303, 303, 303, 303, 303, 429], sent: 5 });
  });

  it('does not hold up who signs in often, and does it right', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    for (let logins = 0; logins < 8; logins += 1) {
      await sendStep(agent, await logIn(agent, start({ prompt: 'login' })), { code: mails.latest() });
    }
    expect(mails.sent).toHaveLength(8);
  });

  it('cannot have mails sent without end', async () => {
    const mails = emailCode();
    const agent = await serve([mails.step]);
    const step = await logIn(agent);
    for (let asks = 0; asks < 20; asks += 1) await sendStep(agent, step, { action: 'resend' });
    expect(mails.sent).toHaveLength(6);
  });
});

describe('nobody gets in by', () => {
  const broken = (result: unknown) => totp({ submit: () => result as never });

  it.each([
    ['nothing', undefined],
    ['true', true],
    ['an empty object', {}],
    ['done that is not true', { done: 'yes' }],
    ['done and again at once', { done: true, again: 'Once more' }],
    ['again without words', { again: '' }],
    ['a sentence that there is not', { again: { message: 'step.unknown' } }],
    ['methods that are no list', { done: true, amr: 'otp' }],
    ['methods that are no words', { done: true, amr: [1] }],
    ['a context that is no word', { done: true, acr: {} }],
  ])('a step that answers %s: an error page, and a line in the log', async (_, result) => {
    const agent = await serve([broken(result)]);
    const answer = await sendStep(agent, await logIn(agent), { code: '123456' });
    expect({ status: answer.status, signedIn: isSignedIn(agent), errors }).toEqual({
      status: 500,
      signedIn: false,
      errors: [expect.objectContaining({ message: expect.stringContaining('The step "totp" of users.steps') })],
    });
  });

  it('a step that throws; who tries again later goes on', async () => {
    let away = true;
    const submit = () => {
      if (away) throw new Error('The directory is away.');
      return { done: true } as const;
    };
    const agent = await serve([totp({ submit })]);
    const step = await logIn(agent);
    const answer = await sendStep(agent, step, { code: '123456' });
    expect({ status: answer.status, signedIn: isSignedIn(agent) }).toEqual({ status: 500, signedIn: false });
    expect(await answer.text()).not.toContain('directory');
    away = false;
    await sendStep(agent, step, { code: '123456' });
    expect(isSignedIn(agent)).toBe(true);
  });

  it.each([
    ['cannot say whether it is due', totp({ isDue: () => undefined as never })],
    ['fails to say whether it is due', totp({ isDue: () => Promise.reject(new Error('The directory is away.')) })],
    ['cannot begin', totp({ begin: () => Promise.reject(new Error('The mail server is away.')) })],
  ])('a step that %s', async (_, step) => {
    const agent = await serve([step]);
    const answer = await postLogin(agent);
    expect({ status: answer.status, signedIn: isSignedIn(agent), logged: errors.length }).toEqual({
      status: 500,
      signedIn: false,
      logged: 1,
    });
  });

  it('a step that the host has taken out since', async () => {
    const store = memoryStore(systemClock);
    const agent = await serve([totp()], { options: { store } });
    const step = await logIn(agent);
    await server.close();
    const other = await serve([terms()], { options: { store } });
    for (const [name, value] of agent.cookies) other.cookies.set(name, value);
    const answer = await sendStep(other, { ...step, action: '/oauth/step?step=totp' }, { code: '123456' });
    expect({ to: answer.headers.get('location'), signedIn: isSignedIn(other) }).toEqual({
      to: expect.stringContaining('/oauth/login?'),
      signedIn: false,
    });
  });

  it('a form without the box that must be ticked, which browsers would not send', async () => {
    const accepted = new Set<string>();
    const agent = await serve([terms(accepted)]);
    const answer = await sendStep(agent, await logIn(agent), {});
    expect({ status: answer.status, accepted: accepted.size, signedIn: isSignedIn(agent) }).toEqual({
      status: 422,
      accepted: 0,
      signedIn: false,
    });
  });

  it('values of fields and buttons that the page does not have', async () => {
    const seen: unknown[] = [];
    const submit: UserStep['submit'] = (values) => {
      seen.push(values);
      return { again: 'No.' };
    };
    const agent = await serve([totp({ submit })]);
    await sendStep(agent, await logIn(agent), { code: '1', admin: 'yes', action: 'skip', __proto__: 'x' });
    expect(seen).toEqual([{ code: '1' }]);
  });

  it('a password grant, which has no page for the step', async () => {
    const trusted = { client_id: 'trusted', client_secret: web.client_secret, grant_types: ['password'] };
    const accepted = new Set<string>();
    await serve([terms(accepted)], { options: { clients: [trusted] } });
    const ask = () => token(server.url, { grant_type: 'password', client_id: 'trusted', client_secret: web.client_secret, ...alice });
    const recorder = record(server.oauth);
    expect((await ask()).body.error).toBe('invalid_grant');
    expect(await recorder.takeOne('login.failed')).toMatchObject({ client_id: 'trusted', via: 'password grant' });
    accepted.add('alice');
    expect((await ask()).status).toBe(200);
  });

  it('many password grants, which wait as for a wrong password', async () => {
    const trusted = { client_id: 'trusted', client_secret: web.client_secret, grant_types: ['password'] };
    await serve([terms()], { options: { clients: [trusted] } });
    const statuses: number[] = [];
    for (let asks = 0; asks < 6; asks += 1) {
      const { status } = await token(server.url, {
        grant_type: 'password',
        client_id: 'trusted',
        client_secret: web.client_secret,
        ...alice,
      });
      statuses.push(status);
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
  });
});

describe('the login page', () => {
  it('says nothing but that it took too long, whatever a link to it has', async () => {
    const agent = await serve([]);
    const { html } = await openPage(agent, start());
    const answer = await agent.get(`/oauth/login?ticket=${formField(html, 'ticket')}&late=You+have+won`);
    const text = await answer.text();
    expect({ won: text.includes('You have won'), says: text.includes('took too long') }).toEqual({ won: false, says: true });
  });
});
