/** Protects the routes of an API, beside its server or on another machine. RFC 6750, RFC 9470. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpResponse, Server } from '../contracts.js';
import { answerError } from '../error-answer.js';
import { ConfigurationError, type ConfigurationProblem, OAuthError } from '../errors.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import type { Auth, TokenChecker } from '../resource-server/auth.js';
import { askForToken, type ChallengeParameters, challenge, readBearerToken, withChallenge } from '../resource-server/challenge.js';
import { localChecker } from '../resource-server/local-checker.js';
import {
  lackOf,
  neededScopes,
  type ProtectedApi,
  type ProtectedRoute,
  type Requirements,
  type RouteRequest,
  readRequirements,
} from '../resource-server/requirements.js';
import { resourceMetadataUrl, resourcesAt } from '../resource-server/resource-metadata.js';
import { inTime } from '../rules/patience.js';
import { exposeHeaders } from './cors.js';
import type { Middleware } from './mount.js';
import { send } from './send.js';

declare global {
  namespace Express {
    interface Request {
      /** What the access token of this request says. Set by `protect`; on routes that it does not stand before, there is none. */
      auth: Auth;
    }
  }
}

/** Makes a middleware that lets a request pass if its access token is for the API, and has what the route needs. */
export interface Protect {
  /** @param scopes - all of them are needed; none: any valid token of the only API will do */
  (...scopes: readonly string[]): Middleware;
  (requirements: Requirements): Middleware;
}

/** An API whose tokens can be checked here. */
export interface GuardedApi extends ProtectedApi {
  /** What a client is to ask for that has no token yet, where a route does not say it. */
  readonly defaultScopes?: readonly string[];
  readonly checker: TokenChecker;
  /** Whether that can ask the authorization server at all. */
  readonly canBeStrict: boolean;
  /** The address of its metadata, if somebody answers there. */
  readonly resource_metadata: string | undefined;
}

export interface ProtectParts {
  readonly issuer: string;
  readonly apis: readonly GuardedApi[];
  /** Whether routes that do not say so ask for each request if the token was revoked. */
  readonly strict: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** The APIs beside their server. */
export function protectPartsOf(server: Server): ProtectParts {
  const { settings, clock, log } = server;
  const { origin } = new URL(settings.issuer);
  const described = new Set(resourcesAt(origin, [...settings.apis.values()]).values());
  const apis = [...settings.apis.values()].map((api) => ({
    identifier: api.identifier,
    scopes: [...api.scopes.keys()],
    defaultScopes: api.defaultScopes,
    checker: localChecker(api.identifier, server),
    canBeStrict: true,
    resource_metadata: described.has(api) ? resourceMetadataUrl(api.identifier) : undefined,
  }));
  return { issuer: settings.issuer, apis, strict: false, clock, log };
}

export function protectFor(parts: ProtectParts): Protect {
  return (...given: readonly unknown[]): Middleware => {
    const route = readRequirements(given, parts.apis);
    if (route.strict && !route.api.canBeStrict) throw new ConfigurationError([notAsked], 'protect');

    return (req, res, next) => {
      refusalOf(req, route, parts)
        .then((refusal) => (refusal ? refuse(res, refusal) : next()))
        .catch(next);
    };
  };
}

const notAsked: ConfigurationProblem = {
  path: 'protect({ strict })',
  problem: 'Nobody can be asked.',
  cure: 'Give protectApi the option introspection.',
};

type Request = IncomingMessage & { auth?: Auth };

/** What a challenge tells is for the client in any case. */
const settings = { development: false };

/** What to answer instead of the API; nothing, if the request may pass. @throws what the host's own rule throws */
async function refusalOf(req: Request, route: ProtectedRoute<GuardedApi>, parts: ProtectParts): Promise<HttpResponse | undefined> {
  const { resource_metadata } = route.api;
  const scope = neededScopes(route, []).join(' ');
  const answer = (error: unknown, parameters: ChallengeParameters) =>
    answerError(withChallenge(error, parameters), { audience: 'client', name: 'protect' }, { log: parts.log, settings });

  let auth: Auth;
  try {
    const token = readBearerToken(authorizationOf(req));
    if (token === undefined) return askForToken({ realm: parts.issuer, scope, resource_metadata });
    auth = await route.api.checker.check(token, { strict: route.strict ?? parts.strict });
  } catch (error) {
    return answer(error, { scope, resource_metadata });
  }

  const lack = lackOf(route, auth, parts.clock());
  if (lack) return answer(challenge(lack.code, lack.message, { ...lack.parameters, resource_metadata }), {});
  const { allow } = route;
  if (allow && (await inTime(() => allow(auth, req as RouteRequest), 'protect({ allow })')) !== true) {
    return answer(new OAuthError('access_denied', 'This is not allowed here, whatever the scope of the token.'), { resource_metadata });
  }
  req.auth = auth;
  return undefined;
}

/** Node keeps the first of two such headers, a proxy may have looked at the other. RFC 6750 section 3.1. */
function authorizationOf({ headers, headersDistinct }: IncomingMessage): string | undefined {
  if ((headersDistinct?.authorization?.length ?? 0) > 1) {
    throw new OAuthError('invalid_request', 'The request has more than one Authorization header.');
  }
  return headers.authorization;
}

/** Pages of other origins may read the challenge, if the host lets them read the answer at all. */
function refuse(res: ServerResponse, refusal: HttpResponse): void {
  exposeHeaders(res, ['WWW-Authenticate']);
  send(res, refusal);
}
