import { describe, expect, it } from '@jest/globals';
import { templateLanguage } from '../../lib/express/template-language.js';
import { languages } from '../../lib/languages/index.js';
import type { Language } from '../../lib/languages/language.js';
import { momentAt, own } from '../../lib/model/words.js';
import { wordingIn } from '../../lib/rules/wording.js';

const languageOf = (tag: string) => templateLanguage(wordingIn(languages.find((language) => language.tag === tag) as Language));
const { t, html } = languageOf('en');
const attack = `"><script>alert('1')</script>&amp;`;
const harmless = '&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;';

describe('what templates say', () => {
  it('has a language and its direction', () => {
    expect(languageOf('ar')).toMatchObject({ lang: 'ar', dir: 'rtl' });
    expect(languageOf('ja')).toMatchObject({ lang: 'ja', dir: 'ltr' });
  });

  it('is one of our sentences, by its name', () => {
    expect(t('login.title')).toBe('Sign in');
    expect(html('login.title')).toBe('Sign in');
    expect(languageOf('de').t('login.title')).toBe('Anmelden');
  });

  it('is what the template was given', () => {
    expect(t({ message: 'links.back', values: { client: 'Calendar' } })).toBe('Back to Calendar');
    expect(t(own('See your contacts'))).toBe('See your contacts');
    expect(languageOf('de').t(own({ en: 'See your contacts', de: 'Ihre Kontakte sehen' }))).toBe('Ihre Kontakte sehen');
  });

  it.each(['login.title', 'consent.allow', 'toString', 'message', 'own'])('is, of the host, %s as it is', (words) => {
    expect(t(own(words))).toBe(words);
    expect(html(own(words))).toBe(`<span dir="auto">${words}</span>`);
    expect(html(own({ en: words }))).toBe(words);
    expect(t(own({ en: words }))).toBe(words);
    expect(t({ message: 'links.back', values: { client: words } })).toBe(`Back to ${words}`);
  });

  it('is a plain text as it is, in a template of the host', () => {
    expect(t('Welcome back' as 'login.title')).toBe('Welcome back');
    expect(t('constructor' as 'login.title')).toBe('constructor');
  });
});

describe('HTML', () => {
  it('has the words of the host without effect', () => {
    expect(html(own(attack))).toBe(`<span dir="auto">${harmless}</span>`);
    expect(html(own({ en: attack }))).toBe(harmless);
    expect(html(attack as 'login.title')).toBe(`<span dir="auto">${harmless}</span>`);
  });

  it.each([
    ['ar', { en: 'See.' }, '<span lang="en" dir="auto">See.</span>'],
    ['ar', { und: 'See.' }, '<span dir="auto">See.</span>'],
    ['de', { de: 'Sehen.', en: 'See.' }, 'Sehen.'],
    ['de', { 'de-AT': 'Schauen.' }, '<span lang="de-AT" dir="auto">Schauen.</span>'],
  ])('says on a page in %s what other language %j are in', (tag, words, expected) => {
    expect(languageOf(tag).html(own(words))).toBe(expected);
  });

  it('has what is filled in without effect, set apart from the sentence', () => {
    expect(html('links.back', { client: attack })).toBe(`Back to <bdi class="name">${harmless}</bdi>`);
    expect(html('links.back', { client: own({ en: attack }) })).toBe(`Back to <bdi class="name">${harmless}</bdi>`);
  });

  it('has our sentences without effect, which may be of the host', () => {
    const [english] = languages;
    const changed = { ...english, messages: { ...english.messages, 'links.back': `${attack} {client}` as never } };
    expect(templateLanguage(wordingIn(changed)).html('links.back', { client: 'x' })).toBe(`${harmless} <bdi class="name">x</bdi>`);
  });

  it('has times that programs can read', () => {
    const html = languageOf('de').html('apps.lastUsed', { time: momentAt(1_795_348_800, 1_795_348_800 + 120) });
    expect(html).toMatch(/<time datetime="2026-11-22T12:00:00Z">vor 2 Minuten<\/time>/);
  });

  it('has numbers as the language writes them', () => {
    expect(html('apps.permissions', { count: 1234 })).toBe('Show all permissions (<bdi class="name">1,234</bdi>)');
  });

  it('is not in the text, which is escaped where it is written', () => {
    expect(t('links.back', { client: attack })).toBe(`Back to ${attack}`);
  });
});
