/** An API in a process of its own, protected by protectApi. It is plain node, and a rejection that nobody handles ends it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProtectApiOptions } from '../../lib/resource-server/api-options.js';

/** Without functions: they travel to another process. */
export type Order =
  | { readonly to: 'serve'; readonly options: Omit<ProtectApiOptions, 'fetch' | 'log'> }
  | { readonly to: 'sleep'; readonly seconds: number };

export interface ProtectedApi {
  readonly url: string;
  /** Calls it with this access token. */
  call(access_token: string | undefined): Promise<Response>;
  /** Moves its clock on. */
  sleep(seconds: number): Promise<void>;
  /** What the process has written. */
  readonly output: string;
  close(): Promise<void>;
}

export async function startProtectedApi(options: Omit<ProtectApiOptions, 'fetch' | 'log'>): Promise<ProtectedApi> {
  const entry = fileURLToPath(new URL('./protected-api-process.js', import.meta.url));
  const child = fork(entry, { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
  const ended = once(child, 'exit');
  const failed = ended.then(() => Promise.reject(new Error(`The process of the API has ended: ${output}`)));
  failed.catch(() => {}); // that it ends in the end is meant
  const said = async (): Promise<string> => (await Promise.race([once(child, 'message'), failed]))[0];
  const ask = (order: Order) => {
    const answer = said();
    child.send(order);
    return answer;
  };
  await said();
  const url = await ask({ to: 'serve', options });
  return {
    url,
    call: (token) => fetch(`${url}/contacts`, token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
    sleep: async (seconds) => void (await ask({ to: 'sleep', seconds })),
    get output() {
      return output;
    },
    async close() {
      if (child.exitCode === null) child.disconnect();
      await ended;
    },
  };
}
