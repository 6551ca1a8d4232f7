/** The driver in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Order, Result } from '../driver/drive.js';
import { pinned } from './cores.js';
import { type ServerProcess, stop, type Usage } from './server-process.js';

const entry = fileURLToPath(new URL('../driver/process.js', import.meta.url));

export interface Driver {
  /** @throws Error if the job fails, or takes longer than it may; the next order is then carried out by a new process */
  run(order: Order, servers: readonly Pick<ServerProcess, 'usage'>[]): Promise<Measured>;
  stop(): Promise<void>;
}

export interface Measured extends Result {
  /** Of all processes of the server in the measured time, in seconds of CPU time. */
  readonly serverCpu: number;
  /** Of all of them when the measured time was over, in bytes. */
  readonly rss: number;
}

type Said = { readonly pause: true } | { readonly result: Result } | { readonly failure: string };

/** @param patience - how long all of an order may take, in seconds */
export function startDriver(patience = withTimeToPrepare): Driver {
  let current = startProcess();
  return {
    async run(order, servers) {
      const running = current;
      const isOver = new AbortController();
      try {
        return await Promise.race([running.carryOut(order, servers), tooLong(patience(order), isOver.signal)]);
      } catch (error) {
        await running.stop(); // it may still be at this order, and would take the next one for an answer
        current = startProcess();
        throw error;
      } finally {
        isOver.abort();
      }
    },
    stop: () => current.stop(),
  };
}

/** Some jobs need thousands of tokens before they begin. */
function withTimeToPrepare({ warmUp, seconds }: Order): number {
  return warmUp + seconds + 120;
}

async function tooLong(seconds: number, signal: AbortSignal): Promise<never> {
  await sleep(seconds * 1000, undefined, { signal });
  throw new Error(`It was not done after ${seconds} seconds.`);
}

function startProcess(): { carryOut: Driver['run']; stop(): Promise<void> } {
  const [command, args] = pinned('driver', process.execPath, ['--disable-warning=ExperimentalWarning', entry]);
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The driver has ended.')));
  ended.catch(() => {}); // told to whoever waits
  child.on('error', () => {}); // so is this: an answer may come too late, for a driver that has ended
  return {
    async carryOut(order, servers) {
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
  return { rss: sum('rss'), cpu: sum('cpu') };
}
