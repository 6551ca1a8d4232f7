/** How long tokens last, which may depend on the API. */
import type { Lifetimes, Settings } from '../contracts.js';
import type { Audiences } from '../model/authorization.js';

type Parts = Pick<Settings, 'apis' | 'lifetimes'>;

export function accessTokenLifetime(audience: string, { apis, lifetimes }: Parts): number {
  return (apis.get(audience)?.lifetimes ?? lifetimes).accessToken;
}

/** Of access tokens for any API: so long what has ended must be remembered. */
export function longestAccessToken({ apis, lifetimes }: Parts): number {
  return Math.max(lifetimes.accessToken, ...[...apis.values()].map((api) => api.lifetimes.accessToken));
}

/** Of what was allowed at these APIs: access tokens as long as the longest, and a refresh token as the strictest of them would have it. */
export function lifetimesAt(audiences: Audiences, { apis, lifetimes }: Parts): Pick<Lifetimes, 'accessToken' | 'refreshToken'> {
  const each = Object.keys(audiences).map((audience) => apis.get(audience)?.lifetimes ?? lifetimes);
  return {
    accessToken: Math.max(...each.map(({ accessToken }) => accessToken)),
    refreshToken: Math.min(...each.map(({ refreshToken }) => refreshToken)),
  };
}
