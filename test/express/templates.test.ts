import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { allPages, ourFolder, Templates } from '../../lib/express/templates.js';

describe('a page', () => {
  it.each<readonly [string, Record<string, string>, (page: string) => boolean]>([
    ['every one, where the host has no template', {}, () => true],
    ['every other one, where the host has a template of one', { 'login.ejs': 'Hello' }, (page) => page !== 'login'],
    ['every one, where the host has only what none includes', { 'partials/own.ejs': 'Hello' }, () => true],
    ['none, where the host has a part of all', { 'partials/head.ejs': 'Hello' }, () => false],
    ['those without it, where the host has a part of most', { 'partials/brand.ejs': 'Hello' }, (page) => page === 'consent'],
  ])('is ours with all its parts: %s', (_, files, expected) => {
    const templates = templatesWith(files);
    const pages = allPages();
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.filter((page) => templates.isOurs(page))).toEqual(pages.filter(expected));
  });

  it('of the host that leaves out a variable of our part is told so, rather than shown with a gap', () => {
    const templates = templatesWith({ 'login.ejs': "<%- include('partials/head') %>" });
    const values = { lang: 'en', dir: 'ltr', brand: { name: 'Contacts' }, assets: { style: '/style.css' } };
    expect(() => templates.draw('login', values)).toThrow(expect.objectContaining({ problem: 'title is not defined' }));
  });
});

function templatesWith(files: Record<string, string>): Templates {
  const folder = mkdtempSync(join(tmpdir(), 'views-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return new Templates([folder, ourFolder]);
}
