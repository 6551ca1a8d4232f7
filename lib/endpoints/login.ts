/** The login screen: authenticates the resource owner. RFC 6749 section 3.1. */
import { takeUp } from '../authorization/advance.js';
import { type Again, giveUp, loginPage, type Waiting } from '../authorization/pages.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from '../contracts.js';
import { checkAssertion } from '../interaction/passkey-ceremony.js';
import { type Counted, unlessItFails } from '../limits/limits.js';
import type { LoginVia } from '../model/events.js';
import type { Identity } from '../model/user.js';
import { wantedAcr } from '../rules/authentication-request.js';
import { nameInLimits, readUser } from '../rules/user.js';
import { beginSignIn } from '../sign-in/run.js';
import { form } from './form.js';

/** One sentence for an unknown name and a wrong password: nobody learns which accounts exist. */
const wrongPassword = { notice: { message: 'login.wrong' }, status: 422 } as const;

const wrongPasskey = { notice: { message: 'login.passkeyWrong' }, status: 422 } as const;

/** The steps after the password were not taken in time: `late` says so, and can say nothing else. */
const tookTooLong = { notice: { message: 'login.tookTooLong' } } as const;

export const login: Endpoint = {
  name: 'login',
  path: '/login',
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,
  enabled: ({ users }) => users.authenticate !== undefined,

  handle: form({
    show: (http, server, refusal) =>
      takeUp(http, server, (waiting) => {
        const late = http.query.has('late') ? tookTooLong : {};
        return loginPage(waiting, http, server, { ...late, ...refusal, username: http.body.get('username') ?? '' });
      }),

    submit: (http, server) =>
      takeUp(http, server, async (waiting) => {
        if (http.body.has('cancel')) return giveUp(waiting, server);
        const username = http.body.get('username') ?? '';
        if (server.settings.passkeys && http.body.has('passkey')) return signInByPasskey(waiting, username, http, server);
        return signInByPassword(waiting, username, http, server);
      }),
  }),
};

async function signInByPassword(waiting: Waiting, username: string, http: HttpRequest, server: Server): Promise<HttpResponse> {
  const password = http.body.get('password') ?? '';
  if (username === '' || password === '') return refused(waiting, 'login page', wrongPassword, username, http, server);
  const counting = [{ limit: 'login', of: [nameInLimits(username)] } as const, { limit: 'loginAddress', of: [] } as const];
  const counted = await server.limits.count(counting, { from: http, emit: server.emit, ...clientOf(waiting) });
  if (counted.wait > 0) return tooManyAttempts(counted, waiting, username, http, server);
  const asked = 'page' in waiting ? { acr_values: [] } : { client: waiting.client, acr_values: wantedAcr(waiting.request) };
  const user = await unlessItFails(counted, async () =>
    readUser(await server.settings.users.authenticate?.({ username, password }, { req: http.host, ...asked }), 'users.authenticate'),
  );
  if (!user) return refused(waiting, 'login page', wrongPassword, username, http, server);
  const goal = { waiting, ticket: http.body.need('ticket') };
  const [response] = await Promise.all([
    beginSignIn({ user, via: 'login page', canMakePasskeys: http.body.get('can') === 'passkey' }, goal, http, server),
    counted.succeeded(),
  ]);
  return response;
}

async function signInByPasskey(waiting: Waiting, username: string, http: HttpRequest, server: Server): Promise<HttpResponse> {
  const counted = await server.limits.count([{ limit: 'loginAddress', of: [] }], { from: http, emit: server.emit, ...clientOf(waiting) });
  if (counted.wait > 0) return tooManyAttempts(counted, waiting, username, http, server);
  const user = await unlessItFails(counted, () => userByPasskey(http, server));
  if (!user) return refused(waiting, 'passkey', wrongPasskey, username, http, server);
  const goal = { waiting, ticket: http.body.need('ticket') };
  const [response] = await Promise.all([
    beginSignIn({ user, via: 'passkey', canMakePasskeys: true }, goal, http, server),
    counted.succeeded(),
  ]);
  return response;
}

function refused(waiting: Waiting, via: LoginVia, why: Again, username: string, http: HttpRequest, server: Server): Promise<HttpResponse> {
  server.emit('login.failed', { ...clientOf(waiting), via });
  return loginPage(waiting, http, server, { ...why, username });
}

/** Also to who has the right password: else it would be found while the wait goes on. RFC 6585 section 4. */
async function tooManyAttempts(
  { wait }: Counted,
  waiting: Waiting,
  username: string,
  http: HttpRequest,
  server: Server,
): Promise<HttpResponse> {
  const answer = await loginPage(waiting, http, server, { notice: { message: 'login.tooMany' }, status: 429, username });
  return { ...answer, headers: { ...answer.headers, 'Retry-After': String(wait) } };
}

function clientOf(waiting: Waiting): { client_id?: string } {
  return 'client' in waiting ? { client_id: waiting.client.client_id } : {};
}

/**
 * Whose passkey it is, if the account is still there. RFC 8176 section 2: a key that never leaves its device counts as kept in hardware,
 * though nobody attests that; and the user showed at the device that it was them, so there are two factors in one.
 */
async function userByPasskey({ body }: HttpRequest, server: Server): Promise<Identity | undefined> {
  const passkey = await checkAssertion({ challenge: body.verbatim('challenge'), passkey: body.verbatim('passkey') }, server);
  if (!passkey) return undefined;
  const { users, passkeys } = server.settings;
  const { sub, multiDevice } = passkey;
  const user = users.find ? readUser(await users.find(sub), 'users.find') : passkey;
  const acr = passkeys?.acr;
  return user && { sub, name: user.name, amr: [multiDevice ? 'swk' : 'hwk', 'user', 'mfa'], ...(acr !== undefined && { acr }) };
}
