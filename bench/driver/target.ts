/** What the driver is told of the server that it drives. */
import type { Parts } from '../servers/start.js';

export interface Target extends Parts {
  /** One for each process; workers are shared out among them. The first is the issuer. */
  readonly urls: readonly string[];
}

export function pathOf({ paths }: Pick<Target, 'paths'>, name: keyof Parts['paths']): string {
  const path = paths[name];
  if (path === undefined) throw new Error(`This server has no ${name}, though it has the job.`);
  return path;
}
