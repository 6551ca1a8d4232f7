/** Checks the host's own steps of the sign-in: `users.steps`. */
import { isObject, readMembers } from '../clients/members.js';
import type { ConfigurationProblem } from '../errors.js';
import { problemsOfPage } from '../rules/step.js';
import { checkRepeated, checkSpelling } from './named.js';
import { stepShape } from './shapes/users.js';

export function checkSteps(steps: readonly unknown[], problems: ConfigurationProblem[]): void {
  for (const [i, step] of steps.entries()) {
    const path = `users.steps[${i}]`;
    if (!isObject(step)) {
      problems.push({ path, problem: 'It is not an object.', cure: 'Write { name, page, submit }.' });
      continue;
    }
    checkSpelling(step, Object.keys(stepShape), path, problems);
    const { page } = readMembers(step, stepShape, path, problems);
    if (!isObject(page)) continue; // a function says later what is on it
    problems.push(...problemsOfPage(page).map(({ path: member, ...wrong }) => ({ path: `${path}.page${member}`, ...wrong })));
  }
  checkRepeated(
    steps.map((step) => (isObject(step) ? step.name : undefined)),
    (i) => `users.steps[${i}].name`,
    problems,
  );
}
