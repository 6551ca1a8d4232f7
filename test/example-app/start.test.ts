/** `node example-app/start.js`, as `npm start` runs it: what it prints, and how it ends. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, isFree } from '../support/free-port.js';
import { startRedis } from '../support/redis.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Example {
  readonly process: ReturnType<typeof spawn>;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<number | null>;
}

let ports: { PORT: string; CLIENT_PORT: string; SPA_PORT: string; BAKERY_PORT: string };
const examples: Example[] = [];
const outdated = ['the grant implicit', 'the grant password'].map((grant) => expect.stringContaining(`may use ${grant}.`));

beforeAll(async () => {
  if (existsSync(join(root, 'dist/index.js'))) return;
  await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root });
}, 120_000);

beforeEach(async () => {
  const port = async () => String(await freePort());
  ports = { PORT: await port(), CLIENT_PORT: await port(), SPA_PORT: await port(), BAKERY_PORT: await port() };
});

afterEach(async () => {
  for (const { process, ended } of examples.splice(0)) {
    process.kill('SIGKILL');
    await ended;
  }
});

describe('what it prints', () => {
  it('says what to open, whom to sign in as, and how to end it', async () => {
    const { stdout } = (await running(ports)).output;
    expect(stdout).toContain(`http://localhost:${ports.PORT} `);
    expect(stdout).toContain(`http://localhost:${ports.CLIENT_PORT} `);
    expect(stdout).toContain(`http://localhost:${ports.CLIENT_PORT}/grants `);
    expect(stdout).toContain(`http://localhost:${ports.SPA_PORT} `);
    expect(stdout).toContain(`http://localhost:${ports.BAKERY_PORT} `);
    expect(stdout).toContain('gretel / breadcrumbs');
    expect(stdout).toContain(`PORT=${ports.PORT} node example-app/machine/report.js`);
    expect(stdout).toContain('alice / wonderland');
    expect(stdout).toContain(`http://localhost:${ports.PORT}/oauth/sign-out`);
    expect(stdout).toContain('Ctrl-C');
  });

  it('warns, in one line each, that it keeps everything in memory, and of the outdated grants that it shows', async () => {
    const { stderr } = (await running(ports)).output;
    expect(lines(stderr)).toEqual([expect.stringContaining('No redis is configured'), ...outdated]);
  });
});

describe('with REDIS_URL', () => {
  it('does not warn of that, and has the same keys after a restart', async () => {
    const redis = await startRedis();
    try {
      const env = { ...ports, REDIS_URL: redis.url };
      const first = await running(env);
      const before = await keysOf(ports.PORT);
      first.process.kill('SIGINT');
      await first.ended;
      const second = await running(env);
      expect(await keysOf(ports.PORT)).toEqual(before);
      for (const { output } of [first, second]) expect(lines(output.stderr)).toEqual(outdated);
    } finally {
      await redis.stop();
    }
  });
});

describe('where it listens', () => {
  it.each(['localhost', '127.0.0.1'])('answers at %s', async (host) => {
    await running(ports);
    const answers = await Promise.all(Object.values(ports).map((port) => fetch(`http://${host}:${port}/`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });
});

describe('a port that cannot be had', () => {
  let taken: Server;

  afterEach(() => void taken?.close());

  it.each(['PORT', 'CLIENT_PORT', 'SPA_PORT', 'BAKERY_PORT'] as const)('%s is taken: one line, and the end', async (name) => {
    taken = createServer().listen(Number(ports[name]), '127.0.0.1');
    await once(taken, 'listening');
    const { output, ended } = run(ports);
    expect(await ended).toBe(1);
    expect(output.stdout).toBe('');
    expect(lines(output.stderr)).toEqual([expect.stringMatching(new RegExp(`^Port ${ports[name]}, .* ${name}=\\d+ npm start$`))]);
  });

  it('SPA_PORT must be a port, too', async () => {
    const { output, ended } = run({ ...ports, SPA_PORT: 'http' });
    expect(await ended).toBe(1);
    expect(output.stderr).toBe('SPA_PORT is "http", and must be a whole number from 1 to 65535.\n');
  });

  it.each(['http', '0', '65536', '-1', '3000.5', '0x10'])('PORT=%s is none: one line, and the end', async (value) => {
    const { output, ended } = run({ ...ports, PORT: value });
    expect(await ended).toBe(1);
    expect(output.stdout).toBe('');
    expect(output.stderr).toBe(`PORT is "${value}", and must be a whole number from 1 to 65535.\n`);
  });

  it.each([
    ['PORT', 'CLIENT_PORT'],
    ['PORT', 'SPA_PORT'],
    ['CLIENT_PORT', 'SPA_PORT'],
  ] as const)('refuses one port for %s and %s', async (one, other) => {
    const { output, ended } = run({ ...ports, [other]: ports[one] });
    expect(await ended).toBe(1);
    expect(lines(output.stderr)).toEqual([expect.stringContaining(`${one} and ${other}`)]);
  });
});

describe('an option that is wrong', () => {
  it('is named without a stack trace', async () => {
    const { output, ended } = run({ ...ports, OAUTH_SECRET: 'short' });
    expect(await ended).toBe(1);
    expect(output.stderr).toContain('secrets[0]');
    expect(output.stderr).not.toContain(' at ');
  });
});

describe('the machine client', () => {
  it('prints its steps and its report', async () => {
    await running(ports);
    const { output, ended } = run({ PORT: ports.PORT }, 'example-app/machine/report.js');
    expect(await ended).toBe(0);
    expect(output.stderr).toBe('');
    expect(output.stdout).toContain('grant_type=client_credentials');
    expect(output.stdout).toMatch(/alice +5\n +bob +3\n$/);
    expect(output.stdout).not.toContain('eyJ');
  });

  it('says in one line that Contacts is not running', async () => {
    const { output, ended } = run({ PORT: ports.PORT }, 'example-app/machine/report.js');
    expect(await ended).toBe(1);
    expect(output.stderr).toBe(`Contacts does not answer at http://localhost:${ports.PORT}. Start it with: npm start\n`);
  });

  it('says in one line that its secret is wrong', async () => {
    await running(ports);
    const { output, ended } = run({ PORT: ports.PORT, REPORT_SECRET: 'a guess' }, 'example-app/machine/report.js');
    expect(await ended).toBe(1);
    expect(lines(output.stderr)).toEqual([expect.stringContaining('REPORT_SECRET')]);
  });
});

describe('the end', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('comes with %s, exit code 0, and all ports free', async (signal) => {
    const { process, ended } = await running(ports);
    await fetch(`http://localhost:${ports.PORT}/`); // leaves a connection open
    process.kill(signal);
    expect(await ended).toBe(0);
    for (const port of Object.values(ports)) await expect(isFree(Number(port))).resolves.toBe(true);
  });

  it('is not cut short by a second Ctrl-C', async () => {
    const { process, ended } = await running(ports);
    process.kill('SIGINT');
    process.kill('SIGINT');
    expect(await ended).toBe(0);
  });
});

function run(env: Readonly<Record<string, string>>, script = 'example-app/start.js'): Example {
  const { REDIS_URL: _redis, OAUTH_SECRET: _secret, ...inherited } = process.env;
  const child = spawn(process.execPath, [script], { cwd: root, env: { ...inherited, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (output.stdout += text));
  child.stderr.on('data', (text) => (output.stderr += text));
  const example = { process: child, output, ended: new Promise<number | null>((resolve) => child.once('close', resolve)) };
  examples.push(example);
  return example;
}

/** The example, when it has said all it has to say. */
async function running(env: Readonly<Record<string, string>>): Promise<Example> {
  const example = run(env);
  for (let tries = 0; !example.output.stdout.includes('Ctrl-C'); tries += 1) {
    if (tries > 400 || example.process.exitCode !== null) throw new Error(`It did not start:\n${example.output.stderr}`);
    await sleep(50);
  }
  return example;
}

async function keysOf(port: string): Promise<unknown> {
  return (await fetch(`http://localhost:${port}/oauth/jwks`)).json();
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
