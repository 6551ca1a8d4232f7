/** What the APIs beside this server say of themselves. RFC 9728 section 3. */
import type { Endpoint, Settings } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { json } from '../http/message.js';
import { oncePer } from '../platform/made-once.js';
import { describeResource, resourcesAt, wellKnownName } from '../resource-server/resource-metadata.js';

export const protectedResource: Endpoint = {
  name: 'protected resource metadata',
  path: {
    wellKnown: [wellKnownName],
    behind: (settings) => [...new Set([...apisOf(settings).keys()].map((behind) => behind.split('?', 1)[0] as string))],
  },
  methods: ['GET'],
  audience: 'client',
  cors: true,

  /** An identifier with a query has its document at a URL with that query; each other query is passed over. */
  async handle({ path, search }, { settings }) {
    const apis = apisOf(settings);
    const behind = path.slice(`/.well-known/${wellKnownName}`.length);
    const api = apis.get(`${behind}${search}`) ?? apis.get(behind);
    if (!api) throw new OAuthError('invalid_request', 'There is no API of this name here.', { status: 404 });
    const { identifier, name, scopes } = api;
    const described = { identifier, name, scopes: [...scopes.keys()] };
    const document = describeResource(described, settings.issuer, settings.languages[0].tag);
    return json(document, { headers: { 'Cache-Control': 'public, max-age=300' } });
  },
};

/** Laid out once for each server. */
const apisOf = oncePer(({ issuer, apis }: Settings) => resourcesAt(new URL(issuer).origin, [...apis.values()]));
