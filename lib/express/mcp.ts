/** Protects an MCP server: `protect`, with what MCP clients need besides. MCP 2026-07-28, Authorization and Transports; RFC 9728. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject } from '../clients/members.js';
import { answerError } from '../error-answer.js';
import { ConfigurationError, OAuthError } from '../errors.js';
import { isListOf, type MemberRule, problemsOf } from '../resource-server/member-rules.js';
import { type Requirements, readRequirements, requirementRules } from '../resource-server/requirements.js';
import { isScopeToken } from '../rules/scope.js';
import { corsHeaders, exposeHeaders } from './cors.js';
import type { Middleware } from './mount.js';
import { type ProtectParts, protectFor } from './protect.js';
import { send } from './send.js';

/** What an MCP server asks for, beyond a valid token of its API. */
export interface McpRequirements extends Requirements {
  /**
   * What single tools need besides, by name; a tool that is not named here needs nothing more. A client whose token lacks it is told
   * all that the call needs, and can ask its user for it. To see which tool is called the body must have been parsed: mount
   * `express.json()` in front, and hand `req.body` on to the transport.
   *
   * @example { add_contact: ['create:contacts'] }
   */
  readonly tools?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Makes the middleware for the route of an MCP server. */
export interface ProtectMcp {
  /** @param scopes - all of them are needed; none: the `defaultScopes` of the only API */
  (...scopes: readonly string[]): Middleware;
  (requirements: McpRequirements): Middleware;
}

type Request = IncomingMessage & { readonly body?: unknown };

export function protectMcpFor(parts: ProtectParts): ProtectMcp {
  const protect = protectFor(parts);

  return (...given: readonly unknown[]): Middleware => {
    const { always, tools } = readMcpRequirements(given, parts);
    /** One challenge names all that the operation needs. */
    const guardFor = (more: readonly string[]) => protect({ ...always, scopes: [...new Set([...(always.scopes ?? []), ...more])] });
    const usual = guardFor([]);
    const guards = new Map([...tools].map(([name, scopes]) => [name, guardFor(scopes)]));

    function guardOf(names: readonly string[]): Middleware {
      const [first, ...others] = names.filter((name) => tools.has(name));
      if (first === undefined || others.length === 0) return guards.get(first ?? '') ?? usual;
      return guardFor(names.flatMap((name) => tools.get(name) ?? [])); // a batch, as there was until 2025-06-18
    }

    return (req: Request, res, next) => {
      if (req.method === 'OPTIONS') return send(res, { status: 204, headers: preflightAnswer(req) });
      allowOtherOrigins(res);
      if (tools.size === 0 || req.method !== 'POST') return usual(req, res, next);
      const unreadable = whyUnreadable(req);
      if (!unreadable) return guardOf(toolsCalled(req.body))(req, res, next);
      // What is not seen here must not be read behind. Nobody learns of it who has no token.
      return usual(req, res, (error) => {
        if (error !== undefined || !(unreadable instanceof OAuthError)) next(error ?? unreadable);
        else send(res, answerError(unreadable, { audience: 'client', name: 'mcp' }, { log: parts.log, settings: { development: false } }));
      });
    };
  };
}

const toolsRule: MemberRule = {
  isRight: (value) => isObject(value) && Object.values(value).every((scopes) => isListOf(scopes, isScopeToken)),
  cure: "Write the scopes of each tool, as { add_contact: ['create:contacts'] }.",
};

/** @throws ConfigurationError */
function readMcpRequirements(given: readonly unknown[], { apis }: ProtectParts) {
  const [first] = given;
  const asked = given.length === 1 && isObject(first) ? (first as McpRequirements) : { scopes: given as readonly string[] };
  const problems = problemsOf(asked, { ...requirementRules, tools: toolsRule }, (name) => `mcp({ ${name} })`);
  if (problems.length > 0) throw new ConfigurationError(problems, 'mcp');

  const { tools: byName = {}, ...requirements } = asked as McpRequirements;
  const { scopes = [], anyScope = [] } = requirements;
  const tools = new Map(Object.entries(byName));
  const { api } = readRequirements([{ ...requirements, scopes: [...scopes, ...[...tools.values()].flat()] }], apis);
  const needed = scopes.length + anyScope.length > 0 ? scopes : (api.defaultScopes ?? []);
  const always: Requirements = { ...requirements, audience: api.identifier, scopes: needed };
  return { always, tools };
}

/** Why it cannot be known which tool is called; nothing, if it can. */
function whyUnreadable({ headers, body, readableEnded }: Request): Error | undefined {
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) {
    return new OAuthError('invalid_request', 'The body must be application/json.', { status: 415 });
  }
  const isObjectOrList = typeof body === 'object' && body !== null && !ArrayBuffer.isView(body);
  // Parsers of Express 4 leave an empty object behind where they have not read.
  const isParsed = isObjectOrList && (readableEnded || Object.keys(body).length > 0);
  if (isParsed || headers['content-length'] === '0') return undefined;
  return new Error('mcp({ tools }) cannot see which tool is called: mount express.json() in front of it.');
}

/** The names of the tools that a JSON-RPC request, or a batch of them, calls. */
function toolsCalled(body: unknown): string[] {
  return [body].flat().flatMap((message) => {
    if (!isObject(message) || message.method !== 'tools/call' || !isObject(message.params)) return [];
    return typeof message.params.name === 'string' ? [message.params.name] : [];
  });
}

const requestHeaders = [
  'Authorization',
  'Content-Type',
  'MCP-Protocol-Version',
  'Mcp-Session-Id',
  'Mcp-Method',
  'Mcp-Name',
  'Last-Event-ID',
];

/** Whatever headers are asked for: tools may have their arguments in headers of their own. No cookie counts here, but the token alone. */
function preflightAnswer({ headers }: IncomingMessage): Record<string, string> {
  const asked = (headers['access-control-request-headers'] ?? '').split(',').map((name) => name.trim());
  const more = asked.filter((name) => /^[\w-]+$/.test(name) && !requestHeaders.some((known) => known.toLowerCase() === name.toLowerCase()));
  return {
    ...corsHeaders,
    'Access-Control-Allow-Methods': 'GET, POST, DELETE',
    'Access-Control-Allow-Headers': [...requestHeaders, ...more].join(', '),
    'Access-Control-Max-Age': '86400',
    Vary: 'Access-Control-Request-Headers',
  };
}

/** As the host has it, where it says which origins it lets in. */
function allowOtherOrigins(res: ServerResponse): void {
  if (res.headersSent) return;
  if (!res.hasHeader('Access-Control-Allow-Origin')) res.setHeader('Access-Control-Allow-Origin', '*');
  exposeHeaders(res, ['WWW-Authenticate', 'Mcp-Session-Id']);
}
