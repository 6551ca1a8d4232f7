/** Under which name a client knows a user. OpenID Connect Core section 8. */
import { sectorOf } from '../clients/sector-identifier.js';
import type { Server } from '../contracts.js';
import type { Client } from '../model/client.js';
import { pairwiseSubject } from '../rules/pairwise.js';

/** The user's own identifier; or, for a pairwise client, one that tells it nothing about other clients' users. */
export async function subjectFor(sub: string, client: Client, server: Server): Promise<string> {
  if (client.subject_type === 'public') return sub;
  return pairwiseSubject(sub, await sectorOf(client, server), saltOf(server));
}

/** The name of the browser's session, which would otherwise tell two pairwise clients that their users are one. */
export function sessionFor(sid: string, { subject_type, client_id }: Client, server: Server): string {
  return subject_type === 'public' ? sid : pairwiseSubject(sid, client_id, saltOf(server));
}

/**
 * In an access token. The client can read it, so in one for userinfo alone a pairwise client finds the name that it knows; an API of the
 * host needs the host's own identifier. RFC 9068 section 6 would have another one for each: choose an API's clients with that in mind.
 */
export async function accessTokenSubject(sub: string, audience: string, client: Client, server: Server): Promise<string> {
  return audience === server.settings.issuer ? subjectFor(sub, client, server) : sub;
}

function saltOf({ settings }: Pick<Server, 'settings'>): string {
  return settings.pairwiseSalt as string; // checked at start, for whoever has a pairwise client
}
