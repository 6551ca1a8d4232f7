/** The authorization endpoint. RFC 6749 section 3.1, OpenID Connect Core section 3.1.2. */
import { advance } from '../authorization/advance.js';
import { failedPage } from '../authorization/pages.js';
import { readClient, readReply, readRequest } from '../authorization/read.js';
import { readRequestObject } from '../authorization/request-object.js';
import { fail } from '../authorization/respond.js';
import type { Endpoint, Parameters, Server } from '../contracts.js';
import { formOf, localUrl, seeOther } from '../http/message.js';
import { sealTicket } from '../interaction/ticket.js';
import type { Reply } from '../model/authorization.js';
import type { Client } from '../model/client.js';

export const authorize: Endpoint = {
  name: 'authorize',
  path: '/authorize',
  methods: ['GET', 'POST'],
  metadata: 'authorization_endpoint',
  audience: 'user',
  cors: false,

  async handle(http, server) {
    let parameters = formOf(http);
    const client = await readClient(parameters, server);
    try {
      parameters = await readRequestObject(parameters, client, server);
      const request = await readRequest(parameters, client, readReply(parameters, client, server), server);
      if (http.method === 'GET') return await advance(request, client, http, server);
      // A post from the client's page comes without our SameSite cookies; the GET that follows has them.
      return seeOther(localUrl(http, '/consent', { ticket: await sealTicket(request, server) }));
    } catch (thrown) {
      const reply = replyOf(parameters, client, thrown, server);
      // A request that is wrong leads nobody on to who is not known, not even where no page is wanted: any link could say prompt=none.
      return client.source === 'host' ? fail(reply, thrown, isSilent(parameters), server) : failedPage(reply, thrown, server);
    }
  },
};

/** Where the error goes; if that is no good place, it is thrown again and shown to the user. */
function replyOf(parameters: Parameters, client: Client, error: unknown, server: Server): Reply {
  try {
    return readReply(parameters, client, server);
  } catch {
    throw error;
  }
}

/** Whether no page may be shown. A prompt that cannot be read does not say so. */
function isSilent(parameters: Parameters): boolean {
  try {
    return parameters.get('prompt') === 'none';
  } catch {
    return false;
  }
}
