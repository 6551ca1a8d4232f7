/** The middleware: finds the endpoint by its exact path, runs it, and writes its answer. Every other request is the host's. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, refuseRequest } from '../answer.js';
import type { Endpoint, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { cookieNames } from './cookies.js';
import { preflightHeaders } from './cors.js';
import { createCsrf } from './csrf.js';
import { type Reading, Received } from './received.js';
import { issuerPath, type Route, routeOf, routesAt } from './routes.js';
import { send } from './send.js';
import { serverFor } from './server-for.js';
import { pathOf } from './target.js';
import type { Write } from './write.js';

/** A middleware of Express 4 and 5. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** What Express adds to a request, as far as it is used here. */
type Request = IncomingMessage & { readonly baseUrl?: string };

export interface Mounted {
  readonly router: Middleware;
  /** Answers the well-known documents alone, for a router that is mounted where it is not asked for them. */
  wellKnown(prefix?: string): Middleware;
}

export function mount(server: Server, write: Write): Mounted {
  const { settings, endpoints, log } = server;
  const respond = createResponder(server, write);
  const prefix = issuerPath(settings);
  const documents = endpoints.filter(({ path }) => typeof path !== 'string');
  const direct = routesAt(prefix, endpoints, settings);
  const relative = routesAt('', endpoints, settings);
  let knowsWellKnown = false;

  /** Most hosts mount at the root or at the issuer's path; else the prefix is what Express says it is. */
  function find(baseUrl: string, path: string): Route | undefined {
    const route = routeOf(direct, `${baseUrl}${path}`);
    // A prefix such as `/:tenant` may match anything; what browsers take for another host must not begin a redirect.
    if (baseUrl === '' || !/^\/(?![/\\])/.test(baseUrl)) return route;
    if (!route && (!routeOf(relative, path) || isOnOurWay(baseUrl))) return undefined;
    warnOfWellKnown(route ? '' : `'${baseUrl}'`);
    return route ?? routeOf(routesAt(baseUrl, endpoints, settings), `${baseUrl}${path}`);
  }

  /** Mounted at `/oauth`, for example: then `/oauth/oauth/authorize` is not ours as well. */
  function isOnOurWay(baseUrl: string): boolean {
    return [...direct.keys()].some((path) => path.startsWith(`${baseUrl}/`));
  }

  /** Express does not tell where a router is mounted until a request comes through it. */
  function warnOfWellKnown(argument: string): void {
    if (knowsWellKnown) return;
    knowsWellKnown = true;
    log.warn(
      `The router is mounted below a prefix, where clients do not look for the documents under /.well-known/. Add this line to the app itself: app.use(oauth.wellKnown(${argument}))`,
    );
  }

  return {
    router(req: Request, res, next) {
      const { baseUrl = '' } = req;
      const path = pathOf(req);
      const route = find(baseUrl, path);
      if (route) respond(route, `${baseUrl}${path}`, req, res).catch(next);
      else next();
    },

    wellKnown(at = prefix) {
      knowsWellKnown = true;
      const routes = routesAt(at, documents, settings);
      return (req: Request, res, next) => {
        const path = `${req.baseUrl ?? ''}${pathOf(req)}`;
        const route = routes.get(path);
        if (route) respond(route, path, req, res).catch(next);
        else next();
      };
    },
  };
}

function createResponder(server: Server, write: Write) {
  const { settings } = server;
  const reading: Reading = { cookies: cookieNames(settings.issuer), checkCsrf: createCsrf(server), mtls: settings.mtls };

  return async function respond(route: Route, path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { endpoint } = route;
    const { method } = req;
    if (method === 'OPTIONS' && endpoint.cors) return send(res, { status: 204, headers: preflightHeaders(endpoint) });

    const here = serverFor(req, server);
    const http = new Received(req, res, path, route, reading);
    try {
      checkMethod(method, endpoint);
      if (method === 'POST' || method === 'PUT') await http.readBody(endpoint);
    } catch (error) {
      return write(refuseRequest(error, endpoint, here), http);
    }
    write(await answer(endpoint, http, here), http);
  };
}

function checkMethod(method: string | undefined, { methods }: Endpoint): void {
  if (methods.some((known) => known === method || (known === 'GET' && method === 'HEAD'))) return;
  const allowed = methods.join(', ');
  throw new OAuthError('invalid_request', `The method must be ${allowed}.`, { status: 405, headers: { Allow: allowed } });
}
