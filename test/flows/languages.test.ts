/** The screens in each language, by what the client and the browser ask for; and that words of others stay words. OpenID Connect Core section 3.1.2.1. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { languages } from '../../lib/languages/index.js';
import type { Language } from '../../lib/languages/language.js';
import { own, type Words } from '../../lib/model/words.js';
import { wordingIn } from '../../lib/rules/wording.js';
import { Agent } from '../support/agent.js';
import { withPage } from '../support/browser.js';
import { alice, api, authorizeUrl, openPage, pkce, postLogin, spa, type TestServer, testServer, web } from '../support/server.js';
import { attribute } from '../support/walker.js';

const files = 'https://api.example.com/files';
const servers: TestServer[] = [];

afterAll(async () => {
  for (const server of servers) await server.close();
});

async function start(options: Partial<OAuthRouterOptions> = {}): Promise<TestServer> {
  const server = await testServer({ options });
  servers.push(server);
  return server;
}

const startOf = (parameters = {}) => authorizeUrl('', pkce().code_challenge, parameters);

/** For both APIs. */
const startOfBoth = (parameters = {}) =>
  `${startOf(parameters)}&${new URLSearchParams([
    ['resource', api],
    ['resource', files],
  ])}`;
const languageOf = (tag: string) => languages.find((language) => language.tag === tag) as Language;
const say = (tag: string, words: Words) => wordingIn(languageOf(tag)).say(words);

/** A page as it came, with what it says of its language. */
interface Seen {
  readonly status: number;
  readonly html: string;
  readonly language: { readonly header: string | null; readonly lang: string | undefined; readonly dir: string | undefined };
}

async function seen(answer: Response): Promise<Seen> {
  const html = await answer.text();
  const [tag = ''] = /<html[^>]*>/.exec(html) ?? [];
  const language = { header: answer.headers.get('content-language'), lang: attribute(tag, 'lang'), dir: attribute(tag, 'dir') };
  return { status: answer.status, html, language };
}

/** A user whose browser prefers this, and says so with each request. */
class Reader extends Agent {
  constructor(
    { url }: TestServer,
    private readonly acceptLanguage: string,
  ) {
    super(url);
  }

  override get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return super.get(path, { 'Accept-Language': this.acceptLanguage, ...headers });
  }

  override post(path: string, fields: Readonly<Record<string, string>>, headers: Record<string, string> = {}): Promise<Response> {
    return super.post(path, fields, { 'Accept-Language': this.acceptLanguage, ...headers });
  }

  /** On, where the answer leads on. */
  async arrive(answer: Response): Promise<Seen> {
    const location = answer.headers.get('location');
    return location ? this.arrive(await this.get(location)) : seen(answer);
  }

  async see(path: string): Promise<Seen> {
    return this.arrive(await this.get(path));
  }

  async consent(path: string, credentials: Readonly<Record<string, string>> = alice): Promise<Seen> {
    return this.arrive(await postLogin(this, credentials, path));
  }
}

describe('the screens', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await start();
  });

  describe.each(languages)('in $tag', ({ tag, direction, messages }) => {
    const expected = { header: tag, lang: tag, dir: direction };

    it.each([
      ['the client asks for it', { ui_locales: `xx ${tag}` }, tag === 'fr' ? 'de' : 'fr'],
      ['the browser prefers it', {}, `xx, ${tag};q=0.9, *;q=0.1`],
      ['the browser prefers it, and the client asks for what nobody has', { ui_locales: 'xx yy' }, tag],
    ])('are so from the login by way of a wrong password to the consent where %s', async (_, parameters, header) => {
      const reader = new Reader(server, header);
      const path = startOf(parameters);
      const login = await reader.see(path);
      expect([login.status, login.language]).toEqual([200, expected]);
      expect(login.html).toContain(`<h1>${messages['login.title']}</h1>`);

      const wrong = await seen(await postLogin(reader, { ...alice, password: 'wrong' }, path));
      expect([wrong.status, wrong.language]).toEqual([422, expected]);
      expect(wrong.html).toContain(messages['login.wrong']);

      const consent = await reader.consent(path);
      expect([consent.status, consent.language]).toEqual([200, expected]);
      expect(consent.html).toContain(`>${messages['consent.allow']}</button>`);
      expect(consent.html).toContain('See your contacts'); // as the host says it, in one language for all
    });

    it.each([
      ['the browser', '?client_id=nobody', tag],
      ['the request', `?client_id=nobody&ui_locales=${tag}`, 'xx'],
    ])('are so where something went wrong, by what %s prefers', async (_, search, header) => {
      const error = await new Reader(server, header).see(`/oauth/authorize${search}`);
      expect([error.status, error.language]).toEqual([400, expected]);
      expect(error.html).toContain(`<h1>${messages['error.client.title']}</h1>`);
    });
  });

  it('are in the first language where nobody asks for one', async () => {
    expect((await new Reader(server, '').see(startOf())).language).toEqual({ header: 'en', lang: 'en', dir: 'ltr' });
  });
});

describe('a host with languages of its own', () => {
  let server: TestServer;
  const messages = {
    de: { 'login.title': 'Willkommen bei uns', 'consent.heading': 'Darf {client} an Ihr Konto bei {brand}?' },
    sv: { 'login.title': 'Logga in', 'login.password': 'Lösenord' },
    'de-CH': { 'login.password': 'Passwort, gäll' },
    he: { 'login.title': 'כניסה' },
  };

  beforeAll(async () => {
    server = await start({
      languages: ['de', 'sv', 'en', 'de-CH', 'he'],
      messages,
      brand: { name: 'Acme' },
      registration: true,
      clients: [
        {
          ...web,
          client_name: 'Calendar',
          'client_name#de': 'Kalender',
          client_uri: 'https://client.example.com/',
          'client_uri#de': 'https://client.example.com/de',
        },
      ],
      apis: {
        [api]: {
          name: { en: 'Contacts', de: 'Kontakte' },
          scopes: {
            'read:contacts': { en: 'See your contacts', de: 'Ihre Kontakte sehen' },
            'delete:contacts': { description: { en: 'Delete contacts', de: 'Kontakte löschen' }, risky: true },
            'login.title': 'login.title',
            'create:contacts': 'Add contacts',
          },
        },
        [files]: { name: 'consent.allow', scopes: { 'read:files': 'See your files' } },
      },
    });
  });

  it('is asked in its first language where none fits', async () => {
    expect((await new Reader(server, 'fr').see(startOf())).language).toEqual({ header: 'de', lang: 'de', dir: 'ltr' });
  });

  it('says its own sentences, and ours where it has none', async () => {
    const { html } = await new Reader(server, 'de').see(startOf());
    expect(html).toContain('<h1>Willkommen bei uns</h1>');
    expect(html).toContain(languageOf('de').messages['login.username']);
    const consent = await new Reader(server, 'de').consent(startOf());
    expect(consent.html).toContain('Darf <bdi class="name">Kalender</bdi> an Ihr Konto bei <bdi class="name">Acme</bdi>?');
  });

  it.each([
    ['sv', 'sv-FI', 'ltr', 'Logga in', 'Username'],
    ['he', 'he', 'rtl', 'כניסה', 'Username'],
    ['de-CH', 'de-CH', 'ltr', 'Willkommen bei uns', 'Passwort, gäll'],
  ])('has a language of its own, %s', async (tag, header, dir, title, label) => {
    const { html, language } = await new Reader(server, header).see(startOf());
    expect(language).toEqual({ header: tag, lang: tag, dir });
    expect(html).toContain(`<h1>${title}</h1>`);
    expect(html).toContain(`>${label}</label>`);
  });

  const all = 'read:contacts delete:contacts login.title read:files';

  it.each([
    ['de', ['Ihre Kontakte sehen', 'Kontakte löschen', '<h3>Kontakte</h3>', 'Kalender', 'href="https://client.example.com/de"']],
    ['en', ['See your contacts', 'Delete contacts', '<h3>Contacts</h3>', 'Calendar', 'href="https://client.example.com/"']],
    ['sv', ['See your contacts', 'Delete contacts', '<h3>Contacts</h3>', 'Calendar', 'href="https://client.example.com/"']],
  ])('asks in %s, in the words that it and the client have for that', async (tag, words) => {
    const { html } = await new Reader(server, tag).consent(startOfBoth({ scope: all }));
    for (const text of words) expect(html).toContain(text);
  });

  it('has its words shown as they are, though we have a sentence of that name', async () => {
    const { html } = await new Reader(server, 'en').consent(startOfBoth({ scope: all }));
    expect(html).toContain('<span dir="auto">login.title</span>');
    expect(html).toContain('<h3>consent.allow</h3>');
  });

  it('marks what is risky, and shows what a scope is about', async () => {
    const { html } = await new Reader(server, 'en').consent(startOf({ scope: 'read:contacts delete:contacts' }));
    expect(html.match(/<li class="risky">/g)).toHaveLength(1);
    expect(html).toMatch(/<li class="risky">.*Delete contacts/);
  });

  it('tells clients which languages there are', async () => {
    const document = (await (await fetch(`${server.url}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
    expect(document.ui_locales_supported).toEqual(['de', 'sv', 'en', 'de-CH', 'he']);
  });

  it('is told what its users have allowed in its first language', async () => {
    const reader = new Reader(server, 'en');
    const path = startOf({ scope: 'read:contacts' });
    const { ticket, _csrf } = await openPage(reader, await postLogin(reader, alice, path));
    await reader.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    const [summary] = await server.oauth.authorizations.of('alice');
    expect(summary).toMatchObject({
      clientName: 'Kalender',
      scopes: [{ scope: 'read:contacts', description: 'Ihre Kontakte sehen', api: { identifier: api, name: 'Kontakte' } }],
    });
    expect((await reader.see('/oauth/apps')).html).toContain('<bdi>Calendar</bdi>');
  });

  it('lets a client say its name by language when it registers', async () => {
    const names = { client_name: 'Notes', 'client_name#de': 'Notizen' };
    const metadata = { ...names, redirect_uris: spa.redirect_uris, token_endpoint_auth_method: 'none' };
    const answer = await fetch(`${server.url}/oauth/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(metadata),
    });
    const registered = (await answer.json()) as Record<string, string>;
    expect(registered).toMatchObject(names);
    const path = startOf({ client_id: registered.client_id, redirect_uri: spa.redirect_uris[0] });
    for (const [tag, name] of [
      ['de', 'Notizen'],
      ['en', 'Notes'],
      ['sv', 'Notes'],
    ] as const) {
      const { html } = await new Reader(server, tag).see(path);
      expect(html).toContain(`<bdi class="name">${name}</bdi>`);
      expect(html).not.toContain(name === 'Notes' ? 'Notizen' : 'Notes');
    }
  });
});

describe('the metadata of an API beside the server', () => {
  it('has its name by language, and in the first language without a tag. RFC 9728 section 2.1', async () => {
    const { url } = await testServerOf((issuer) => ({
      languages: ['de', 'en'],
      apis: {
        [`${issuer}/api`]: {
          name: { en: 'Contacts', de: 'Kontakte', und: 'C' },
          scopes: { 'read:contacts': 'See', 'create:contacts': 'Add' },
        },
      },
    }));
    const document = (await (await fetch(`${url}/.well-known/oauth-protected-resource/api`)).json()) as Record<string, unknown>;
    expect(Object.entries(document).filter(([name]) => name.startsWith('resource_name'))).toEqual([
      ['resource_name', 'Kontakte'],
      ['resource_name#en', 'Contacts'],
      ['resource_name#de', 'Kontakte'],
    ]);
  });
});

async function testServerOf(optionsAt: (url: string) => Partial<OAuthRouterOptions>): Promise<TestServer> {
  const server = await testServer({ optionsAt: (url) => ({ ...optionsAt(url), clients: [] }) });
  servers.push(server);
  return server;
}

/** What a browser makes of a page, without running it. */
interface Document {
  readonly title: string;
  /** Each element with the names of its attributes, each comment, in order. */
  readonly shape: readonly string[];
  /** What the elements that have been asked for say. */
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

/** Where names and words of others stand, as `selector` or `selector@attribute`. */
const places = [
  'h1',
  'h1 bdi',
  '.account bdi',
  'h2 bdi',
  'h3',
  '.scopes li > span, .scopes label > span',
  '.brand > span:last-child',
  'input#username@value',
  'button[aria-label]@aria-label',
  'nav a, footer a, .links a@href',
  '.destination bdi',
  '[role=status] bdi',
];

const parse = (pages: readonly string[]) => `(${read})(${JSON.stringify(pages)}, ${JSON.stringify(places)})`;
const read = `(pages, places) => pages.map((html) => {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const shape = [];
  const walker = page.createTreeWalker(page, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_COMMENT);
  while (walker.nextNode()) {
    const { localName, nodeName } = walker.currentNode;
    shape.push([localName ?? nodeName, ...(walker.currentNode.getAttributeNames?.() ?? [])].join(' '));
  }
  const textsAt = (place) => {
    const [selector, attribute] = place.split('@');
    return [...page.querySelectorAll(selector)].map((one) => (attribute ? one.getAttribute(attribute) : one.textContent));
  };
  return { title: page.title, shape, texts: Object.fromEntries(places.map((place) => [place, textsAt(place)])) };
})`;

function documents(pages: readonly string[]): Promise<readonly Document[]> {
  return withPage({}, (page) => page.evaluate<readonly Document[]>(parse(pages)));
}

const attack = (name: string) =>
  `${name}"'><img src=x onerror=alert(1)></title></textarea></bdi><script>alert(1)</script><!--&lt;&#39;{client} $&`;

/** All that others can put on a screen, as `write` has it. */
function filledBy(write: (name: string) => string): Partial<OAuthRouterOptions> {
  const sentence = (name: string) => write(name).replace('{client}', '');
  const link = (name: string) => `https://client.example.com/${write(name).replace(/ .*/, '')}`; // a URL has no space
  const byLanguage = (name: string) => Object.fromEntries(languages.map(({ tag }) => [`client_name#${tag}`, write(`${name} ${tag}`)]));
  return {
    brand: { name: write('brand') },
    clients: [
      {
        ...web,
        client_name: write('client'),
        ...byLanguage('client'),
        client_uri: link('about'),
        policy_uri: link('policy'),
        tos_uri: link('tos'),
      },
      { client_id: 'native', client_name: write('native'), redirect_uris: ['com.example.app:/callback'] },
    ],
    apis: {
      [api]: {
        name: write('api'),
        scopes: {
          'read:contacts': write('description'),
          'create:contacts': Object.fromEntries(languages.map(({ tag }) => [tag, write(`description ${tag}`)])),
          'delete:contacts': { description: write('optional'), optional: true, risky: true },
        },
      },
      [files]: { name: { en: write('api') }, scopes: { 'read:files': write('description') } },
    },
    messages: Object.fromEntries(
      languages.map(({ tag }) => [
        tag,
        {
          'login.submit': sentence('submit'),
          'login.showPassword': sentence('show'),
          'login.wrong': sentence('wrong'),
          'consent.heading': `${sentence('heading')} {client} {brand}`,
          'apps.removeThis': `${sentence('remove')} {client}`,
          'error.link.title': sentence('error'),
        },
      ]),
    ),
    users: {
      authenticate: ({ username, password }) => password === alice.password && { id: username, name: write('user') },
    },
  };
}

/** Every page on the way of a user who reads this language, in the order of `names`. */
const names = ['login', 'login again', 'consent', 'to an app', 'apps', 'an app removed', 'sign-out', 'error'] as const;

async function pagesIn(tag: string, server: TestServer, write: (name: string) => string): Promise<readonly string[]> {
  const reader = new Reader(server, tag);
  const claims = JSON.stringify({ userinfo: { shoe_size: null, [write('shoe_size')]: null } }); // one that has no plain name is passed over
  const scope = 'openid read:contacts create:contacts delete:contacts read:files';
  const path = startOfBoth({ scope, claims, login_hint: write('hint'), ui_locales: write('locale'), state: write('state') });
  const typed = { username: write('typed'), password: 'wrong' };
  const login = await reader.see(path);
  const again = await seen(await postLogin(reader, typed, path));
  const answer = await postLogin(reader, { ...typed, password: alice.password }, path);
  const { html: consent, ticket, _csrf } = await openPage(reader, answer);
  await reader.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
  const native = await reader.see(startOf({ client_id: 'native', redirect_uri: 'com.example.app:/callback', scope: 'read:contacts' }));
  const apps = await reader.see('/oauth/apps');
  const csrf = /name="_csrf" value="([^"]*)"/.exec(apps.html)?.[1] ?? '';
  const removed = await reader.arrive(await reader.post('/oauth/apps', { _csrf: csrf, client_id: 'web' }));
  const signOut = await reader.see('/oauth/sign-out');
  const parameters = { redirect_uri: write('redirect'), ui_locales: write('locale'), ticket: write('ticket') };
  const error = await reader.see(`/oauth/authorize?${new URLSearchParams({ ...parameters, response_type: write('type') })}`);
  return [login, again, { html: consent }, native, apps, removed, signOut, error].map(({ html }) => html);
}

describe('what a client, a user or a host can put on a screen', () => {
  let plain: TestServer;
  let hostile: TestServer;

  beforeAll(async () => {
    plain = await start(filledBy((name) => name));
    hostile = await start(filledBy(attack));
  });

  it.each(languages)('stays text in $tag, character by character', async ({ tag }) => {
    const expected = await documents(await pagesIn(tag, plain, (name) => name));
    const pages = await documents(await pagesIn(tag, hostile, attack));
    expect(pages.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
    expect(pages.length).toBe(names.length);

    const at = (name: (typeof names)[number]) => pages[names.indexOf(name)] as Document;
    const text = (name: (typeof names)[number], place: string) => at(name).texts[place];
    const sentence = (name: string) => attack(name).replace('{client}', '');
    const client = attack(`client ${tag}`);
    const heading = `${sentence('heading')} ${client} ${attack('brand')}`;

    expect(at('login').title).toBe(`${say(tag, { message: 'login.title' })} · ${attack('brand')}`);
    expect(text('login', '.brand > span:last-child')).toEqual([attack('brand')]);
    expect(text('login', 'input#username@value')).toEqual([attack('hint')]);
    expect(text('login', 'button[aria-label]@aria-label')).toEqual([sentence('show')]);
    expect(text('login again', 'input#username@value')).toEqual([attack('typed')]);

    const title = say(tag, { message: 'consent.title', values: { client: own(client) } });
    expect(at('consent').title).toBe(`${title} · ${attack('brand')}`);
    expect(text('consent', 'h1')).toEqual([heading]);
    expect(text('consent', 'h1 bdi')).toEqual([client, attack('brand')]);
    expect(text('consent', '.account bdi')).toEqual([attack('user')]);
    expect(text('consent', 'h3')).toEqual([attack('api'), attack('api')]);
    const described = text('consent', '.scopes li > span, .scopes label > span') ?? [];
    expect(described).toContain(attack('description'));
    expect(described).toContain(attack(`description ${tag}`));
    expect(described).toContain(`${attack('optional')} ${say(tag, { message: 'consent.sensitive' })}`);
    expect(described).toContain(say(tag, { message: 'scope.claim', values: { claim: '“shoe_size”' } }));
    expect(text('to an app', '.destination bdi')).toEqual(['com.example.app']);

    expect(text('apps', 'h2 bdi')).toEqual([client]);
    expect(text('apps', 'button[aria-label]@aria-label')).toEqual([`${sentence('remove')} ${client}`]);
    expect(text('an app removed', '[role=status] bdi')).toEqual([client]);
    expect(text('sign-out', '.account bdi')).toEqual([attack('user')]);
    expect(text('error', 'h1')).toEqual([sentence('error')]);
  });
});
