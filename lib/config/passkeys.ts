/** The option `passkeys`. WebAuthn Level 3. */
import { isIP } from 'node:net';
import type { Complete } from '../clients/members.js';
import type { Passkeys } from '../contracts.js';
import type { ConfigurationProblem } from '../errors.js';
import { readNamed } from './named.js';
import { passkeysShape } from './shapes/passkeys.js';

export function readPasskeys(
  given: true | Readonly<Record<string, unknown>>,
  { issuer, users }: { readonly issuer?: string; readonly users?: object },
  problems: ConfigurationProblem[],
): Passkeys {
  const members = readNamed(given === true ? {} : given, passkeysShape, 'passkeys', problems) as Complete<typeof passkeysShape>;
  if (users && (users as { authenticate?: unknown }).authenticate === undefined) {
    const problem = 'There is no users.authenticate: on your own login page nobody asks for the passkeys that are kept here.';
    problems.push({ path: 'passkeys', problem, cure: 'Leave it out, or give users.authenticate in place of current and loginUrl.' });
  }
  const host = issuer === undefined ? undefined : new URL(issuer).hostname;
  const rpId = members.rpId ?? host ?? '';
  if (host !== undefined) checkDomain(rpId, host, problems);
  return { ...members, rpId };
}

/**
 * Else every browser would refuse. Which domains are public suffixes, like co.uk, only browsers know. WebAuthn section 5.1.3, step 8.
 */
function checkDomain(rpId: string, host: string, problems: ConfigurationProblem[]): void {
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) {
    const problem = `The issuer has the address ${host} for a host, and passkeys work for domains alone.`;
    problems.push({ path: 'passkeys', problem, cure: 'Write localhost in the issuer, or the domain.' });
    return;
  }
  const isAbove = host.endsWith(`.${rpId}`) && rpId.includes('.');
  if (rpId === host || isAbove) return;
  const problem = `${rpId} is neither the host of the issuer, ${host}, nor a domain above it.`;
  problems.push({ path: 'passkeys.rpId', problem, cure: `Leave it out, or write ${host}.` });
}
