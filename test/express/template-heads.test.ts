/** What a template says at its head of its variables is true: whoever overrides it has nothing else to go by. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseSync } from '@swc/core';

const folder = new URL('../../views/', import.meta.url);

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

/** What every template has, whatever it is given; `title` is given by the page. */
const common = ['t', 'html', 'lang', 'dir', 'brand', 'assets', 'csrfToken', 'nonce', 'include', 'locals'];

const pages = templatesIn('');
const partials = templatesIn('partials/');

describe('the head of a page', () => {
  const screens = screensByName();

  it('is there for each screen, and for no other', () => {
    expect(pages).toEqual([...screens.keys()].sort());
  });

  it.each(pages)('names what %s is given, and what of it may be absent', (name) => {
    expect(headOf(name)).toEqual(screens.get(name)?.sort());
  });

  it.each(pages)('names all that %s reads', (name) => {
    const named = headOf(name).map(plain);
    expect(readBy(name).filter((variable) => ![...common, ...named].includes(plain(variable)))).toEqual([]);
  });

  it.each(pages)('says what may be absent wherever %s reads it', (name) => {
    const optional = headOf(name).filter((variable) => variable.endsWith('?'));
    expect(readBy(name).filter((variable) => optional.includes(`${plain(variable)}?`) && !guarded(name, plain(variable)))).toEqual([]);
  });
});

describe('the head of a part', () => {
  it.each(partials)('names exactly what %s reads', (name) => {
    const own = headOf(name).filter((variable) => !common.includes(variable));
    expect(own).toEqual(readBy(name).filter((variable) => !common.includes(plain(variable))));
  });

  it.each([...pages, ...partials, 'developer/broken'])('begins %s with its purpose, in a sentence', (name) => {
    expect(commentOf(name).trim().split('\n')[0]).toMatch(/^[A-Z].{10,}/);
  });

  it('of the first of all pages names what all of them have', () => {
    expect(headOf('partials/head')).toEqual([...common.filter((name) => name !== 'locals'), 'title'].sort());
  });
});

describe('the reader of templates', () => {
  it.each([
    ['<%= name %>', ['name']],
    ['<% if (locals.link) { %><%= link.href %><% } %>', ['link?']],
    ['<% for (const [index, { id, last }] of list.entries()) { %><%= index %><%= id %><%= last %><% } %>', ['list']],
    ['<% const token = String(csrfToken); %><%= token %>', ['csrfToken']],
    ["<%- include('x', { name: other, words }) %>", ['include', 'other', 'words']],
    ['<%= list.map(({ a, b: c }) => a + c + d) %>', ['d', 'list']],
    ['<%# nothing %>', []],
  ])('finds the variables of %s', (text, variables) => {
    expect(variablesOf(text)).toEqual(variables);
  });
});

function templatesIn(below: string): string[] {
  return readdirSync(new URL(below || '.', folder))
    .filter((file) => file.endsWith('.ejs'))
    .map((file) => `${below}${file.replace(/\.ejs$/, '')}`)
    .sort();
}

function textOf(name: string): string {
  return readFileSync(new URL(`${name}.ejs`, folder), 'utf8');
}

function commentOf(name: string): string {
  return /^<%#([\s\S]*?)-%>/.exec(textOf(name))?.[1] ?? '';
}

/** The names of the list, several on one line perhaps: `- forgotPasswordUrl?, createAccountUrl?   …`, with `?` where one may be absent. */
function headOf(name: string): string[] {
  return [...commentOf(name).matchAll(/^ {2}- (\w+\??(?:\([^)]*\))?(?:, \w+\??)*)/gm)]
    .flatMap(([, names = '']) => names.replace(/\([^)]*\)/g, '').split(', '))
    .sort();
}

function plain(variable: string): string {
  return variable.replace('?', '');
}

function readBy(name: string): string[] {
  return variablesOf(textOf(name));
}

/** Whether it is asked for by `locals` before, so that its absence is no error. */
function guarded(name: string, variable: string): boolean {
  return new RegExp(`\\blocals\\.${variable}\\b`).test(textOf(name));
}

/** The free variables of the code in it: those that are read by `locals` alone or after it has `?` behind. */
function variablesOf(text: string): string[] {
  const code = [...text.matchAll(/<%([_=#-]?)([\s\S]*?)[-_]?%>/g)].map(([, kind, inside]) => {
    if (kind === '#') return '';
    return kind === '=' || kind === '-' ? `;(${inside});` : inside;
  });
  const declared = new Set<string>();
  const read = new Set<string>();
  const optional = new Set<string>();
  visit(parseSync(code.join('\n'), { syntax: 'ecmascript', target: 'es2022' }), { declared, read, optional });
  const free = [...read].filter((name) => name !== 'locals' && !declared.has(name) && !(name in globalThis) && !optional.has(name));
  return [...free, ...[...optional].map((name) => `${name}?`)].sort();
}

interface Found {
  readonly declared: Set<string>;
  readonly read: Set<string>;
  readonly optional: Set<string>;
}

function visit(value: unknown, found: Found): void {
  if (typeof value !== 'object' || value === null) return;
  const node = value as Node;
  if (node.type === 'VariableDeclarator') declare(node.id, found);
  if (node.type === 'ArrowFunctionExpression') for (const param of node.params as Node[]) declare(param, found);
  if (node.type === 'MemberExpression') {
    const { object, property } = node as Node & { object: Node; property: Node };
    if (object.type === 'Identifier' && object.value === 'locals' && property.type === 'Identifier')
      found.optional.add(String(property.value));
    visit(object, found);
    if (property.type === 'Computed') visit(property.expression, found);
    return;
  }
  if (node.type === 'Identifier') found.read.add(String(node.value));
  for (const [name, child] of Object.entries(node)) if (node.type !== 'KeyValueProperty' || name === 'value') visit(child, found);
}

/** Every name in a pattern; the key of `{ b: c }` is none, and does no harm. */
function declare(pattern: unknown, found: Found): void {
  const names: Found = { declared: new Set(), read: new Set(), optional: new Set() };
  visit(pattern, names);
  for (const name of names.read) found.declared.add(name);
}

/** The members of each entry of `Screens`, with `?` where one may be absent. */
function screensByName(): Map<string, string[]> {
  const source = readFileSync(new URL('../../lib/model/screens.ts', import.meta.url), 'utf8');
  const { body } = parseSync(source, { syntax: 'typescript', target: 'es2022' }) as unknown as { body: { declaration?: Node }[] };
  const screens = body.map(({ declaration }) => declaration).find((one) => (one?.id as { value?: string })?.value === 'Screens');
  const { body: members } = (screens as unknown as { body: { body: Member[] } }).body;
  return new Map(
    members.map((screen) => [
      keyOf(screen),
      (screen.typeAnnotation.typeAnnotation.members ?? []).map((member) => `${keyOf(member)}${member.optional ? '?' : ''}`),
    ]),
  );
}

interface Member {
  readonly key: { readonly value: string };
  readonly optional: boolean;
  readonly typeAnnotation: { readonly typeAnnotation: { readonly members?: readonly Member[] } };
}

function keyOf({ key }: Member): string {
  return key.value;
}
