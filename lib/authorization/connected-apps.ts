/** The apps that use a user's account: what each was allowed, and the end of that. */
import { findIfKnown } from '../clients/find.js';
import type { Server } from '../contracts.js';
import { type Consent, clientsAgreedTo, findConsent, withdrawConsent } from '../interaction/consent.js';
import type { Authorization } from '../model/authorization.js';
import { type Client, wordsOf } from '../model/client.js';
import type { EndReason } from '../model/events.js';
import { type OwnWords, own } from '../model/words.js';
import { describePermission, type Permission, permissionName, permissionsOf } from '../rules/permission.js';
import { wordingIn } from '../rules/wording.js';
import { authorizationsOf, endAuthorization, findAuthorization } from '../tokens/authorization.js';

type Parts = Pick<Server, 'store' | 'settings' | 'secrets' | 'fetch' | 'clock' | 'grants'>;
type EndingParts = Pick<Server, 'store' | 'ended' | 'emit'>;

/** What a user allowed a client at one sign-in. All times are in seconds since 1970. */
export interface AuthorizationSummary {
  /** Names it for `revoke`; opens nothing. */
  readonly id: string;
  readonly clientId: string;
  /** For people to read, in the first of the languages; the `clientId` of a client that is not registered any more. */
  readonly clientName: string;
  /** All that was allowed: first what is about the user, then API by API. */
  readonly scopes: readonly AllowedScope[];
  readonly allowedAt: number;
  /** When the user was last asked, and agreed; absent where nobody was asked, as for clients with `firstParty`. */
  readonly consentedAt?: number;
  /** When the client was last given tokens. */
  readonly lastUsedAt: number;
  /** When it ends, however often it is used; sooner, if it is not used. */
  readonly expiresAt: number;
}

/** One thing that was allowed. */
export interface AllowedScope {
  /** As it stands on the wire; `claim:` and a name, where a claim was asked for by name. */
  readonly scope: string;
  /** In words, as on the consent screen, in the first of the languages. */
  readonly description: string;
  /** Whose scope it is; absent for what is about the user. */
  readonly api?: { readonly identifier: string; readonly name: string };
}

/** A client that was allowed something, at however many sign-ins; or that could come back without a question. */
export interface ConnectedApp {
  readonly client_id: string;
  /** Absent where it is not registered any more. */
  readonly client: Client | undefined;
  readonly permissions: readonly Permission[];
  /** The one that was used last comes first; none where all have ended, and only a consent is left. */
  readonly authorizations: readonly Authorization[];
  /** When the user last agreed to something for this client, if ever. */
  readonly agreed_at: number | undefined;
}

/** By client, the one that was used last first. */
export async function connectedAppsOf(sub: string, server: Parts): Promise<readonly ConnectedApp[]> {
  const [authorizations, agreedTo] = await Promise.all([authorizationsOf(sub, server), clientsAgreedTo(sub, server)]);
  const client_ids = [...new Set([...authorizations.map(({ client_id }) => client_id), ...agreedTo])];
  const apps = await Promise.all(
    client_ids.map(async (client_id) => {
      const [client, consent] = await Promise.all([findIfKnown(client_id, server), findConsent({ client_id, sub }, server)]);
      return connectedApp(client_id, client, authorizations.filter((one) => one.client_id === client_id).sort(byLastUse), consent?.value);
    }),
  );
  return apps
    .filter((app) => app.authorizations.length > 0 || app.agreed_at !== undefined)
    .sort((a, b) => lastSignOfLife(b) - lastSignOfLife(a));
}

function connectedApp(
  client_id: string,
  client: Client | undefined,
  authorizations: readonly Authorization[],
  consent: Consent | undefined,
): ConnectedApp {
  // What was agreed to beyond that can be had without a question: for the user it is allowed as well.
  const permissions = [...authorizations.flatMap(permissionsOf), ...agreedPermissions(consent)];
  const agreed = [consent?.agreed_at, ...authorizations.map(({ consented_at }) => consented_at)].filter((at) => at !== undefined);
  return {
    client_id,
    client,
    permissions: [...new Map(permissions.map((permission) => [permissionName(permission), permission])).values()].sort(aboutUserFirst),
    authorizations,
    agreed_at: agreed.length > 0 ? Math.max(...agreed) : undefined,
  };
}

function agreedPermissions(consent: Consent | undefined): Permission[] {
  return Object.entries(consent?.audiences ?? {}).flatMap(([audience, words]) => words.map((scope) => ({ audience, scope })));
}

function aboutUserFirst(a: Permission, b: Permission): number {
  return Number(a.audience !== '') - Number(b.audience !== '');
}

function byLastUse(a: Authorization, b: Authorization): number {
  return b.rotated_at - a.rotated_at;
}

function lastSignOfLife({ authorizations: [latest], agreed_at = 0 }: ConnectedApp): number {
  return latest?.rotated_at ?? agreed_at;
}

/** One by one, for the host. */
export async function authorizationSummaries(sub: string, server: Parts): Promise<readonly AuthorizationSummary[]> {
  const authorizations = [...(await authorizationsOf(sub, server))].sort(byLastUse);
  return Promise.all(
    authorizations.map(async (authorization) => summaryOf(authorization, await findIfKnown(authorization.client_id, server), server)),
  );
}

function summaryOf(authorization: Authorization, client: Client | undefined, { settings }: Parts): AuthorizationSummary {
  const { say } = wordingIn(settings.languages[0]);
  const { id, client_id, allowed_at, consented_at, rotated_at, expires_at } = authorization;
  return {
    id,
    clientId: client_id,
    clientName: client ? say(own(wordsOf(client, 'client_name'))) : client_id,
    scopes: permissionsOf(authorization).map((permission) => ({
      scope: permission.scope,
      description: say(describePermission(permission, settings)),
      ...(permission.audience !== '' && { api: { identifier: permission.audience, name: say(nameOf(permission, settings)) } }),
    })),
    allowedAt: allowed_at,
    ...(consented_at !== undefined && { consentedAt: consented_at }),
    lastUsedAt: rotated_at,
    expiresAt: expires_at,
  };
}

function nameOf({ audience }: Permission, { apis }: Pick<Server['settings'], 'apis'>): OwnWords {
  return own(apis.get(audience)?.name ?? audience);
}

/** The user removes the access of this client: all its sign-ins, and the way back without a question. */
export async function removeApp(client_id: string, sub: string, server: EndingParts): Promise<void> {
  const ofClient = async () => (await authorizationsOf(sub, server)).filter((authorization) => authorization.client_id === client_id);
  await end(sub, [client_id], ofClient, 'removed by user', server);
}

/** @returns how many authorizations there were */
export async function revokeAll(sub: string, server: EndingParts): Promise<number> {
  return end(sub, await clientsAgreedTo(sub, server), () => authorizationsOf(sub, server), 'ended by host', server);
}

/** @returns whether there was such an authorization */
export async function revokeAuthorization(id: string, server: EndingParts): Promise<boolean> {
  const authorization = (await findAuthorization(id, server))?.value;
  if (!authorization) return false;
  await end(authorization.sub, [authorization.client_id], async () => [authorization], 'ended by host', server);
  return true;
}

/**
 * All ends here. The consents go first: a client that would use one at this very moment is asked instead, and is not overlooked when the
 * authorizations are looked up. If the store fails in between, what is left is still listed, and whoever tries again ends it all.
 */
async function end(
  sub: string,
  client_ids: readonly string[],
  findEnding: () => Promise<readonly Authorization[]>,
  reason: EndReason,
  server: EndingParts,
): Promise<number> {
  await Promise.all(client_ids.map((client_id) => withdraw({ client_id, sub }, server)));
  const ending = await findEnding();
  await Promise.all(ending.map((authorization) => endAuthorization(authorization, reason, server)));
  return ending.length;
}

async function withdraw(subject: { client_id: string; sub: string }, server: EndingParts): Promise<void> {
  if (await withdrawConsent(subject, server)) server.emit('consent.withdrawn', subject);
}
