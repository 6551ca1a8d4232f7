/** An API, as a client finds it that knows nothing else. RFC 9728 section 5. */
import { type Answer, type Ask, asJson, headerOf, type Members, somePage } from './ask.js';
import { bad, type Finding, good, warning } from './finding.js';

export async function examineResource(issuer: string, resource: string, ask: Ask): Promise<readonly Finding[]> {
  const about = `API ${resource}`;
  const answer = await ask(resource, { headers: { Origin: somePage } });
  if (answer instanceof Error) return [bad(about, answer.message, 'Is it running, and can it be reached from here?')];
  const [, url] = /resource_metadata="([^"]+)"/.exec(answer.headers.get('www-authenticate') ?? '') ?? [];
  if (answer.status !== 401 || url === undefined) {
    return [
      bad(about, `It answers ${answer.status} without resource_metadata.`, 'Put oauth.protect(…) or protectApi(…) before the route.'),
    ];
  }
  return [examineChallenge(about, answer), ...(await examineDocument(issuer, resource, url, ask))];
}

function examineChallenge(about: string, answer: Answer): Finding {
  const exposed = headerOf(answer, 'access-control-expose-headers');
  if (exposed.includes('www-authenticate')) return good(about, 'asks for a token, and says where its metadata is');
  const seen = 'WWW-Authenticate is not exposed.';
  return warning(
    about,
    seen,
    'Expose it, so that tools in browsers find the authorization server: does a cors middleware set its own list?',
  );
}

async function examineDocument(issuer: string, resource: string, url: string, ask: Ask): Promise<readonly Finding[]> {
  const answer = URL.canParse(url) ? await ask(url) : new Error('It is not a URL.');
  if (answer instanceof Error)
    return [bad('its metadata', `${url}: ${answer.message}`, 'Set the identifier of the API to its public URL.')];
  const metadata: Members | undefined = asJson(answer);
  if (answer.status !== 200 || !metadata) {
    const cure = 'Mount the router at the root of the app, and let the proxy pass /.well-known/ on.';
    return [bad('its metadata', `There is none at ${url}: the status is ${answer.status}.`, cure)];
  }
  const { resource: named, authorization_servers: servers } = metadata;
  return [
    named === resource
      ? good('its metadata', url)
      : bad('its metadata', `It names the resource ${String(named)}.`, 'Name the API in the options as clients call it, byte for byte.'),
    Array.isArray(servers) && servers.includes(issuer)
      ? good('its authorization server', issuer)
      : bad('its authorization server', `It names ${String(servers)}.`, `It must be ${issuer}, byte for byte: set the option issuer.`),
  ];
}
