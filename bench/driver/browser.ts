/** The user's part: follows redirects on the server, keeps cookies, signs in and agrees where a page asks for it. */
import { password } from '../world.js';
import { type Answer, type Connection, expectStatus, headerOf, headersOf } from './connection.js';

export class Browser {
  readonly #connection: Connection;
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(connection: Connection, origin: string) {
    this.#connection = connection;
    this.#origin = origin;
  }

  get(path: string): Promise<Answer> {
    return this.#send('GET', path);
  }

  post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#send('POST', path, 'Content-Type: application/x-www-form-urlencoded\r\n', new URLSearchParams(fields).toString());
  }

  postJson(path: string, content: object): Promise<Answer> {
    return this.#send('POST', path, `Content-Type: application/json\r\nOrigin: ${this.#origin}\r\n`, JSON.stringify(content));
  }

  /** From here to a page, or to a URL of another server, which is not opened. */
  async follow(answer: Answer): Promise<{ readonly left?: URL; readonly page: Answer; readonly path: string }> {
    let path = '';
    for (let page = answer, redirects = 0; redirects < 10; redirects += 1) {
      const location = headerOf(page, 'location');
      if (location === undefined) return { page: expectStatus(page, 200), path };
      expectStatus(page, 302, 303);
      const url = new URL(location, this.#origin);
      if (url.origin !== this.#origin) return { left: url, page, path };
      path = `${url.pathname}${url.search}`;
      page = await this.get(path);
    }
    throw new Error('The redirects go in circles.');
  }

  async #send(method: string, path: string, headers = '', body = ''): Promise<Answer> {
    const cookies = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#connection.send(method, path, cookies === '' ? headers : `${headers}Cookie: ${cookies}\r\n`, body);
    for (const line of headersOf(answer, 'set-cookie')) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0\b|expires=thu, 01 jan 1970/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}

type Page = 'login' | 'consent';

/** How one kind of server has its screens answered, which are told in their order; and where it leads to in the end. */
export type Walk = (
  browser: Browser,
  start: Answer,
  username: string,
) => Promise<{ readonly callback: URL; readonly pages: readonly Page[] }>;

/** Pages with forms: whatever is hidden in them goes back as it is. */
const byForms: Walk = async (browser, start, username) => {
  let next = start;
  for (const pages: Page[] = []; pages.length < 4; ) {
    const { left, page, path } = await browser.follow(next);
    if (left) return { callback: left, pages };
    const kind = kindOf(page.body);
    pages.push(kind);
    const answer = kind === 'login' ? { username, password } : { decision: 'allow' };
    next = await browser.post(actionOf(page.body) ?? path, { ...hiddenOf(page.body), ...answer });
  }
  throw new Error('The pages go in circles.');
};

/** Pages whose scripts talk JSON with the server. */
const byJson: Walk = async (browser, start, username) => {
  let step = await browser.follow(start);
  for (const pages: Page[] = []; pages.length < 4; ) {
    if (step.left) return { callback: step.left, pages };
    const oauth_query = step.path.slice(step.path.indexOf('?') + 1);
    const kind = kindOf(step.page.body);
    pages.push(kind);
    const answer =
      kind === 'login'
        ? await browser.postJson('/api/auth/sign-in/email', { email: `${username}@example.com`, password, oauth_query })
        : await browser.postJson('/api/auth/oauth2/consent', { accept: true, oauth_query });
    const { url } = JSON.parse(expectStatus(answer, 200).body) as { url?: string };
    if (url === undefined) throw new Error(`The page leads nowhere: ${answer.body}`);
    step = await browser.follow({ status: 303, head: `\r\nlocation: ${url}\r\n`, body: '' });
  }
  throw new Error('The pages go in circles.');
};

export const walks = { forms: byForms, json: byJson } as const;

function kindOf(html: string): Page {
  if (html.includes('name="password"')) return 'login';
  if (html.includes('name="decision"')) return 'consent';
  throw new Error(`An unexpected page: ${html.slice(0, 500)}`);
}

function actionOf(html: string): string | undefined {
  return decoded(/<form[^>]* action="([^"]*)"/.exec(html)?.[1]);
}

function hiddenOf(html: string): Record<string, string> {
  const fields = [...html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([field]) => {
    const name = /name="([^"]*)"/.exec(field)?.[1] ?? '';
    return [name, decoded(/value="([^"]*)"/.exec(field)?.[1]) ?? ''] as const;
  });
  return Object.fromEntries(fields);
}

function decoded(text: string | undefined): string | undefined {
  return text?.replaceAll('&#34;', '"').replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}
