/** The code in README and the documents compiles against what this package exports: as it stands, or as options where it is members of them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));

/** That of the guide is tried whole, with the SDK: test/real-clients/mcp-migration.test.ts. */
const triedElsewhere = 'migrate-from-mcp-auth-router.md';

/** What the host has, and the code takes for granted. */
const hosts = `
import type { Express } from 'express';
import type { OAuthRouter, OAuthRouterOptions, RedisClient } from 'express-oauth-router';
declare global {
  namespace Express {
    interface Request { session: any } // as express-session has it
  }
  const { OAuthError, presets, oauthRouter }: typeof import('express-oauth-router');
  const { randomUUID }: typeof import('node:crypto');
  const express: typeof import('express');
  const app: Express;
  const oauth: OAuthRouter;
  const rest: OAuthRouterOptions;
  const db: any, links: any, bcrypt: any, auditLog: any, verify: any, handler: any;
  const myClient: RedisClient;
  const user: { id: string }, id: string, password: string, ca: string;
  const alert: (...said: unknown[]) => void;
  const contactsOf: any, pay: any, tell: any, auth: any;
}
`;

const settings = {
  extends: join(root, 'tsconfig.json'),
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    noImplicitAny: false, // some is JavaScript
    paths: {
      'express-oauth-router': [join(root, 'lib/index.ts')],
      'express-oauth-router/protect-api': [join(root, 'lib/protect-api.ts')],
    },
  },
  include: ['*.ts'],
  exclude: [],
};

interface Block {
  readonly name: string;
  readonly code: string;
}

const blocks = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md') && !path.endsWith(triedElsewhere))
  .flatMap(blocksOf);

it('the code of each document compiles, block by block', async () => {
  expect(blocks.length).toBeGreaterThan(25);
  const folder = mkdtempSync(join(tmpdir(), 'documents-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    writeFileSync(join(folder, 'hosts.ts'), hosts);
    writeFileSync(join(folder, 'oauth.config.ts'), 'export default rest;');
    for (const { name, code } of blocks) writeFileSync(join(folder, `${name}.ts`), `${programOf(code)}\nexport {};\n`);
    const compiled = promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: folder });
    const { stdout } = await compiled.catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

/** Each is called by where it stands, so that what does not compile is found. */
function blocksOf(path: string): Block[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^( *)```[jt]s\n([\s\S]*?)^ *```$/gm)].map(({ 2: code = '', index }) => ({
    name: `${path.replaceAll(/[^\w-]/g, '_')}-line-${text.slice(0, index).split('\n').length}`,
    code,
  }));
}

function programOf(code: string): string {
  const whole = code.replace(/^( *)\/\/ …$/gm, '$1...rest,').replace(/(?<=[{[]\s*)…(?=\s*[,}\]])/g, '...rest');
  if (!/^\w+: /.test(whole)) return whole;
  const members = whole.split('\n').filter((line) => line !== '');
  const areAlternatives =
    new Set(members.map((line) => line.split(':', 1)[0])).size < members.length && members.every((line) => /^\w+: /.test(line));
  const ways = areAlternatives ? members : [whole];
  return ways.map((way) => `oauthRouter({ ...rest,\n${way}\n});`).join('\n');
}
