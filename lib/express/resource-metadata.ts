/** Answers the metadata of an API on another machine than its authorization server. RFC 9728 section 3. */
import type { IncomingMessage } from 'node:http';
import type { HttpResponse } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { json } from '../http/message.js';
import { behindWellKnown, type DescribedApi, describeResource, wellKnownName } from '../resource-server/resource-metadata.js';
import { corsHeaders, preflightHeaders } from './cors.js';
import type { Middleware } from './mount.js';
import { send } from './send.js';
import { pathOf, searchOf } from './target.js';

/**
 * Behind the path of the API, also without the slash at its end; and at the root, where clients look last, for whichever API is mounted
 * first. All other requests are the host's. Each host name that leads here will do: a proxy may have changed it.
 */
export function createResourceMetadata(api: DescribedApi, issuer: string): Middleware {
  const behind = behindWellKnown(api.identifier);
  const targets = behind === undefined ? [] : [behind, behind.replace(/\/$/, ''), ''].map((part) => `/.well-known/${wellKnownName}${part}`);
  const document = json(describeResource(api, issuer), { headers: { 'Cache-Control': 'public, max-age=300', ...corsHeaders } });

  return (req: IncomingMessage & { readonly baseUrl?: string }, res, next) => {
    const path = `${req.baseUrl ?? ''}${pathOf(req)}`;
    if (targets.includes(path) || targets.includes(`${path}${searchOf(req)}`)) send(res, answerTo(req.method, document));
    else next();
  };
}

function answerTo(method: string | undefined, document: HttpResponse): HttpResponse {
  if (method === 'OPTIONS') return { status: 204, headers: preflightHeaders({ methods: ['GET'] }) };
  if (method === 'GET' || method === 'HEAD') return document;
  const refusal = new OAuthError('invalid_request', 'The method must be GET.');
  return json(refusal.toParameters(), { status: 405, headers: { ...corsHeaders, Allow: 'GET' } });
}
