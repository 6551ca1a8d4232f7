/** Real processes that serve together, as a host with several workers does. Each is plain node; a rejection that nobody handles ends it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestServerOptions } from './server.js';

/** Over the defaults of `testOptions`, and without functions: they travel to another process. */
export type ClusterOptions = Omit<NonNullable<TestServerOptions['options']>, 'users' | 'store' | 'log'> & { redis: string };

export interface Cluster {
  /** Starts one app in each process, all at the same instant, and gives their URLs. */
  serve(options: ClusterOptions): Promise<string[]>;
  /** Whether every process still runs. */
  readonly isAlive: boolean;
  /** What the processes have written. */
  readonly output: string;
  /** Ends them all at once, as a crash would. */
  kill(): Promise<void>;
}

const entry = fileURLToPath(new URL('./cluster-process.js', import.meta.url));

export async function startCluster(size: number): Promise<Cluster> {
  let output = '';
  const processes = Array.from({ length: size }, () => fork(entry, { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
  for (const { stdout, stderr } of processes) {
    for (const stream of [stdout, stderr]) stream?.on('data', (text) => (output += text));
  }
  const answers = () => Promise.all(processes.map((child) => answerOf(child, () => output)));
  await answers();

  return {
    async serve(options) {
      const urls = answers();
      for (const child of processes) child.send(options);
      return urls;
    },
    get isAlive() {
      return processes.every(isRunning);
    },
    get output() {
      return output;
    },
    async kill() {
      await Promise.all(processes.filter(isRunning).map((child) => [once(child, 'exit'), child.kill('SIGKILL')][0]));
    },
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** The next message; or what the process said when it ended instead. */
function answerOf(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const end = () => reject(new Error(`The process ended: ${output()}`));
    child.once('exit', end);
    child.once('message', (message) => {
      child.off('exit', end);
      resolve(message as string);
    });
  });
}

/** Waits until it is so, which must be within these seconds. */
export async function until(isSo: () => Promise<boolean>, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`It was not so within ${seconds} seconds.`);
    await new Promise((wait) => setTimeout(wait, 50));
  }
}
