/** Protected resource metadata: what an API says of itself, and where. RFC 9728 sections 2 and 3.1. */
import type { HostWords } from '../model/words.js';
import { inLanguage } from '../rules/wording.js';
import type { ProtectedApi } from './requirements.js';

export const wellKnownName = 'oauth-protected-resource';

export interface DescribedApi extends ProtectedApi {
  readonly name?: HostWords | undefined;
}

/** Section 2. Not to be confused with what the issuer says of itself: only the scopes of this API, and `offline_access` is of no API. */
export function describeResource(
  { identifier, name, scopes }: DescribedApi,
  issuer: string,
  language = 'en',
): Readonly<Record<string, unknown>> {
  return {
    resource: identifier,
    authorization_servers: [issuer],
    ...(scopes && { scopes_supported: scopes.filter((scope) => scope !== 'offline_access') }),
    bearer_methods_supported: ['header'],
    ...(name !== undefined && namesOf(name, language)),
  };
}

/** Section 2.1: without a tag for whoever reads none of the languages. */
function namesOf(name: HostWords, language: string): Readonly<Record<string, string>> {
  const byLanguage = typeof name === 'string' ? [] : Object.entries(name).filter(([tag]) => tag !== 'und');
  const tagged = byLanguage.map(([tag, words]) => [`resource_name#${tag}`, words] as const);
  return { resource_name: inLanguage(name, language), ...Object.fromEntries(tagged) };
}

/** The address of that document; none for an API that has no address itself. */
export function resourceMetadataUrl(identifier: string): string | undefined {
  const behind = behindWellKnown(identifier);
  return behind === undefined ? undefined : `${new URL(identifier).origin}/.well-known/${wellKnownName}${behind}`;
}

/** Path and query of the identifier, which stand behind the name of the document. The slash of a bare host is none. Section 3.1. */
export function behindWellKnown(identifier: string): string | undefined {
  const { protocol, pathname, search } = new URL(identifier);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  return `${pathname === '/' ? '' : pathname}${search}`;
}

/**
 * Which API is described where, of those at this origin. Behind the path of each, also without the slash at its end, since clients leave
 * it out; and at the root, if that is the API or if there is only one, since clients look there last.
 */
export function resourcesAt<Api extends Pick<ProtectedApi, 'identifier'>>(origin: string, apis: readonly Api[]): ReadonlyMap<string, Api> {
  const here = apis.filter(({ identifier }) => new URL(identifier).origin === origin);
  const exact = here.map((api) => [behindWellKnown(api.identifier) as string, api] as const);
  const withoutSlash = exact.map(([behind, api]) => [behind.replace(/\/$/, ''), api] as const);
  const root = here.length === 1 ? here.map((api) => ['', api] as const) : [];
  return new Map([...root, ...withoutSlash, ...exact]); // who comes last has the last word
}
