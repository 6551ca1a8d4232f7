/** The option `users`: what it says, held against each other. */
import { readMembers } from '../clients/members.js';
import type { ConfigurationProblem } from '../errors.js';
import type { Client } from '../model/client.js';
import { checkSpelling, listOf } from './named.js';
import { usersShape } from './shapes/users.js';
import { checkSteps } from './steps.js';

type Problems = ConfigurationProblem[];

export function checkUsers(users: object | undefined, problems: Problems): void {
  if (!users) return;
  checkSpelling(users, Object.keys(usersShape), 'users', problems);
  readMembers(users, usersShape, 'users', problems);

  const { authenticate, current, loginUrl } = users as Record<string, unknown>;
  const report = (path: string, problem: string, cure: string) => problems.push({ path, problem, cure });
  const ofHost = current !== undefined || loginUrl !== undefined;
  if (authenticate !== undefined && ofHost) {
    report(
      'users',
      'It has authenticate, and current or loginUrl.',
      'Keep authenticate for the built-in login screen, the others for your own.',
    );
  } else if (authenticate === undefined && !ofHost) {
    report(
      'users',
      'It has no way to know a user.',
      'Give authenticate for the built-in login screen, or current and loginUrl for your own.',
    );
  } else if (ofHost && current === undefined) {
    report('users.current', 'It is missing.', 'Give a function that says which user is logged in: (req) => req.user.');
  } else if (ofHost && loginUrl === undefined) {
    report('users.loginUrl', 'It is missing.', "Write the path or URL of your login page, as '/login'.");
  }
  for (const name of ofHost ? (['steps', 'forgotPasswordUrl', 'createAccountUrl'] as const) : []) {
    if ((users as Record<string, unknown>)[name] !== undefined)
      report(`users.${name}`, 'It belongs to the built-in login screen.', 'Leave it out: your own login page sees to that.');
  }
  checkSteps(listOf((users as Record<string, unknown>).steps), problems);
}

/** RFC 6749 section 4.3: somebody has to check the passwords. */
export function checkPasswordGrant(clients: ReadonlyMap<string, Client>, users: object | undefined, problems: Problems): void {
  const client = [...clients.values()].find(({ grant_types }) => grant_types.includes('password'));
  if (!client || !users || 'authenticate' in users) return;
  const problem = `It is missing, but the client ${client.client_id} may use the grant password.`;
  problems.push({
    path: 'users.authenticate',
    problem,
    cure: 'Take password out of its grant_types: your own login page is not asked here.',
  });
}
