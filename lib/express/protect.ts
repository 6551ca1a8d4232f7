/** Protects the routes of an API beside the server. RFC 6750. */
import type { IncomingMessage } from 'node:http';
import { answerError } from '../answer.js';
import type { Api, HttpResponse, Server, Settings } from '../contracts.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors.js';
import { askForToken, checkScopes, readBearerToken, withChallenge } from '../resource-server/challenge.js';
import { type Auth, checkToken } from '../resource-server/check-token.js';
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

/** A middleware that lets a request pass whose access token is for the API of these scopes, and has them all. */
export type Protect = (...scopes: string[]) => Middleware;

export function createProtect(server: Server): Protect {
  return (...scopes) => {
    const api = chooseApi(scopes, server.settings);

    return (req, res, next) => {
      refusalOf(req, scopes, api, server)
        .then((refusal) => (refusal ? send(res, refusal) : next()))
        .catch(next);
    };
  };
}

/** What to answer instead of the API; nothing, if the request may pass. */
async function refusalOf(
  req: IncomingMessage & { auth?: Auth },
  scopes: readonly string[],
  api: Api,
  server: Server,
): Promise<HttpResponse | undefined> {
  try {
    const token = readBearerToken(req.headers.authorization);
    if (token === undefined) return askForToken(server.settings.issuer);
    const auth = await checkToken(token, api.identifier, server);
    checkScopes(auth.scopes, scopes);
    req.auth = auth;
    return undefined;
  } catch (error) {
    return answerError(withChallenge(error), { audience: 'client', name: 'protect' }, server);
  }
}

/** @throws ConfigurationError when the route is defined, rather than an answer that refuses everyone */
function chooseApi(scopes: readonly string[], { apis }: Settings): Api {
  const all = [...apis.values()];
  const [api, ...others] = all.filter((candidate) => scopes.every((scope) => candidate.scopes.has(scope)));
  if (!api) throw new ConfigurationError([unknownScopes(scopes, all)]);
  if (others.length > 0) {
    const names = [api, ...others].map(({ identifier }) => identifier).join(', ');
    const problem = `More than one API has ${scopes.length > 0 ? 'these scopes' : 'no need of a scope'}: ${names}.`;
    throw new ConfigurationError([{ path: pathOf(scopes), problem, cure: 'Name a scope that only one of them has.' }]);
  }
  return api;
}

function unknownScopes(scopes: readonly string[], apis: readonly Api[]): ConfigurationProblem {
  const known = [...new Set(apis.flatMap((api) => [...api.scopes.keys()]))].join(', ');
  return {
    path: pathOf(scopes),
    problem: 'No API has all of these scopes.',
    cure: `Add them to the option apis, or choose among: ${known}.`,
  };
}

function pathOf(scopes: readonly string[]): string {
  return `protect(${scopes.map((scope) => `'${scope}'`).join(', ')})`;
}
