/** The command line: its arguments, the module of options, its exit codes, and what it says to who is mistaken. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Operator, optionsSource, startOperator } from '../support/cli.js';
import { freePort } from '../support/free-port.js';
import { type RedisServer, startRedis } from '../support/redis.js';

let operator: Operator;
let redis: RedisServer;

beforeAll(async () => {
  [operator, redis] = await Promise.all([startOperator(), startRedis()]);
  await operator.write('oauth.config.mjs', `export default ${optionsSource(redis.url)};`);
});

afterAll(() => Promise.all([operator.remove(), redis.stop()]));

describe('what was typed', () => {
  it('may ask for help, which names each command and each option', async () => {
    const { code, stdout, stderr } = await operator.run('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of ['client create', 'client list', 'client show <client_id>', 'client remove', 'key rotate', 'doctor <issuer>']) {
      expect(stdout).toContain(`\n  ${name}`);
    }
    expect(stdout).toContain('--redirect-uri <uri>');
  });

  it.each<[string, string[], RegExp]>([
    ['no command', [], /Usage: express-oauth-router/],
    ['a command that is none', ['frobnicate'], /Known are: client create, client list/],
    ['half of a command', ['client'], /Known are: client create/],
    ['a slip', ['client', 'lsit'], /Did you mean `client list`\?/],
    ['a slip before an issuer', ['docter', 'https://app.example.com'], /Did you mean `doctor`\?/],
    ['an option that is none', ['client', 'create', '--redirect-url', 'https://a.example.com/'], /Did you mean --redirect-uri\?/],
    ['an option without its value', ['client', 'create', '--name'], /'--name <value>' argument missing/],
    ['an option of another command', ['client', 'list', '--public'], /--public is not for `client list`\. Leave it out\./],
    ['too much', ['client', 'create', '--name', 'My', 'app'], /does not take app\. Put texts with spaces in quotes/],
    ['no client_id', ['client', 'show'], /Write `client show <client_id>`/],
    ['no issuer', ['doctor'], /Write `doctor <issuer>`/],
    ['an issuer that is none', ['doctor', 'app.example.com'], /app\.example\.com is not a URL\. Write it in full/],
    ['a file that is not there', ['client', 'list', '--config', 'nowhere.js'], /There is no nowhere\.js\. Name the module/],
    ['metadata that is not there', ['client', 'create', '--metadata', 'nowhere.json'], /nowhere\.json cannot be read \(ENOENT\)/],
  ])('is a mistake with a cure: %s', async (_, args, said) => {
    const { code, stdout, stderr } = await operator.run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe('the module of options', () => {
  const good = () => optionsSource(redis.url);

  it.each<[string, string, () => string]>([
    ['a default export', 'default.mjs', () => `export default ${good()};`],
    ['an export by name', 'named.mjs', () => `export const options = ${good()}; export default 5;`],
    ['a function', 'function.js', () => `module.exports = () => (${good()});`],
    ['an async function', 'async.mjs', () => `export default async () => (${good()});`],
    ['CommonJS', 'common.cjs', () => `module.exports = ${good()};`],
    ['CommonJS by name', 'common-named.cjs', () => `module.exports = { options: ${good()} };`],
    ['CommonJS as compilers write it', 'compiled.cjs', () => `exports.__esModule = true; exports.default = ${good()};`],
  ])('may have them as %s', async (_, file, source) => {
    await operator.write(file, source());
    expect(await operator.json('client', 'list', '--config', file)).toEqual([]);
  });

  it('may talk, and keep connections open: the answer stands alone on stdout, and the process ends', async () => {
    const noise = "console.log('[dotenv] 3 variables'); setInterval(() => {}, 1000);";
    await operator.write('noisy.mjs', `${noise} export default ${good()};`);
    const { code, stdout, stderr } = await operator.run('client', 'list', '--json', '--config', 'noisy.mjs');
    expect({ code, list: JSON.parse(stdout) }).toEqual({ code: 0, list: [] });
    expect(stderr).toContain('[dotenv] 3 variables');
  });

  it.each<[string, string, string, number, RegExp]>([
    [
      'starts a server',
      'app.mjs',
      "import { createServer } from 'node:http'; createServer().listen(0);",
      2,
      /app\.mjs starts a server, which a/,
    ],
    [
      'starts one later',
      'later.mjs',
      "import { createServer } from 'node:http'; setTimeout(() => createServer().listen(0)); export default () => new Promise(() => {});",
      2,
      /later\.mjs starts a server/,
    ],
    ['exports nothing', 'nothing.mjs', 'const options = {};', 2, /nothing\.mjs exports no options\. Let it export them/],
    ['exports an app', 'express.mjs', 'const app = () => {}; app.listen = () => {}; export default app;', 2, /exports an app or a router/],
    ['throws', 'throws.mjs', "throw new Error('DATABASE_URL is not set');", 1, /could not be loaded: DATABASE_URL is not set/],
    ['is no JavaScript', 'syntax.mjs', 'export default {', 1, /syntax\.mjs could not be loaded/],
    ['has options that are wrong', 'wrong.mjs', "export default { issuer: 'x', redis: 'redis://127.0.0.1' };", 2, /secrets: It is missing/],
    [
      'has no store',
      'memory.mjs',
      'export default { issuer: "https://app.example.com" };',
      2,
      /neither redis nor store.*is an environment variable not set/s,
    ],
  ])('is a mistake with a cure, if it %s', async (_, file, source, exit, said) => {
    await operator.write(file, source);
    const { code, stdout, stderr } = await operator.run('client', 'list', '--config', file);
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('may name a Redis that is away: then the command fails, and ends', async () => {
    await operator.write('away.mjs', `export default ${optionsSource(`redis://:a-password@127.0.0.1:${await freePort()}`)};`);
    const { code, stdout, stderr } = await operator.run('client', 'list', '--config', 'away.mjs');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/Is it running, and do the options name the right one\?/);
    expect(stderr).not.toContain('a-password');
  });
});
