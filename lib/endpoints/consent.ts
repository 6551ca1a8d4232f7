/** The consent screen: the resource owner decides. RFC 6749 section 4.1.1, step (B). */
import { advance, takeUpRequest } from '../authorization/advance.js';
import { nobody, someoneElse } from '../authorization/pages.js';
import { allow, refuse } from '../authorization/respond.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { addConsent, findConsent, hasAgreed, revisionOf } from '../interaction/consent.js';
import { findUser } from '../interaction/session.js';
import type { AuthorizationRequest } from '../model/authorization.js';
import type { Identity } from '../model/user.js';
import { askedOf } from '../rules/identity-scopes.js';
import { isOptional, onlyGranted, type Permission, permissionName, permissionsOf } from '../rules/permission.js';
import { form } from './form.js';

/** What the page told of the client is not so any more. */
const changed = { notice: { message: 'consent.appChanged' }, status: 409 } as const;

export const consent: Endpoint = {
  name: 'consent',
  path: '/consent',
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,

  handle: form({
    /** Whatever waits goes on from here: to the login, to this page, back to the client if there is nothing to ask, or to a page of ours. */
    show: (http, server, refusal) =>
      takeUpRequest(http, server, ({ request, client, authenticated, chosen }) => {
        const again = refusal && { ...refusal, ticked: tickedIn(http) };
        const known = { ...(authenticated !== undefined && { authenticated }), ...(chosen !== undefined && { chosen }) };
        return advance(request, client, http, server, { ...again, ...known });
      }),

    submit: (http, server) =>
      takeUpRequest(http, server, async ({ request, client, sub, revision, isFirst, authenticated, chosen }) => {
        const subject = { client_id: client.client_id, sub: sub ?? '' };
        // Where there was nothing, whoever agrees there meanwhile is found by the write itself, which then reads anew.
        const found = isFirst ? undefined : findConsent(subject, server);
        const [user, before] = await Promise.all([findUser(http, server, authenticated), found]);
        const ticked = tickedIn(http);
        const known = { ticked, ...(chosen !== undefined && { chosen }) };
        if (!user) return advance(request, client, http, server, { ...nobody, ...known });
        if (user.sub !== sub) return advance(request, client, http, server, { ...someoneElse, ...known });
        if (revision !== revisionOf(client)) return advance(request, client, http, server, { ...changed, ...known });
        const decision = http.body.need('decision');
        if (decision === 'deny') return deny(request, user, new OAuthError('access_denied', 'The user said no.'), server);
        if (decision !== 'allow') throw new OAuthError('invalid_request', 'The decision must be allow or deny.');
        const granted = grantedBy(ticked, request, server);
        if (granted.length === 0) return deny(request, user, new OAuthError('access_denied', 'The user left out everything.'), server);
        const allowed = onlyGranted(request, granted, server.settings);
        const agree = async () => {
          const kept = await addConsent({ ...subject, revision }, granted, before, server);
          const news = granted.filter((permission) => !hasAgreed(kept, permission));
          const told = asked(allowed);
          const added = told.scope.filter((word) => news.some(({ scope }) => scope === word));
          server.emit('consent.given', { ...subject, ...told, added });
        };
        return allow(allowed, client, user, server.clock(), server, agree);
      }),
  }),
};

/** What is not optional, and what of the rest the user has kept. */
function grantedBy(ticked: readonly string[], request: AuthorizationRequest, { settings }: Server): readonly Permission[] {
  return permissionsOf(request).filter((permission) => !isOptional(permission, settings) || ticked.includes(permissionName(permission)));
}

function deny(request: AuthorizationRequest, { sub }: Identity, error: OAuthError, server: Server): HttpResponse {
  server.emit('consent.refused', { client_id: request.client_id, sub, ...asked(request) });
  return refuse(request, error, server);
}

/** For events. */
function asked(request: AuthorizationRequest): { audiences: readonly string[]; scope: readonly string[] } {
  return { audiences: Object.keys(request.audiences), scope: askedOf(request) };
}

/** By name, what the user grants of what may be left out. */
function tickedIn({ body }: HttpRequest): readonly string[] {
  return body.all('permission');
}
