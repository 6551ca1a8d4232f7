/** What apps write in TypeScript compiles: each file of test/types is a program of its own, since what one imports changes the types of all. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));

it.each([
  ['an MCP server by either version of the SDK', 'mcp-server'],
  ['an app that still has the middleware of the SDK', 'migrating'],
])(
  '%s',
  async (_, name) => {
    const compiled = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, `test/types/${name}.json`)], { cwd: root });
    const { stdout } = await compiled.catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  },
  120_000,
);
