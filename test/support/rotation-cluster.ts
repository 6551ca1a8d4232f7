/** Real processes for which time goes by fast, so that a rotation of keys takes seconds. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Time {
  /** When it began, in milliseconds since 1970. */
  readonly start: number;
  /** How many seconds go by in one. */
  readonly speed: number;
  /** By how many seconds the clock is wrong. */
  readonly ahead: number;
}

export type Order = ({ readonly to: 'serve'; readonly issuer: string; readonly redis: string } & Time) | { readonly to: 'rotate' };

export function fastClock({ start, speed, ahead }: Time): () => number {
  return () => Math.floor((start + (Date.now() - start) * speed) / 1000) + ahead;
}

export interface RotationCluster {
  readonly urls: readonly string[];
  /** Calls `oauth.keys.rotate()` in one of the processes. */
  rotate(index: number): Promise<void>;
  /** What the processes have written. */
  readonly output: string;
  kill(): Promise<void>;
}

/** One process for each time. */
export async function startRotationCluster(times: readonly Time[], issuer: string, redis: string): Promise<RotationCluster> {
  const entry = fileURLToPath(new URL('./rotation-process.js', import.meta.url));
  let output = '';
  const processes = times.map(() => fork(entry, { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
  for (const { stdout, stderr } of processes) {
    for (const stream of [stdout, stderr]) stream?.on('data', (text) => (output += text));
  }

  async function command(child: ChildProcess, order: Order): Promise<string> {
    const answer = answerOf(child);
    child.send(order);
    return answer;
  }

  function answerOf(child: ChildProcess): Promise<string> {
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`The process ended: ${output}`)));
    return Promise.race([once(child, 'message').then(([message]) => message as string), ended]);
  }

  await Promise.all(processes.map(answerOf));
  const urls = await Promise.all(
    processes.map((child, index) => command(child, { to: 'serve', issuer, redis, ...(times[index] as Time) })),
  );

  return {
    urls,
    async rotate(index) {
      await command(processes[index] as ChildProcess, { to: 'rotate' });
    },
    get output() {
      return output;
    },
    async kill() {
      const running = processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      await Promise.all(running.map((child) => [once(child, 'exit'), child.kill('SIGKILL')][0]));
    },
  };
}
