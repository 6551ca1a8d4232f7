/** Guesses which option was meant. */
import { nearest } from '../nearest.js';

/** Words that mean one of our options elsewhere, as `plain` writes them. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  issuer: ['url', 'baseurl', 'iss', 'origin', 'host', 'domain', 'server'],
  secrets: ['secret', 'cookiesecret', 'cookiekeys', 'password'],
  redis: ['redisurl', 'ioredis', 'cache', 'connection'],
  store: ['adapter', 'storage', 'database', 'db'],
  clients: ['apps', 'applications', 'consumers'],
  users: ['accounts', 'findaccount', 'user'],
  apis: ['resources', 'resourceservers', 'audiences', 'audience', 'scopes'],
  basePath: ['path', 'prefix', 'mount', 'route'],
  brand: ['branding', 'theme', 'ui'],
  views: ['templates', 'pages'],
  languages: ['locales', 'locale', 'language', 'uilocales'],
  messages: ['translations', 'strings', 'texts', 'i18n'],
  accessTokens: ['accesstoken', 'tokenformat', 'accesstokenformat', 'tokentype', 'formats'],
  lifetimes: ['ttl', 'ttls', 'expiry', 'expiration', 'expiresin'],
  signingAlg: ['alg', 'algorithm', 'signingalgorithm', 'signaturealgorithm'],
  introspects: ['introspection', 'resourceserver', 'api', 'apis'],
  keys: ['jwks', 'signingkeys', 'privatekeys'],
  trustedIssuers: ['identityproviders', 'identityprovider', 'idps', 'idp', 'assertions', 'trustedidps'],
  log: ['logger', 'logging'],
  client_id: ['id'],
  client_secret: ['secret', 'password'],
  client_name: ['name', 'title'],
  client_uri: ['url', 'homepage', 'website'],
  logo_uri: ['logo', 'icon'],
  policy_uri: ['privacypolicy', 'policy', 'privacy'],
  tos_uri: ['terms', 'tos', 'termsofservice'],
  redirect_uris: ['callback', 'callbacks', 'callbackurl', 'callbackurls', 'redirects', 'redirecturl', 'redirecturls'],
  grant_types: ['grants', 'flows'],
  token_endpoint_auth_method: ['authmethod', 'clientauthmethod', 'tokenendpointauth'],
  firstParty: ['trusted', 'skipconsent', 'internal'],
  authenticate: ['login', 'verify', 'verifypassword', 'checkpassword', 'validate'],
  current: ['currentuser', 'getuser'],
  risky: ['sensitive', 'dangerous'],
  loginUrl: ['loginpath', 'loginpage', 'login'],
  name: ['title', 'label'],
  color: ['colour', 'primarycolor', 'accent'],
  colors: ['colours', 'palette'],
  radius: ['borderradius', 'corners', 'rounded'],
  font: ['fontfamily', 'fonts', 'typeface'],
  favicon: ['icon'],
  light: ['day'],
  dark: ['night'],
  onBrand: ['onprimary', 'buttontext'],
  card: ['surface'],
  page: ['background'],
};

/** The one of `known` that somebody who wrote `name` will have meant, if any comes near. */
export function suggest(name: string, known: readonly string[]): string | undefined {
  const written = plain(name);
  return (
    known.find((candidate) => plain(candidate) === written) ??
    known.find((candidate) => synonyms[candidate]?.includes(written)) ??
    nearest(name, known, plain)
  );
}

/** `redirectUris`, `redirect-uris` and `redirect_uris` are one word. */
function plain(name: string): string {
  return name.replaceAll(/[_\-\s]/g, '').toLowerCase();
}
