/** Which state of the sources is measured. What only tells of it (documents, tables, tests) may change between two runs. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Refusal } from './failure.js';

const here = fileURLToPath(new URL('../../', import.meta.url));
const measured = ['lib', 'views', 'package.json', 'package-lock.json', 'tsconfig*.json', 'scripts', 'bench', ':!bench/report'];

/** @param cwd - the checkout; left out: this one */
export function commitMeasured(cwd = here): string {
  const [commit, changes] = [
    ['log', '-1', '--format=%h', '--', ...measured],
    ['status', '--porcelain', '--', ...measured],
  ].map((args) => spawnSync('git', args, { cwd, encoding: 'utf8' }).stdout?.trim());
  return `${commit || 'an unknown commit'}${changes ? ' with changes' : ''}`;
}

/** Looked at before anything is kept: sources that change during a run would be told under the commit of its start. @throws Refusal */
export function checkCommit(atStart: string, cwd = here): void {
  const now = commitMeasured(cwd);
  if (now !== atStart) throw new Refusal(`The sources have changed during the run: it began at ${atStart}, and they are now at ${now}.`);
}
