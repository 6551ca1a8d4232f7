/** Which core runs what: the server has one to itself, where there are two. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const canPin = process.platform === 'linux' && availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;

/** `any`: of several processes of a server, which may go wherever there is room. */
export type Part = 'server' | 'driver' | 'redis' | 'any';

const coreOf: Readonly<Record<Part, number | string>> = {
  server: 0,
  driver: 1,
  redis: availableParallelism() > 2 ? 2 : 1,
  any: `0-${availableParallelism() - 1}`,
};

/** Whether what the driver has left is also what Redis leaves it. */
export const redisIsBesideDriver = canPin && coreOf.redis === coreOf.driver;

/** A command that is run on the core of this part; as it is, where nothing can be pinned. */
export function pinned(part: Part, command: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', String(coreOf[part]), command, ...args]] : [command, [...args]];
}

/** The same for this process, and what it starts from now on. */
export function pinHere(part: Part): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(coreOf[part]), String(process.pid)]);
}

export const arrangement = canPin
  ? `server on core ${coreOf.server}, driver on core ${coreOf.driver}, Redis on core ${coreOf.redis} of ${availableParallelism()}`
  : 'nothing pinned to a core';
