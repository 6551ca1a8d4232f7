/** The servers that are compared, one row each. */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} title
 * @property {'ours' | 'limit' | 'peer' | 'host'} kind - `host`: ours, in another way of serving it
 * @property {string} module
 * @property {readonly string[]} jobs - names of those that it can do
 * @property {boolean} [onExpress] - left out: it is
 * @property {boolean} [onNewestNodeOnly] - is not measured on Node 20, the oldest; left out: it is measured on each
 * @property {string} [checkout] - the folder of another checkout of ours, built, that this one is; left out: this checkout
 */

const all = [
  'client-credentials-es256',
  'client-credentials-rs256',
  'client-credentials-opaque',
  'code',
  'code-openid',
  'full',
  'refresh',
  'introspection',
  'introspection-new',
  'userinfo',
  'userinfo-new',
  'protect-jwt',
  'protect-jwt-new',
  'protect-opaque',
  'protect-opaque-new',
  'metadata',
  'jwks',
  'anonymous',
];

/** @type {readonly Row[]} */
export const servers = [
  { name: 'ours', title: 'express-oauth-router', kind: 'ours', module: './ours.js', jobs: all },
  {
    name: 'ours-prototypes',
    title: 'express-oauth-router, prototypes set once',
    kind: 'host',
    module: './ours-prototypes.js',
    jobs: ['client-credentials-es256', 'code', 'metadata', 'protect-jwt'],
  },
  { name: 'busy-host', title: 'a host full of middleware', kind: 'host', module: './busy-host.js', jobs: ['code', 'empty'] },
  {
    name: 'busy-host-prototypes',
    title: 'the same, prototypes set once',
    kind: 'host',
    module: './busy-host-prototypes.js',
    jobs: ['code', 'empty'],
  },
  { name: 'limit-express', title: 'limit in Express', kind: 'limit', module: './limit-express.js', jobs: all },
  {
    name: 'limit-jose',
    title: 'limit in Express, ciphers of jose',
    kind: 'limit',
    module: './limit-jose.js',
    jobs: all.filter((job) => /^(full|anonymous|client-credentials-opaque|.*-new)$/.test(job)),
    onNewestNodeOnly: true,
  },
  {
    name: 'limit-http',
    title: 'limit on node:http',
    kind: 'limit',
    module: './limit-http.js',
    jobs: all,
    onNewestNodeOnly: true,
  },
  {
    name: 'oidc-provider',
    title: 'oidc-provider',
    kind: 'peer',
    module: '../peers/oidc-provider.js',
    onExpress: false,
    jobs: all.filter((job) => !job.startsWith('protect')),
  },
  {
    name: 'node-oauth',
    title: '@node-oauth/oauth2-server',
    kind: 'peer',
    module: '../peers/node-oauth.js',
    jobs: [
      'client-credentials-es256',
      'client-credentials-opaque',
      'code',
      'full',
      'refresh',
      'protect-opaque',
      'protect-opaque-new',
      'anonymous',
    ],
  },
  {
    name: 'jmondi',
    title: '@jmondi/oauth2-server',
    kind: 'peer',
    module: '../peers/jmondi.js',
    jobs: ['client-credentials-es256', 'code', 'refresh', 'anonymous'],
  },
  {
    name: 'better-auth',
    title: 'better-auth',
    kind: 'peer',
    module: '../peers/better-auth.js',
    jobs: all.filter((job) => job !== 'client-credentials-rs256' && !job.startsWith('protect')),
  },
  {
    name: 'mcp-sdk',
    title: 'MCP SDK, legacy router',
    kind: 'peer',
    module: '../peers/mcp-sdk.js',
    jobs: ['code', 'full', 'refresh', 'protect-jwt', 'protect-jwt-new', 'protect-opaque', 'protect-opaque-new', 'metadata', 'anonymous'],
  },
  {
    name: 'jwt-bearer',
    title: 'express-oauth2-jwt-bearer',
    kind: 'peer',
    module: '../peers/jwt-bearer.js',
    jobs: ['protect-jwt', 'protect-jwt-new'],
  },
  {
    name: 'bare-jose',
    title: 'bare verification by jose in Express',
    kind: 'limit',
    module: '../peers/bare-jose.js',
    jobs: ['protect-jwt', 'protect-jwt-new'],
  },
];

/** @param {string} name */
export function serverNamed(name) {
  const row = servers.find((server) => server.name === name);
  if (!row) throw new Error(`There is no server ${name}; there are ${servers.map((server) => server.name).join(', ')}.`);
  return row;
}

/**
 * Ours as it is in another checkout: what a change has brought, in one run.
 *
 * @param {string} checkout
 * @returns {Row}
 */
export function oursAt(checkout) {
  return { ...serverNamed('ours'), title: `express-oauth-router of ${checkout}`, kind: 'host', checkout };
}
