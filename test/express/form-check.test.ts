/** What is found missing on a page, and what is not: a warning about a good template would teach its author to read none. */
import { describe, expect, it } from '@jest/globals';
import type { Settings } from '../../lib/contracts.js';
import { faultsOf } from '../../lib/express/form-check.js';
import { createRenderer } from '../../lib/express/render.js';
import { languages } from '../../lib/languages/index.js';
import type { Screen } from '../../lib/model/screens.js';
import { exampleScreens } from '../../scripts/example-screens.js';

const settings = {
  issuer: 'https://app.example.com',
  brand: { name: 'Contacts', color: '#4f46e5', url: 'https://app.example.com/', links: [] },
  languages,
} as unknown as Settings;

describe('our own pages', () => {
  const render = createRenderer(settings, { warn: () => {}, error: () => {} });
  const states = Object.entries(exampleScreens('en')) as [string, Screen][];

  it.each(states)('lack nothing: %s', (_, screen) => {
    const { html } = render(screen, { base: 'https://app.example.com/oauth', csrfToken: () => 'token', nonce: () => 'n0nce' });
    expect(faultsOf(screen, html)).toEqual([]);
  });
});

describe('a page to sign out', () => {
  const screen: Screen = { name: 'sign-out', values: { action: '/oauth/sign-out?a=1&b=2', user: { name: 'Alice' } } };
  const token = '<input name="_csrf" value="x">';
  const form = '<form method="post" action="/oauth/sign-out?a=1&amp;b=2">';

  it.each([
    ['as we write it', `${form}${token}</form>`],
    ['without quotes, and in capitals', `<FORM METHOD=POST ACTION='/oauth/sign-out?a=1&b=2'><INPUT NAME=_csrf></FORM>`],
    ['with a sign in a value that ends no tag', `${form}<input title="a > b" name='_csrf'></form>`],
    ['over several lines', form.replaceAll(' ', '\n  ') + token],
    ['with words that look like attributes', `${form}${token}</form><p>style="x" onclick=</p><!-- <script> -->`],
    ['with a script that is allowed', `${form}${token}<script nonce="n0nce"></script>`],
  ])('is good, written %s', (_, html) => {
    expect(faultsOf(screen, html)).toEqual([]);
  });

  it.each([
    ['in a comment', `${form}<!-- ${token} --></form>`, /_csrf/],
    ['by GET', `<form action="/oauth/sign-out">${token}`, /method="post"/],
    ['to somewhere else', `<form method="post" action="/sign-out">${token}`, /`action`/],
    ['with a script that is refused', `${form}${token}<script nonce="">1</script>`, /nonce/],
    ['with a style of its own', `${form}${token}<style>p { color: red }</style>`, /style\.css/],
  ])('is not, with it %s', (_, html, fault) => {
    expect(faultsOf(screen, html)).toEqual([expect.stringMatching(fault)]);
  });
});

it('a field that must come back unchanged does not, with another value', () => {
  const screen: Screen = {
    name: 'accounts',
    values: { action: '/a', ticket: 'one', client: { name: 'C' }, user: { name: 'A' }, switchAccountUrl: '/' },
  };
  const html =
    '<form method="post" action="/a"><input name="_csrf"><input name="ticket" value="two"><button name="account" value="current">';
  expect(faultsOf(screen, html)).toEqual(['None of its fields named ticket has the value that it was given.']);
});
