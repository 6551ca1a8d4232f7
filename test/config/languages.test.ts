import { describe, expect, it } from '@jest/globals';
import { clientAuthMethods } from '../../lib/client-auth/index.js';
import { readOptions } from '../../lib/config/check.js';
import { ConfigurationError, type ConfigurationProblem } from '../../lib/errors.js';
import { en } from '../../lib/languages/en.js';
import { languages as builtIn } from '../../lib/languages/index.js';
import type { Language } from '../../lib/languages/language.js';

const known = { grantTypes: ['authorization_code'], responseTypes: [], authMethods: clientAuthMethods };
const api = 'https://app.example.com/api';

function read(more: Readonly<Record<string, unknown>>) {
  const options = {
    issuer: 'https://app.example.com',
    secrets: ['hvR5tT0ne2xU8Jk3yq9LwZ6bMd1sFg4c'],
    clients: [],
    users: { authenticate: () => null },
    apis: { [api]: { scopes: { 'read:contacts': 'See your contacts' } } },
  };
  return readOptions({ ...options, ...more }, known);
}

function problemsOf(more: Readonly<Record<string, unknown>>): readonly ConfigurationProblem[] {
  try {
    read(more);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error('There was nothing wrong.');
}

const problemsOfApi = (more: object) => problemsOf({ apis: { [api]: { scopes: { read: 'See' }, ...more } } });
const scopesOf = (scopes: object) => read({ apis: { [api]: { scopes } } }).settings.apis.get(api)?.scopes;
const tagsOf = (more: Readonly<Record<string, unknown>>) => read(more).settings.languages.map(({ tag }) => tag);
const all = builtIn.map(({ tag }) => tag);

function languageOf(tag: string, more: Readonly<Record<string, unknown>>): Language {
  return read(more).settings.languages.find((language) => language.tag === tag) as Language;
}

describe('the languages of the screens', () => {
  it.each<readonly [string, Readonly<Record<string, unknown>>, readonly string[]]>([
    ['all that are built in, English first', {}, all],
    ['all, with those of the host', { messages: { de: {}, sv: {}, 'pt-br': {} } }, [...all, 'sv', 'pt-BR']],
    ['those that are named, in this order', { languages: ['pl', 'en'] }, ['pl', 'en']],
    ['those of the host that are named', { languages: ['sv', 'DE'], messages: { sv: {}, fi: {} } }, ['sv', 'de']],
  ])('are %s', (_, more, tags) => {
    expect(tagsOf(more)).toEqual(tags);
  });

  it('are the built-in ones themselves, where the host changes nothing', () => {
    expect(read({}).settings.languages).toEqual(builtIn);
    expect(languageOf('de', { messages: { fr: {} } })).toBe(builtIn.find(({ tag }) => tag === 'de'));
  });

  it.each<readonly [string, unknown, ConfigurationProblem]>([
    ['no list', 'de', { path: 'languages', problem: 'It is not a list.', cure: "Write ['de', 'en'], the first in front." }],
    ['an empty list', [], { path: 'languages', problem: 'It is empty.', cure: 'Leave it out for all languages.' }],
    [
      'no tag',
      ['en', 'de_DE'],
      { path: 'languages[1]', problem: 'It is no language tag.', cure: 'Write one as BCP 47 has it, as de or pt-BR.' },
    ],
    ['no text', [1], { path: 'languages[0]', problem: 'It is not a string.', cure: 'Write a language tag, as de or pt-BR.' }],
    [
      'a variety of what there is',
      ['de-CH'],
      { path: 'languages[0]', problem: 'There are no sentences in de-CH.', cure: "Did you mean `de`? Or give them: messages['de-CH']." },
    ],
    [
      'a language that nobody has',
      ['sv'],
      { path: 'languages[0]', problem: 'There are no sentences in sv.', cure: `Known are: ${all.join(', ')}. Or give them: messages.sv.` },
    ],
    [
      'the same twice',
      ['en', 'de', 'EN'],
      { path: 'languages[2]', problem: 'It is the same as languages[0].', cure: 'Remove or change one of the two.' },
    ],
  ])('cannot be %s', (_, languages, problem) => {
    expect(problemsOf({ languages })).toEqual([problem]);
  });
});

describe('sentences of the host', () => {
  it('change ours, one by one', () => {
    const german = languageOf('de', { messages: { de: { 'login.title': 'Willkommen', 'login.username': undefined } } });
    const ours = builtIn.find(({ tag }) => tag === 'de') as Language;
    expect(german).toEqual({ ...ours, messages: { ...ours.messages, 'login.title': 'Willkommen' } });
  });

  it('make a language, which says the rest in English, as the host has changed that', () => {
    const messages = { en: { 'login.submit': 'Go' }, sv: { 'login.title': 'Logga in' } };
    const swedish = languageOf('sv', { messages });
    expect(swedish).toEqual({ tag: 'sv', direction: 'ltr', messages: { ...en, 'login.submit': 'Go', 'login.title': 'Logga in' } });
  });

  it.each([
    ['pt-PT', 'pt'],
    ['zh-Hant-TW', 'zh'],
    ['ar-EG', 'ar'],
  ])('make the variety %s, which says the rest in %s, as the host has changed that', (tag, base) => {
    const messages = { [base]: { 'login.submit': '*' }, [tag]: { 'login.title': 'x' } };
    const ours = builtIn.find((language) => language.tag === base) as Language;
    expect(languageOf(tag, { languages: [tag], messages })).toEqual({
      tag,
      direction: ours.direction,
      messages: { ...ours.messages, 'login.submit': '*', 'login.title': 'x' },
    });
  });

  it('make a variety of a variety of the host', () => {
    const messages = { sr: { 'login.title': 'sr' }, 'sr-Latn': { 'login.submit': 'Latn' }, 'sr-Latn-ME': { 'login.cancel': 'ME' } };
    const { messages: said } = languageOf('sr-Latn-ME', { messages });
    expect([said['login.title'], said['login.submit'], said['login.cancel']]).toEqual(['sr', 'Latn', 'ME']);
  });

  it.each([
    ['he', 'rtl'],
    ['fa', 'rtl'],
    ['ur', 'rtl'],
    ['az-Arab', 'rtl'],
    ['sv', 'ltr'],
    ['ko', 'ltr'],
  ])('in %s are written %s', (tag, direction) => {
    expect(languageOf(tag, { messages: { [tag]: {} } }).direction).toBe(direction);
  });

  it('have a warning for each language that is mixed with English', () => {
    const count = Object.keys(en).length;
    expect(read({ messages: { sv: { 'form.again': 'Igen' }, fi: { ...en, 'login.title': undefined } } }).warnings).toEqual([
      `The option messages lacks ${count - 1} of ${count} sentences in sv, which are said in English: form.busy, account.signedInAs, account.other and ${count - 4} others.`,
      `The option messages lacks 1 of ${count} sentences in fi, which are said in English: login.title.`,
    ]);
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>]>([
    ['all of a new one', { messages: { sv: en } }],
    ['a variety of one of ours', { messages: { 'de-CH': {} } }],
    ['one of ours', { messages: { de: {} } }],
    ['one that is not offered', { languages: ['de'], messages: { sv: {} } }],
  ])('have no warning where they are of %s', (_, more) => {
    expect(read(more).warnings).toEqual([]);
  });

  it.each<readonly [string, unknown, readonly string[]]>([
    ['no object', [], ["messages: It is not an object. Write { en: { 'login.title': 'Welcome back' } }, for example."]],
    [
      'not by language',
      { 'login.title': 'Welcome' },
      [
        "messages['login.title']: It is no language tag. Write one as BCP 47 has it, as de or pt-BR.",
        "messages['login.title']: It is not an object. Write { 'login.title': 'Welcome back' }, for example.",
      ],
    ],
    ['for any language', { '*': {} }, ["messages['*']: It is no language tag. Write one as BCP 47 has it, as de or pt-BR."]],
    [
      'of a language twice',
      { 'pt-PT': {}, 'pt-pt': {} },
      ["messages['pt-pt']: It is the same as messages['pt-PT']. Remove or change one of the two."],
    ],
    [
      'of a name that is none',
      { de: { 'login.titel': 'x' } },
      ["messages.de['login.titel']: There is no sentence of this name. Did you mean `login.title`?"],
    ],
    [
      'of a name that every object has',
      { de: { toString: 'x' } },
      ['messages.de.toString: There is no sentence of this name. The type MessageKey has all names.'],
    ],
    ['no string', { de: { 'login.title': 1 } }, ["messages.de['login.title']: It is not a string. Write a sentence, or leave it out."]],
    ['empty', { de: { 'login.title': ' ' } }, ["messages.de['login.title']: It is empty. Write a sentence, or leave it out."]],
    [
      'with what is not filled in',
      { de: { 'login.title': 'Bei {brand}', 'login.toContinue': '{app} mit {client} }' } },
      [
        "messages.de['login.title']: It has {brand}, for which nothing is filled in. Take it out: nothing is filled in here.",
        "messages.de['login.toContinue']: It has {app}, for which nothing is filled in. It can have {client}.",
        "messages.de['login.toContinue']: It has }, for which nothing is filled in. It can have {client}.",
      ],
    ],
    [
      'without what users decide by',
      {
        de: {
          'consent.heading': 'Eine App will an Ihr Konto bei {brand}',
          'consent.unverifiedFrom': 'Ungeprüft',
          'consent.trustHost': 'Erlauben Sie das',
          'consent.destination': 'Danach geht es weiter',
          'consent.destinationApp': 'Danach geht es weiter',
        },
      },
      [
        "messages.de['consent.heading']: It lacks {client}. Put it in: the user could not decide without.",
        "messages.de['consent.unverifiedFrom']: It lacks {host}. Put it in: the user could not decide without.",
        "messages.de['consent.trustHost']: It lacks {host}. Put it in: the user could not decide without.",
        "messages.de['consent.destination']: It lacks {destination}. Put it in: the user could not decide without.",
        "messages.de['consent.destinationApp']: It lacks {destination}. Put it in: the user could not decide without.",
      ],
    ],
  ])('cannot be %s', (_, messages, lines) => {
    expect(problemsOf({ messages }).map(({ path, problem, cure }) => `${path}: ${problem} ${cure}`)).toEqual(lines);
  });

  it('can do without the name of the host, and without the client where nothing is decided', () => {
    const messages = {
      de: { 'consent.heading': '{client}?', 'consent.unknown': 'Unbekannt', 'login.toContinue': 'weiter', 'links.back': 'Zurück' },
    };
    expect(languageOf('de', { messages }).messages).toMatchObject(messages.de);
  });

  it('have all their mistakes told at once, with those of other options', () => {
    const paths = problemsOf({
      languages: ['xx'],
      messages: { de: { 'login.titel': 'x', 'login.submit': '' }, x: {} },
      apis: { [api]: { name: { en: '' }, scopes: { read: { de_DE: 'x' } } } },
    }).map(({ path }) => path);
    expect(paths.sort()).toEqual(
      [
        `apis['${api}'].name.en`,
        `apis['${api}'].scopes.read.de_DE`,
        'languages[0]',
        "messages.de['login.titel']",
        "messages.de['login.submit']",
        'messages.x',
      ].sort(),
    );
  });
});

describe('words of the host by language', () => {
  it('can be the name of an API', () => {
    const { settings } = read({ apis: { [api]: { name: { en: 'Contacts', 'de-at': 'Kontakte' }, scopes: { read: 'See' } } } });
    expect(settings.apis.get(api)?.name).toEqual({ en: 'Contacts', 'de-AT': 'Kontakte' });
  });

  it.each<readonly [string, object, string, string]>([
    ['empty', { name: ' ' }, `apis['${api}'].name`, 'It is empty.'],
    ['a number', { name: 1 }, `apis['${api}'].name`, 'It is not a string.'],
    ['in no language', { name: {} }, `apis['${api}'].name`, 'It has no language.'],
    ['in what is no language', { name: { '*': 'x' } }, `apis['${api}'].name['*']`, 'It is no language tag.'],
    ['empty in one', { name: { en: 'x', de: '' } }, `apis['${api}'].name.de`, 'It is empty.'],
    ['a number in one', { name: { en: 'x', de: 1 } }, `apis['${api}'].name.de`, 'It is not a string.'],
    ['empty, of a scope', { scopes: { read: '' } }, `apis['${api}'].scopes.read`, 'It has no description.'],
    ['empty in one, of a scope', { scopes: { read: { en: 'x', de: '' } } }, `apis['${api}'].scopes.read.de`, 'It is empty.'],
    [
      'empty in one, of a scope with options',
      { scopes: { read: { description: { en: 'x', de: '' }, risky: true } } },
      `apis['${api}'].scopes.read.description.de`,
      'It is empty.',
    ],
  ])('cannot be %s', (_, more, path, problem) => {
    expect(problemsOfApi(more)).toEqual([{ path, problem, cure: expect.stringMatching(/^(Write|Use) /) }]);
  });
});

describe('a scope', () => {
  it('has a picture by its name, or the one that it names', () => {
    const scopes = scopesOf({ 'delete:contacts': 'x', 'read:contacts': { description: 'x', icon: 'person' }, tools: { en: 'x' } });
    expect([...(scopes?.values() ?? [])].map(({ icon }) => icon)).toEqual(['delete', 'person', 'check']);
  });

  it('is marked where the host says so', () => {
    const scopes = scopesOf({ one: { description: 'x', risky: true }, two: { description: 'x' }, three: 'x' });
    expect([...(scopes?.values() ?? [])].map(({ risky }) => risky)).toEqual([true, false, false]);
  });

  it('cannot have a picture that there is not', () => {
    const path = `apis['${api}'].scopes.read.icon`;
    expect(problemsOfApi({ scopes: { read: { description: 'x', icon: 'skull' } } })).toEqual([
      { path, problem: 'There is no picture of this name.', cure: expect.stringContaining('Known are: check, read, write, delete') },
    ]);
  });
});
