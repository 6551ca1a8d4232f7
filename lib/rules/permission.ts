/** What a user agrees to, one by one: a scope at an API, or something about themselves. */
import type { Settings } from '../contracts.js';
import type { Audiences, AuthorizationRequest } from '../model/authorization.js';
import type { Icon } from '../model/screens.js';
import { own, type Words } from '../model/words.js';
import { askedOf, describeIdentityScope, iconOf, isIdentityScope } from './identity-scopes.js';

export interface Permission {
  /** The identifier of the API; empty for what is about the user. */
  readonly audience: string;
  readonly scope: string;
}

type Asked = Pick<AuthorizationRequest, 'scope' | 'audiences' | 'claims'>;

/** All that a request needs the user's leave for. */
export function permissionsOf({ scope, audiences, claims }: Asked): readonly Permission[] {
  const aboutUser = askedOf({ scope: scope.filter(isIdentityScope), ...(claims && { claims }) });
  return [
    ...aboutUser.map((word) => ({ audience: '', scope: word })),
    ...Object.entries(audiences).flatMap(([audience, words]) => words.map((word) => ({ audience, scope: word }))),
  ];
}

/** The same permissions, by API. */
export function byAudience(permissions: readonly Permission[]): Audiences {
  const audiences = [...new Set(permissions.map(({ audience }) => audience))];
  return Object.fromEntries(
    audiences.map((audience) => [audience, permissions.filter((one) => one.audience === audience).map(({ scope }) => scope)]),
  );
}

/** The request without what was not granted. Where nothing is left of any API, tokens are for userinfo. */
export function onlyGranted<R extends Asked>(request: R, granted: readonly Permission[], { issuer }: Pick<Settings, 'issuer'>): R {
  const isGranted = (audience: string) => (scope: string) => granted.some((one) => one.audience === audience && one.scope === scope);
  const left = Object.entries(request.audiences).map(([audience, words]) => [audience, words.filter(isGranted(audience))] as const);
  const some = left.filter(([, words]) => words.length > 0);
  const audiences = some.length > 0 ? Object.fromEntries(some) : { [issuer]: [] };
  const scope = request.scope.filter((word) => isIdentityScope(word) || Object.values(audiences).some((words) => words.includes(word)));
  return { ...request, scope, audiences };
}

/** Whether the user may leave it out and allow the rest. */
export function isOptional({ audience, scope }: Permission, { apis }: Pick<Settings, 'apis'>): boolean {
  return apis.get(audience)?.scopes.get(scope)?.optional ?? false;
}

/** What it lets a client do, in words. */
export function describePermission({ audience, scope }: Permission, { apis }: Pick<Settings, 'apis'>): Words {
  return describeIdentityScope(scope) ?? own(apis.get(audience)?.scopes.get(scope)?.description ?? scope);
}

/** The picture beside it, and whether it is marked. */
export function markPermission({ audience, scope }: Permission, { apis }: Pick<Settings, 'apis'>): { icon: Icon; risky: boolean } {
  const { icon = 'check', risky = false } = apis.get(audience)?.scopes.get(scope) ?? {};
  return { icon: iconOf(scope) ?? icon, risky };
}

/** As a form names it: neither part can have a space. */
export function permissionName({ audience, scope }: Permission): string {
  return `${audience} ${scope}`;
}
