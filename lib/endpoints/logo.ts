/** The picture of a client, for our own pages. RFC 7591 section 2, `logo_uri`. */
import { findClient } from '../clients/find.js';
import { chooseLogo, findLogo, logoVersion } from '../clients/logo.js';
import { isDocumentUrl } from '../clients/metadata-document.js';
import type { Endpoint, Server } from '../contracts.js';

const day = 86_400; // seconds

/**
 * The picture comes from elsewhere, and under our own name. An SVG can have scripts in it: as a picture on a page it runs none, and by this
 * policy it does not either where somebody is led to the picture itself.
 */
const harmless = {
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

export const logo: Endpoint = {
  name: 'logo',
  path: '/logo',
  methods: ['GET'],
  audience: 'user',
  cors: false,

  async handle({ query }, server) {
    const version = query.get('v');
    const logo_uri = await findLogoUri(query.get('client_id') ?? '', version, server);
    const found = logo_uri === undefined ? undefined : await findLogo(logo_uri, server);
    if (logo_uri === undefined || !found) return { status: 404, headers: { ...harmless, 'Cache-Control': 'no-store' } };
    const headers = {
      ...harmless,
      'Content-Type': found.type,
      'Content-Disposition': `inline; filename="logo.${found.extension}"`,
      'Cache-Control': version === logoVersion(logo_uri) ? `public, max-age=${day}` : 'no-cache',
    };
    return { status: 200, headers, body: found.bytes };
  },
};

/** Anybody may ask for anything here. Nothing is fetched for that but the logos of clients that somebody vouches for: not even a client's document. */
async function findLogoUri(client_id: string, version: string | undefined, server: Server): Promise<string | undefined> {
  const client = isDocumentUrl(client_id) ? undefined : await findClient(client_id, server);
  return client && chooseLogo(client, version);
}
