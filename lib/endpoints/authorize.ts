/** The authorization endpoint. RFC 6749 section 3.1. */
import { advance } from '../authorization/advance.js';
import { readReply, readRequest } from '../authorization/read.js';
import { refuse } from '../authorization/respond.js';
import type { Endpoint } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { formOf, localUrl, seeOther } from '../http/message.js';
import { sealTicket } from '../interaction/ticket.js';

export const authorize: Endpoint = {
  name: 'authorize',
  path: '/authorize',
  methods: ['GET', 'POST'],
  metadata: 'authorization_endpoint',
  audience: 'user',
  cors: false,

  async handle(http, server) {
    const parameters = formOf(http);
    const { client, reply } = await readReply(parameters, server);
    try {
      const request = readRequest(parameters, client, reply, server);
      if (http.method === 'GET') return await advance(request, client, http, server);
      // A post from the client's page comes without our SameSite cookies; the GET that follows has them.
      return seeOther(localUrl(http, '/consent', { ticket: await sealTicket(request, server) }));
    } catch (error) {
      if (error instanceof OAuthError) return refuse(reply, error, server);
      throw error;
    }
  },
};
