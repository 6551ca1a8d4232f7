/** A server in a process of its own, in production mode. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.js';
import type { Target } from '../driver/target.js';
import type { Profile } from '../servers/profile.js';
import type { Parts, Start } from '../servers/start.js';
import { type Part, pinned } from './cores.js';
import type { Node } from './node.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Of the whole run. */
let rsaKey: string | undefined;

function newRsaKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** What a server has used until now. */
export interface Usage {
  readonly rss: number;
  /** In seconds of CPU time. */
  readonly cpu: number;
}

export interface ServerProcess {
  readonly target: Target;
  /** From the start of the process to its first answer, in milliseconds. */
  readonly coldStart: number;
  usage(): Promise<Usage>;
  beginProfile(): Promise<unknown>;
  /** Where the time has gone since it began. */
  endProfile(): Promise<Profile>;
  stop(): Promise<void>;
}

export interface ServerOptions extends Pick<Start, 'redis' | 'format'> {
  readonly name: string;
  readonly node: Node;
  /** Several of one issuer: the URL of the first. */
  readonly issuer?: string;
  /** Where it stands, if not in this checkout. */
  readonly checkout?: string | undefined;
  /** Left out: the core of servers. */
  readonly core?: Part;
}

export async function startServer({
  name,
  node,
  redis,
  format,
  issuer,
  checkout = root,
  core = 'server',
}: ServerOptions): Promise<ServerProcess> {
  const port = await freePort();
  const own = `http://127.0.0.1:${port}`;
  rsaKey ??= newRsaKey();
  const start: Start = { url: issuer ?? own, port, redis, format, rsaKey };
  const entry = join(checkout, 'bench', 'servers', 'start.js');
  const [command, args] = pinned(core, node.path, [entry, name, JSON.stringify(start)]);
  const begin = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The server ${name} ended with ${code}.`)));
  ended.catch(() => {}); // told to whoever waits
  const [parts] = (await Promise.race([once(child, 'message'), ended])) as [Parts];
  await answered(`${own}${parts.paths.metadata ?? parts.paths.token ?? parts.paths.api ?? '/'}`).catch(async (error) => {
    await stop(child);
    throw error;
  });
  const coldStart = performance.now() - begin;
  async function ask(what: string): Promise<unknown> {
    child.send(what);
    const [answer] = await Promise.race([once(child, 'message'), ended]);
    return answer;
  }
  return {
    target: { ...parts, urls: [own] },
    coldStart,
    usage: () => ask('usage') as Promise<Usage>,
    beginProfile: () => ask('begin profile'),
    endProfile: () => ask('end profile') as Promise<Profile>,
    stop: () => stop(child),
  };
}

/** Any status will do: it was the server that gave it. */
function answered(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
