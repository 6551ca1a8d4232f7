/** The middleware: finds the endpoint by its exact path, runs it, and writes its answer. Every other request is the host's. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, refuseRequest } from '../answer.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { readForm, readJson } from '../http/body.js';
import { Parameters } from '../http/parameters.js';
import type { HostRequest } from '../model/user.js';
import { addressOf, cameFrom } from './address.js';
import { readClientCertificate } from './certificate.js';
import { cookieNames, readCookie } from './cookies.js';
import { corsHeaders, preflightHeaders } from './cors.js';
import { type Csrf, createCsrf } from './csrf.js';
import { issuerPath, type Route, routeOf, routesAt } from './routes.js';
import { send } from './send.js';
import { pathOf, searchOf } from './target.js';
import type { Write } from './write.js';

/** A middleware of Express 4 and 5. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** What Express adds to a request, as far as it is used here. */
type Request = IncomingMessage & { readonly baseUrl?: string; readonly body?: unknown; readonly ip?: string };

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
  function find(req: Request, path: string): Route | undefined {
    const baseUrl = req.baseUrl ?? '';
    const route = routeOf(direct, `${baseUrl}${path}`);
    // A prefix such as `/:tenant` may match anything; what browsers take for another host must not begin a redirect.
    if (!/^\/(?![/\\])/.test(baseUrl)) return route;
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
    router(req, res, next) {
      const route = find(req, pathOf(req));
      if (route) respond(route, req, res).catch(next);
      else next();
    },

    wellKnown(at = prefix) {
      knowsWellKnown = true;
      const routes = routesAt(at, documents, settings);
      return (req: Request, res, next) => {
        const route = routes.get(`${req.baseUrl ?? ''}${pathOf(req)}`);
        if (route) respond(route, req, res).catch(next);
        else next();
      };
    },
  };
}

function createResponder(server: Server, write: Write) {
  const { settings } = server;
  const cookies = cookieNames(settings.issuer);
  const checkCsrf = createCsrf(server);

  return async function respond(route: Route, req: Request, res: ServerResponse): Promise<void> {
    const { endpoint } = route;
    const here: Server = { ...server, emit: server.events.emitFrom(() => addressOf(req)) };
    if (req.method === 'OPTIONS' && endpoint.cors) return send(res, { status: 204, headers: preflightHeaders(endpoint) });

    let csrf: Csrf | undefined;
    let body = Parameters.none;
    let content: HttpRequest['json'] = {};
    /** Once for each request, and only for pages: csurf sets a cookie where it finds none. */
    const csrfOnce = () => (csrf ??= checkCsrf(req, res, body));

    async function run(): Promise<HttpResponse> {
      try {
        checkMethod(req.method, endpoint);
        if (endpoint.body === 'json' && hasBody(req)) content = await readJson(req);
        else if (hasBody(req)) body = await readForm(req);
      } catch (error) {
        return refuseRequest(error, endpoint, here);
      }
      const http: HttpRequest = {
        method: req.method === 'HEAD' ? 'GET' : (req.method as string),
        base: route.base,
        basePath: route.basePath,
        path: `${req.baseUrl ?? ''}${pathOf(req)}`,
        search: searchOf(req),
        query: new Parameters(new URLSearchParams(searchOf(req))),
        body,
        json: content,
        header: (name) => req.headers[name] as string | undefined,
        get session() {
          return readCookie(req, cookies.session);
        },
        get signIn() {
          return readCookie(req, cookies.signIn);
        },
        get genuine() {
          return csrfOnce().genuine;
        },
        get address() {
          return cameFrom(req).address;
        },
        get forwarded() {
          return cameFrom(req).forwarded;
        },
        get certificate() {
          return readClientCertificate(req, settings.mtls);
        },
        host: req as HostRequest,
      };
      return answer(endpoint, http, here);
    }

    const response = await run();
    write(response, {
      req,
      res,
      base: route.base,
      csrfToken: () => csrfOnce().token(),
      corsHeaders: endpoint.cors ? corsHeaders : undefined,
    });
  };
}

function checkMethod(method: string | undefined, { methods }: Endpoint): void {
  if (methods.some((known) => known === method || (known === 'GET' && method === 'HEAD'))) return;
  const allowed = methods.join(', ');
  throw new OAuthError('invalid_request', `The method must be ${allowed}.`, { status: 405, headers: { Allow: allowed } });
}

function hasBody({ method }: IncomingMessage): boolean {
  return method === 'POST' || method === 'PUT';
}
