/** The option `trustedIssuers`: who may vouch for users and machines. RFC 7523 section 3. */
import { below, isObject, type Report } from '../clients/members.js';
import type { ConfigurationProblem } from '../errors.js';
import { isHttpsOrLoopback } from '../http/url.js';
import { type Client, isPublic } from '../model/client.js';
import type { TrustedIssuer } from '../model/trusted-issuer.js';
import { jwtBearerType } from '../rules/assertion.js';
import { isIdentityScope } from '../rules/identity-scopes.js';
import { readNamed } from './named.js';
import { trustedIssuerShapes } from './shapes/trusted-issuers.js';

type Problems = ConfigurationProblem[];

interface IssuerContext {
  /** This server's own. */
  readonly issuer: string | undefined;
  readonly clients: ReadonlyMap<string, Client>;
  /** Those of all APIs. */
  readonly scopes: ReadonlySet<string>;
}

export function readTrustedIssuers(given: readonly unknown[] = [], context: IssuerContext, problems: Problems): readonly TrustedIssuer[] {
  const read = given.map((value, i) => readTrustedIssuer(value, `trustedIssuers[${i}]`, context, problems));
  for (const [i, issuer] of read.entries()) {
    const first = read.findIndex((other) => issuer && other && overlaps(other, issuer));
    if (!issuer || first === i) continue;
    const problem = `It is the same issuer as trustedIssuers[${first}], for the same profile and clients.`;
    problems.push({ path: `trustedIssuers[${i}]`, problem, cure: 'Make one of the two, or name other clients.' });
  }
  return read.filter((issuer) => issuer !== undefined);
}

/** Whether it would be open which of the two holds. */
function overlaps(one: TrustedIssuer, other: TrustedIssuer): boolean {
  if (one.issuer !== other.issuer || one.profile !== other.profile) return false;
  return !one.clients || !other.clients || one.clients.some((client_id) => other.clients?.includes(client_id));
}

function readTrustedIssuer(given: unknown, path: string, context: IssuerContext, problems: Problems): TrustedIssuer | undefined {
  if (!isObject(given)) {
    problems.push({ path, problem: 'It is not an object.', cure: 'Write { issuer, profile, … }.' });
    return undefined;
  }
  const shape = shapeFor(given.profile);
  if (!shape) {
    const cure = "Write 'id-jag' for the users of an enterprise, 'workload' for machines.";
    problems.push({ path: below(path, 'profile'), problem: `It is none of ${Object.keys(trustedIssuerShapes).join(', ')}.`, cure });
    return undefined;
  }
  const before = problems.length;
  const read = readNamed(given, shape, path, problems);
  if (problems.length > before) return undefined;
  const issuer = read as unknown as TrustedIssuer; // there are no problems, so nothing is lacking
  const report = (name: string, problem: string, cure: string) => problems.push({ path: below(path, name), problem, cure });
  checkKeys(issuer, report);
  checkIssuer(issuer, context, report);
  checkScopes(issuer, context, report);
  checkClients(issuer, context, report);
  return issuer;
}

function shapeFor(profile: unknown) {
  return typeof profile === 'string' && Object.hasOwn(trustedIssuerShapes, profile)
    ? trustedIssuerShapes[profile as TrustedIssuer['profile']]
    : undefined;
}

function checkKeys({ issuer, jwks, jwks_uri }: TrustedIssuer, report: Report): void {
  if (jwks && jwks_uri !== undefined) report('jwks_uri', 'There is jwks as well.', 'Keep one of the two.');
  if (!jwks && jwks_uri === undefined && !isHttpsOrLoopback(issuer)) {
    report('jwks_uri', 'It is missing, and the issuer is no https URL that would have metadata.', 'Give jwks or jwks_uri.');
  }
}

/** What this server issues says what was granted already. draft-ietf-oauth-identity-assertion-authz-grant section 8.3. */
function checkIssuer({ issuer }: TrustedIssuer, context: IssuerContext, report: Report): void {
  if (issuer === context.issuer) report('issuer', 'It is this server itself.', 'Name another: nobody vouches for himself.');
}

function checkScopes({ scopes = [], user }: TrustedIssuer, context: IssuerContext, report: Report): void {
  if (context.scopes.size === 0) return; // No API could be read: that is a problem of its own.
  const unknown = scopes.filter((scope) => !context.scopes.has(scope));
  if (unknown.length > 0) report('scopes', `Unknown here: ${unknown.join(', ')}.`, `Known are: ${[...context.scopes].join(', ')}.`);
  const ofUsers = user ? [] : scopes.filter(isIdentityScope);
  if (ofUsers.length > 0) report('scopes', `Without a user there is no ${ofUsers.join(', ')}.`, 'Give user, or take it out.');
}

function checkClients(issuer: TrustedIssuer, { clients }: IssuerContext, report: Report): void {
  const named = (issuer.clients ?? []).flatMap((client_id) => clients.get(client_id) ?? []);
  const open = named.filter(isPublic).map(({ client_id }) => client_id);
  if (open.length === 0 || (issuer.profile === 'workload' && issuer.publicClients)) return;
  const orSayIt = issuer.profile === 'workload' ? ' or, if the assertion alone shall be enough, write publicClients: true' : '';
  report('clients', `Public, so that they cannot authenticate: ${open.join(', ')}.`, `Give them a client_secret${orSayIt}.`);
}

/** RFC 7521 section 3: somebody has to be trusted. */
export function checkAssertionGrant(clients: ReadonlyMap<string, Client>, given: readonly unknown[], problems: Problems): void {
  const client = [...clients.values()].find(({ grant_types }) => grant_types.includes(jwtBearerType));
  if (!client || given.length > 0) return;
  const problem = `It is missing, but the client ${client.client_id} may use the grant ${jwtBearerType}.`;
  problems.push({ path: 'trustedIssuers', problem, cure: 'Name whose assertions are good, or take the grant out of its grant_types.' });
}
