/** The consent screen: the resource owner decides. RFC 6749 section 4.1.1, step (B). */
import { advance, takeUpRequest } from '../authorization/advance.js';
import { allow, refuse } from '../authorization/respond.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { addConsent, findConsent, hasAgreed, inForce, revisionOf } from '../interaction/consent.js';
import { findUser } from '../interaction/session.js';
import type { AuthorizationRequest } from '../model/authorization.js';
import type { Identity } from '../model/user.js';
import { askedOf } from '../rules/identity-scopes.js';
import { isOptional, onlyGranted, type Permission, permissionName, permissionsOf } from '../rules/permission.js';
import { form } from './form.js';

/** The page was shown to one user, and another one is signed in by now, perhaps in a second tab. */
const someoneElse = { notice: 'The account has changed since this page was opened. Please look again and decide.', status: 409 };

/** What the page told of the client is not so any more. */
const changed = { notice: 'The app has changed since this page was opened. Please look again and decide.', status: 409 };

export const consent: Endpoint = {
  name: 'consent',
  path: '/consent',
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,

  handle: form({
    /** Whatever waits goes on from here: to the login, to this page, back to the client if there is nothing to ask, or to a page of ours. */
    show: (http, server, refusal) =>
      takeUpRequest(http, server, ({ request, client, authenticated }) => {
        const again = refusal && { ...refusal, ticked: tickedIn(http) };
        return advance(request, client, http, server, { ...again, ...(authenticated !== undefined && { authenticated }) });
      }),

    submit: (http, server) =>
      takeUpRequest(http, server, async ({ request, client, sub, revision, authenticated }) => {
        const subject = { client_id: client.client_id, sub: sub ?? '' };
        const [user, before] = await Promise.all([findUser(http, server, authenticated), findConsent(subject, server)]);
        if (!user || user.sub !== sub) return advance(request, client, http, server, { ...someoneElse, ticked: tickedIn(http) });
        if (revision !== revisionOf(client)) return advance(request, client, http, server, { ...changed, ticked: tickedIn(http) });
        const decision = http.body.need('decision');
        if (decision === 'deny') return deny(request, user, new OAuthError('access_denied', 'The user said no.'), server);
        if (decision !== 'allow') throw new OAuthError('invalid_request', 'The decision must be allow or deny.');
        const granted = grantedBy(tickedIn(http), request, server);
        if (granted.length === 0) return deny(request, user, new OAuthError('access_denied', 'The user left out everything.'), server);
        const allowed = onlyGranted(request, granted, server.settings);
        const news = granted.filter((permission) => !hasAgreed(inForce(before?.value, revision), permission));
        const told = asked(allowed);
        const added = told.scope.filter((word) => news.some(({ scope }) => scope === word));
        server.emit('consent.given', { ...subject, ...told, added });
        const [answer] = await Promise.all([
          allow(allowed, client, user, server.clock(), server),
          addConsent({ ...subject, revision }, granted, before, server),
        ]);
        return answer;
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
