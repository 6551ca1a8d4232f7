/** The sign-out page: ends the browser's login here. What clients were given stays theirs. */
import type { Endpoint } from '../contracts.js';
import { localUrl, page } from '../http/message.js';
import { endSession, findSession, findUser } from '../interaction/session.js';
import { form } from './form.js';

export const signOut: Endpoint = {
  name: 'sign-out',
  path: '/sign-out',
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,
  enabled: ({ users }) => users.authenticate !== undefined,

  handle: form({
    async show(http, server, refusal) {
      const user = await findUser(http, server);
      if (!user) return page({ name: 'signed-out', values: {} });
      const values = { action: localUrl(http, '/sign-out'), user: { name: user.name }, ...(refusal && { notice: refusal.notice }) };
      return page({ name: 'sign-out', values }, { status: refusal?.status ?? 200 });
    },

    async submit(http, server) {
      const ended = await findSession(http, server);
      await endSession(http, server);
      if (ended) server.emit('logout', { sub: ended.sub, ...(ended.sid !== undefined && { sid: ended.sid }) });
      return { ...page({ name: 'signed-out', values: {} }), session: 'cleared' };
    },
  }),
};
