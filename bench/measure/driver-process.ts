/** The driver in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Result } from '../driver/drive.js';
import { pinned } from './cores.js';
import { type ServerProcess, stop, type Usage } from './server-process.js';

const entry = fileURLToPath(new URL('../driver/process.js', import.meta.url));

export interface Driver {
  run(order: Order, servers: readonly ServerProcess[]): Promise<Measured>;
  stop(): Promise<void>;
}

export interface Measured extends Result {
  /** Of all processes of the server in the measured time, in seconds of CPU time. */
  readonly serverCpu: number;
  /** Of all of them when the measured time was over, in bytes. */
  readonly rss: number;
}

type Said = { readonly pause: true } | { readonly result: Result } | { readonly failure: string };

export function startDriver(): Driver {
  const [command, args] = pinned('driver', process.execPath, ['--disable-warning=ExperimentalWarning', entry]);
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The driver has ended.')));
  ended.catch(() => {});
  return {
    async run(order, servers) {
      const usages: Usage[] = [];
      child.send({ order });
      for (;;) {
        const [said] = (await Promise.race([once(child, 'message'), ended])) as [Said];
        if ('failure' in said) throw new Error(said.failure);
        if ('result' in said) return { ...said.result, ...between(usages) };
        usages.push(sumOf(await Promise.all(servers.map((server) => server.usage()))));
        child.send({});
      }
    },
    stop: () => stop(child),
  };
}

function between([before, after]: readonly Usage[]): { serverCpu: number; rss: number } {
  if (!before || !after) throw new Error('The driver has not said when it measured.');
  return { serverCpu: after.cpu - before.cpu, rss: after.rss };
}

function sumOf(usages: readonly Usage[]): Usage {
  const sum = (name: keyof Usage) => usages.reduce((total, usage) => total + usage[name], 0);
  return { rss: sum('rss'), heapUsed: sum('heapUsed'), cpu: sum('cpu') };
}
