/** Guesses which name was meant. */

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
  lifetimes: ['ttl', 'ttls', 'expiry', 'expiration', 'expiresin'],
  keys: ['jwks', 'signingkeys', 'privatekeys'],
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
  loginUrl: ['loginpath', 'loginpage', 'login'],
  name: ['title', 'label'],
  color: ['colour', 'primarycolor', 'accent'],
};

/** The one of `known` that somebody who wrote `name` will have meant, if any comes near. */
export function suggest(name: string, known: readonly string[]): string | undefined {
  const written = plain(name);
  return (
    known.find((candidate) => plain(candidate) === written) ??
    known.find((candidate) => synonyms[candidate]?.includes(written)) ??
    nearest(written, known)
  );
}

function nearest(written: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(written, plain(candidate)) }))
    .filter((one) => one.distance <= plain(one.candidate).length / 3)
    .sort((one, other) => one.distance - other.distance);
  return ranked[0]?.candidate;
}

/** `redirectUris`, `redirect-uris` and `redirect_uris` are one word. */
function plain(name: string): string {
  return name.replaceAll(/[_\-\s]/g, '').toLowerCase();
}

/** How many letters must be put in, taken out or replaced to make `one` into `other`. Levenshtein 1965, row by row. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...one].entries()) {
    const above = row;
    row = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const replaced = at(above, j) + (letter === other[j] ? 0 : 1);
      row.push(Math.min(replaced, at(above, j + 1) + 1, at(row, j) + 1));
    }
  }
  return at(row, other.length);
}

function at(row: readonly number[], j: number): number {
  return row[j] as number;
}
