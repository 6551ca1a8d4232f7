/** The login screen: authenticates the resource owner. RFC 6749 section 3.1. */
import { takeUp } from '../authorization/advance.js';
import { giveUp, loginPage, type Waiting } from '../authorization/pages.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from '../contracts.js';
import { checkAssertion } from '../interaction/passkey-ceremony.js';
import type { Identity } from '../model/user.js';
import { wantedAcr } from '../rules/authentication-request.js';
import { readUser } from '../rules/user.js';
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
        const password = http.body.get('password') ?? '';
        const { users } = server.settings;
        const { client, acr_values } = 'page' in waiting ? { acr_values: [] } : { ...waiting, acr_values: wantedAcr(waiting.request) };
        const context = { req: http.host, ...(client && { client }), acr_values };
        const found = username && password && (await users.authenticate?.({ username, password }, context));
        const user = readUser(found || null, 'users.authenticate');
        const who = client && { client_id: client.client_id };
        if (!user) {
          server.emit('login.failed', { ...who, via: 'login page' });
          return loginPage(waiting, http, server, { ...wrongPassword, username });
        }
        return beginSignIn(
          { user, via: 'login page', canMakePasskeys: http.body.get('can') === 'passkey' },
          { waiting, ticket: http.body.need('ticket') },
          http,
          server,
        );
      }),
  }),
};

async function signInByPasskey(waiting: Waiting, username: string, http: HttpRequest, server: Server): Promise<HttpResponse> {
  const user = await userByPasskey(http, server);
  if (!user) {
    server.emit('login.failed', { ...('client' in waiting && { client_id: waiting.client.client_id }), via: 'passkey' });
    return loginPage(waiting, http, server, { ...wrongPasskey, username });
  }
  return beginSignIn({ user, via: 'passkey', canMakePasskeys: true }, { waiting, ticket: http.body.need('ticket') }, http, server);
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
