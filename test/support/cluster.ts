/** Real processes that serve together, as a host with several workers does. Each is plain node; a rejection that nobody handles ends it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestServerOptions } from './server.js';

/** Over the defaults of `testOptions`, and without functions: they travel to another process. */
export type ClusterOptions = Omit<NonNullable<TestServerOptions['options']>, 'users' | 'store' | 'log' | 'redis'> & {
  redis: string | object;
  /** Of fault-process.js: a step after the password; by how many seconds the clock is ahead, in turn. */
  hasStep?: boolean;
  ahead?: readonly number[];
};

export interface Figures {
  readonly rss: number;
  readonly heapUsed: number;
  readonly handles: number;
}

export interface Cluster {
  /** Starts one app in each process, all at the same instant, and gives their URLs. */
  serve(options: ClusterOptions): Promise<string[]>;
  /** Whether every process still runs. */
  readonly isAlive: boolean;
  /** What the processes have written. */
  readonly output: string;
  /** Ends them all at once, as a crash would; or one of them. */
  kill(index?: number): Promise<void>;
  /** What the process of fault-process.js uses, in bytes, after its garbage was collected; and how many handles are open. */
  figures(index: number): Promise<Figures>;
}

export async function startCluster(
  size: number,
  program: 'cluster-process.js' | 'fault-process.js' = 'cluster-process.js',
): Promise<Cluster> {
  const entry = fileURLToPath(new URL(program, import.meta.url));
  let output = '';
  const processes = Array.from({ length: size }, () =>
    fork(entry, { execArgv: ['--expose-gc'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }),
  );
  for (const { stdout, stderr } of processes) {
    for (const stream of [stdout, stderr]) stream?.on('data', (text) => (output += text));
  }
  const answers = () => Promise.all(processes.map((child) => answerOf(child, () => output)));
  await answers();

  return {
    async serve(options) {
      const urls = answers();
      const { ahead, ...others } = options;
      for (const [index, child] of processes.entries()) child.send({ ...others, ...(ahead && { ahead: ahead[index] }) });
      return urls;
    },
    get isAlive() {
      return processes.every(isRunning);
    },
    get output() {
      return output;
    },
    async figures(index) {
      const child = processes[index];
      if (!child) throw new Error(`There is no process ${index}.`);
      const answer = answerOf(child, () => output);
      child.send('figures');
      return JSON.parse(await answer) as Figures;
    },
    async kill(index) {
      const dying = processes.filter((child, place) => isRunning(child) && (index === undefined || place === index));
      await Promise.all(dying.map((child) => [once(child, 'exit'), child.kill('SIGKILL')][0]));
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
