/** The jobs, one row each, in the order of the table in docs/performance.md. */
import { Browser } from '../driver/browser.js';
import { expectStatus } from '../driver/connection.js';
import { pathOf, type Target } from '../driver/target.js';
import { type Format, scope } from '../world.js';
import type { Job, Step, Worker } from './job.js';
import * as refusals from './refusals.js';
import * as requests from './requests.js';
import { expectIntrospection, expectSub, proofOfTokens } from './verify.js';

function clientCredentials(format: Format, title: string): Job {
  return {
    name: `client-credentials-${format.toLowerCase()}`,
    title: `client_credentials, ${title}`,
    format,
    unit: 'request',
    refusals: refusals.ofSecrets,
    async prepare(worker) {
      return async () => {
        const tokens = await requests.askForTokens(worker, requests.machineForm(worker.target));
        return proofOfTokens(tokens, worker, { scopes: [scope] });
      };
    },
  };
}

/** With what has to be asked for besides, to be given a refresh token. */
function offline({ refreshScope }: Target, scopes: readonly string[]): readonly string[] {
  return refreshScope === undefined ? scopes : [...scopes, refreshScope];
}

/** @throws Error unless the server did all of its work */
function expectTokens(tokens: requests.Tokens, scopes: readonly string[]): requests.Tokens {
  if (tokens.refresh_token === undefined) throw new Error('There is no refresh token.');
  if (scopes.includes('openid') && tokens.id_token === undefined) throw new Error('There is no ID token.');
  return tokens;
}

/** The user is logged in and has agreed: two requests, to the code and to its tokens. */
function codeFlow(name: string, title: string, asked: readonly string[]): Job {
  return {
    name,
    title,
    format: 'ES256',
    unit: 'flow',
    warmUps: 2,
    refusals: refusals.ofCodes,
    async prepare(worker) {
      const scopes = offline(worker.target, asked);
      const { browser, username } = await requests.signIn(worker, scopes, requests.forConsent);
      return async () => {
        const tokens = expectTokens(await requests.signInAgain(worker, browser, scopes), scopes);
        return proofOfTokens(tokens, worker, { username, scopes });
      };
    },
  };
}

const refresh: Job = {
  name: 'refresh',
  title: 'refresh, JWT ES256',
  format: 'ES256',
  unit: 'request',
  refusals: (worker) => refusals.ofRefreshTokens(worker, offline(worker.target, [scope])),
  async prepare(worker) {
    const scopes = offline(worker.target, [scope]);
    const { username, tokens: first } = await requests.signIn(worker, scopes, requests.forConsent);
    let { refresh_token } = first;
    return async () => {
      const tokens = await requests.askForTokens(worker, requests.refreshOf(refresh_token));
      if (tokens.refresh_token === refresh_token) throw new Error('The refresh token was not rotated.');
      ({ refresh_token } = expectTokens(tokens, scopes));
      return proofOfTokens(tokens, worker, { username, scopes });
    };
  },
};

/** A browser that was never here: from the request to the login page, the consent page, the code and its tokens. */
const full: Job = {
  name: 'full',
  title: 'full flow with login and consent, opaque token',
  format: 'opaque',
  unit: 'flow',
  warmUps: 4,
  refusals: refusals.ofCodes,
  async prepare(worker) {
    const scopes = offline(worker.target, [scope]);
    return async () => {
      const { tokens, username, pages } = await requests.signIn(worker, scopes, requests.forConsent);
      if (pages.join(' ') !== 'login consent') throw new Error(`The pages were: ${pages.join(' ')}.`);
      return proofOfTokens(expectTokens(tokens, scopes), worker, { username, scopes });
    };
  },
};

const anonymous: Job = {
  name: 'anonymous',
  title: 'authorize, to the login screen',
  format: 'ES256',
  unit: 'flow',
  async prepare({ connection, target }) {
    return async () => {
      const browser = new Browser(connection, target.urls[0] as string);
      const { page } = await browser.follow(await browser.get(requests.newRequest(target, [scope]).path));
      return async () => {
        if (!page.body.includes('name="password"')) throw new Error(`This is no login page: ${page.body}`);
      };
    };
  },
};

/**
 * A server may remember of a token that it is genuine. So each job to which tokens are shown is done twice: with one token for each worker,
 * again and again, as a client does it; and with so many tokens in turn that each has been forgotten when it comes again.
 */
interface Shown {
  readonly suffix: string;
  readonly title: string;
  /** In all. */
  tokens(workers: number): number;
}

/** More than any server remembers, our own too. */
export const newTokens = 2_600;

const again: Shown = { suffix: '', title: ', the same token again', tokens: (workers) => workers };
const anew: Shown = { suffix: '-new', title: ', verified anew each time', tokens: () => newTokens };

/** The next token of this worker, at each call. */
async function tokensOf(worker: Worker, shown: Shown, make: () => Promise<requests.Tokens>): Promise<() => string> {
  const tokens: string[] = [];
  while (tokens.length < shown.tokens(worker.workers) / worker.workers) tokens.push((await make()).access_token);
  let next = 0;
  return () => tokens[next++ % tokens.length] as string;
}

/** The tokens are of a user, who signs in once and is named in every answer. */
async function tellsUser(worker: Worker, shown: Shown, path: string, scopes: readonly string[]): Promise<Step> {
  const { browser, username } = await requests.signIn(worker, scopes);
  const token = await tokensOf(worker, shown, () => requests.signInAgain(worker, browser, scopes));
  return async () => {
    const { body } = expectStatus(await requests.getAs(worker, path, token()), 200);
    return async () => expectSub(body, worker.target, { username, scopes });
  };
}

function introspection(shown: Shown): Job {
  return {
    name: `introspection${shown.suffix}`,
    title: `introspection of an opaque token${shown.title}`,
    format: 'opaque',
    unit: 'request',
    refusals: refusals.ofIntrospection,
    async prepare(worker) {
      const { target } = worker;
      const token = await tokensOf(worker, shown, () => requests.askForTokens(worker, requests.machineForm(target)));
      return async () => {
        const { body } = expectStatus(await requests.introspect(worker, token()), 200);
        return async () => expectIntrospection(body, target, { scopes: [scope] });
      };
    },
  };
}

function userinfo(shown: Shown): Job {
  return {
    name: `userinfo${shown.suffix}`,
    title: `userinfo${shown.title}`,
    format: 'ES256',
    unit: 'request',
    refusals: (worker) => refusals.ofTokens(worker, 'userinfo', ['openid']),
    async prepare(worker) {
      return tellsUser(worker, shown, pathOf(worker.target, 'userinfo'), ['openid']);
    },
  };
}

function protect(format: 'ES256' | 'opaque', title: string, shown: Shown): Job {
  return {
    name: `${format === 'opaque' ? 'protect-opaque' : 'protect-jwt'}${shown.suffix}`,
    title: `${title}${shown.title}`,
    format,
    unit: 'request',
    refusals: (worker) => refusals.ofTokens(worker, 'api', [scope]),
    async prepare(worker) {
      return tellsUser(worker, shown, pathOf(worker.target, 'api'), [scope]);
    },
  };
}

function document(name: 'metadata' | 'jwks', title: string, member: string): Job {
  return {
    name,
    title,
    format: 'ES256',
    unit: 'request',
    async prepare({ connection, target }) {
      const path = pathOf(target, name);
      return async () => {
        const { body } = expectStatus(await connection.send('GET', path), 200);
        return async () => {
          if (!(member in JSON.parse(body))) throw new Error(`The document lacks ${member}: ${body}`);
        };
      };
    },
  };
}

/** What the frame alone costs: an answer without anything in it, of a host and not of an authorization server. */
const empty: Job = {
  name: 'empty',
  title: 'an empty answer of the host',
  format: 'ES256',
  unit: 'request',
  async prepare({ connection }) {
    return async () => {
      expectStatus(await connection.send('GET', '/empty'), 200);
      return async () => {};
    };
  },
};

export const jobs: readonly Job[] = [
  clientCredentials('ES256', 'JWT ES256'),
  clientCredentials('RS256', 'JWT RS256'),
  clientCredentials('opaque', 'opaque token'),
  codeFlow('code', 'code flow, logged in and agreed, JWT ES256', [scope]),
  codeFlow('code-openid', 'code flow with openid and an ES256 ID token', ['openid', scope]),
  full,
  refresh,
  introspection(again),
  introspection(anew),
  userinfo(again),
  userinfo(anew),
  protect('ES256', 'protect on a JWT', again),
  protect('ES256', 'protect on a JWT', anew),
  protect('opaque', 'protect on an opaque token', again),
  protect('opaque', 'protect on an opaque token', anew),
  document('metadata', 'metadata', 'issuer'),
  document('jwks', 'JWKS', 'keys'),
  anonymous,
  empty,
];

export function jobNamed(name: string): Job {
  const job = jobs.find((row) => row.name === name);
  if (!job) throw new Error(`There is no job ${name}; there are ${jobs.map((row) => row.name).join(', ')}.`);
  return job;
}
