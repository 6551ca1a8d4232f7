/** The connected apps: shows the user which apps use the account, and removes the access of one. */
import { type ConnectedApp, connectedAppsOf, removeApp } from '../authorization/connected-apps.js';
import { cardOf, inWords, loginPage, switchAccountUrl } from '../authorization/pages.js';
import { findIfKnown } from '../clients/find.js';
import type { Endpoint, HttpRequest, Server } from '../contracts.js';
import { localUrl, page, seeOther } from '../http/message.js';
import { findUser } from '../interaction/session.js';
import { ownPages, sealPageTicket } from '../interaction/ticket.js';
import { wordsOf } from '../model/client.js';
import type { ConnectedAppCard } from '../model/screens.js';
import { momentAt, own, type Value } from '../model/words.js';
import { form } from './form.js';
import { signOut } from './sign-out.js';

export const apps: Endpoint = {
  name: 'apps',
  path: ownPages.apps,
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,

  handle: form({
    async show(http, server, refusal) {
      const user = await findUser(http, server);
      if (!user) return loginPage({ page: 'apps' }, http, server);
      const connected = await connectedAppsOf(user.sub, server);
      const removed = await justRemoved(http, user.sub, connected, server);
      const ticket = await sealPageTicket('apps', server, { basePath: http.basePath });
      const values = {
        action: localUrl(http, ownPages.apps),
        user: { name: user.name },
        apps: connected.map((app) => appCard(app, http, server)),
        switchAccountUrl: switchAccountUrl(ticket, http, server),
        ...((signOut.enabled?.(server.settings) ?? true) && { signOutUrl: localUrl(http, '/sign-out') }),
        ...(server.settings.passkeys && { passkeysUrl: localUrl(http, ownPages.passkeys) }),
        ...(removed !== undefined && { removed }),
        ...(refusal && { notice: refusal.notice }),
      };
      return page({ name: 'apps', values }, { status: refusal?.status ?? 200 });
    },

    /** Ends what is the user's own, whoever the page was drawn for. */
    async submit(http, server) {
      const user = await findUser(http, server);
      if (!user) return loginPage({ page: 'apps' }, http, server);
      const client_id = http.body.need('client_id');
      await removeApp(client_id, user.sub, server);
      const removed: Removed = { client_id, sub: user.sub, at: server.clock() };
      return seeOther(localUrl(http, ownPages.apps, { removed: await server.secrets.seal('removed app', removed) }));
    },
  }),
};

/** What the page is told after a removal: sealed, because everyone can send users to an address of our page, and so put words there. */
interface Removed {
  readonly client_id: string;
  readonly sub: string;
  readonly at: number;
}

const toldFor = 300; // seconds

/** The name of the app; only for the user who has removed it, and only if it is really gone. */
async function justRemoved(
  { query }: HttpRequest,
  sub: string,
  connected: readonly ConnectedApp[],
  server: Server,
): Promise<Value | undefined> {
  const removed = (await server.secrets.open('removed app', query.get('removed') ?? '')) as Removed | undefined;
  if (!removed || removed.sub !== sub || removed.at + toldFor <= server.clock()) return undefined;
  if (connected.some(({ client_id }) => client_id === removed.client_id)) return undefined;
  const client = await findIfKnown(removed.client_id, server);
  return client ? own(wordsOf(client, 'client_name')) : removed.client_id;
}

function appCard(
  { client_id, client, permissions, authorizations, agreed_at }: ConnectedApp,
  http: HttpRequest,
  server: Server,
): ConnectedAppCard {
  const now = server.clock();
  const [latest] = authorizations;
  return {
    client_id,
    client: client ? cardOf(client, http) : { name: client_id },
    permissions: permissions.map((permission) => inWords(permission, server)),
    ...(latest && {
      access: {
        since: momentAt(Math.min(...authorizations.map(({ allowed_at }) => allowed_at)), now),
        lastUsed: momentAt(latest.rotated_at, now),
        signIns: authorizations.length,
      },
    }),
    ...(agreed_at !== undefined && { agreed: momentAt(agreed_at, now) }),
  };
}
