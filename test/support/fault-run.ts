/** Many users at once walk through the whole flow while something fails; and what may not happen, whatever fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Agent, formField } from './agent.js';
import { authorizeUrl, callApi, pkce, type TokenAnswer, token } from './server.js';

export interface FaultRun {
  readonly flows: number;
  /** Of the processes, which share a store. */
  readonly urls: readonly string[];
  /** How many requests are under way at once; default 40. */
  readonly atOnce?: number;
  /** What goes wrong: begun as soon as the first flows have their tokens, and awaited. */
  readonly fault: () => Promise<void>;
}

/** What was seen. The first five must be 0. */
export interface FaultReport {
  /** Codes for which tokens were issued twice. */
  readonly issuedTwice: number;
  /** Authorizations whose tokens had arrived, and which are not there any more: their refresh tokens are refused, or their access tokens. */
  readonly lost: number;
  /** Sessions and consents that had been answered with success and are not there any more: who comes back is asked again. */
  readonly forgotten: number;
  /** Flows that could not be brought to their end, with all the patience there is. */
  readonly stuck: number;
  /** Answers that are neither what was asked for nor 503 with Retry-After: with what, and how often. */
  readonly unexpected: Readonly<Record<string, number>>;
  /** Flows that came to their end. */
  readonly finished: number;
  /** Codes that were spent by a request whose answer was 503: the client starts anew, and the user sees no page. */
  readonly spentUnseen: number;
  /** Answers with 503. */
  readonly unavailable: number;
  readonly requests: number;
  /** From the first answer with 503 to the last, in seconds. */
  readonly outage: number;
  /** How long the slowest answer took, in seconds. */
  readonly slowest: number;
  /** How long the whole took, in seconds. */
  readonly duration: number;
}

/** Half of the flows present their code at two processes at once: one may win. The other half refresh, at the end once more. */
export async function runFlows({ flows, urls, atOnce = 40, fault }: FaultRun): Promise<FaultReport> {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  const unexpected: Record<string, number> = {};
  const note = (what: string) => {
    unexpected[what] = (unexpected[what] ?? 0) + 1;
  };
  let requests = 0;
  let unavailable = 0;
  let firstRefusal = 0;
  let lastRefusal = 0;
  let slowest = 0;
  let issuedTwice = 0;
  let spentUnseen = 0;
  let lost = 0;
  let forgotten = 0;
  let finished = 0;
  let stuck = 0;
  let arrived = 0;
  const inTurn = createTurns(atOnce);
  const at = (index: number) => urls[index % urls.length] ?? '';

  /** One request; `undefined` if it was refused with 503, after a moment. */
  async function ask<T extends { status: number; headers: Headers }>(send: () => Promise<T>): Promise<T | undefined> {
    const answer = await inTurn(async () => {
      const start = performance.now();
      const given = await send();
      slowest = Math.max(slowest, (performance.now() - start) / 1000);
      return given;
    });
    requests += 1;
    if (answer.status !== 503) return answer;
    unavailable += 1;
    firstRefusal ||= seconds();
    lastRefusal = seconds();
    if (!answer.headers.get('retry-after')) note('503 without Retry-After');
    await sleep(200 + Math.random() * 300); // a little sooner than Retry-After says
    return undefined;
  }

  /** Until it is answered: a browser that reloads, a client that tries again. */
  async function insist<T extends { status: number; headers: Headers }>(send: () => Promise<T>): Promise<T> {
    for (let tries = 0; tries < 200; tries += 1) {
      const answer = await ask(send);
      if (answer) return answer;
    }
    throw new Error('It was refused 200 times.');
  }

  /** From /authorize to a code, by whatever pages there are; each request goes to the next process. */
  async function walk(agent: Agent, index: number, verifier: { code_challenge: string }): Promise<{ code: string; pages: number }> {
    let turn = index;
    let pages = 0;
    const next = () => {
      turn += 1;
      return at(turn);
    };
    let answer = await insist(() => agent.get(authorizeUrl(next(), verifier.code_challenge)));
    for (let steps = 0; steps < 20; steps += 1) {
      const location = answer.headers.get('location');
      if (location && !location.startsWith('/')) {
        const code = new URL(location).searchParams.get('code');
        if (code) return { code, pages };
        note(`a redirect with ${new URL(location).searchParams.get('error')}`);
        answer = await insist(() => agent.get(authorizeUrl(next(), verifier.code_challenge)));
        continue;
      }
      if (location) {
        answer = await insist(() => agent.get(`${next()}${location}`));
        continue;
      }
      const html = await answer.text();
      if (answer.status !== 200) {
        note(`a page with ${answer.status}`);
        throw new Error(`A page with ${answer.status}.`);
      }
      pages += 1;
      const form = { ticket: formField(html, 'ticket'), _csrf: formField(html, '_csrf') };
      const isLogin = html.includes('name="password"');
      const fields = isLogin ? { ...form, username: `user-${index}`, password: 'correct horse' } : { ...form, decision: 'allow' };
      answer = await insist(() => agent.post(`${next()}/oauth/${isLogin ? 'login' : 'consent'}`, fields));
    }
    throw new Error('The walk goes in circles.');
  }

  function redemption(code: string, code_verifier: string) {
    return { grant_type: 'authorization_code', code, code_verifier, redirect_uri: 'https://client.example.com/callback' };
  }

  /** The code of one who races is presented at two processes, until each has said yes or no. */
  async function race(index: number): Promise<void> {
    const agent = new Agent(at(index));
    const verifier = pkce();
    const { code } = await walk(agent, index, verifier);
    const present = (place: number) => insist(() => token(at(place), redemption(code, verifier.code_verifier)));
    const answers = await Promise.all([present(index), present(index + 1)]);
    const again = await present(index);
    const won = [...answers, again].filter(({ status }) => status === 200).length;
    if (won > 1) issuedTwice += 1;
    if (won > 0) arrived += 1;
    for (const { status, body } of [...answers, again]) {
      if (status !== 200 && body.error !== 'invalid_grant') note(`token: ${status} ${body.error}`);
    }
  }

  async function tokensFor(agent: Agent, index: number): Promise<TokenAnswer['body']> {
    for (let tries = 0; tries < 20; tries += 1) {
      const verifier = pkce();
      const { code } = await walk(agent, index, verifier);
      let wasRefused = false;
      for (let attempts = 0; attempts < 200; attempts += 1) {
        const answer = await ask(() => token(at(index), redemption(code, verifier.code_verifier)));
        if (answer?.status === 200) return answer.body;
        if (!answer) {
          wasRefused = true;
          continue;
        }
        if (wasRefused && answer.body.error === 'invalid_grant') spentUnseen += 1;
        else note(`token: ${answer.status} ${answer.body.error}`);
        break;
      }
    }
    throw new Error('There were no tokens for 20 codes.');
  }

  async function stay(index: number): Promise<() => Promise<void>> {
    const agent = new Agent(at(index));
    let body = await tokensFor(agent, index);
    arrived += 1;
    const refresh = async (place: number) => {
      const answer = await insist(() => token(at(place), { grant_type: 'refresh_token', refresh_token: body.refresh_token }));
      if (answer.status === 200) body = answer.body;
      return answer.status === 200;
    };
    if (!(await refresh(index + 1))) lost += 1;
    return async () => {
      const isThere = (await refresh(index)) && (await insist(() => callApi(at(index + 1), body.access_token))).status === 200;
      if (!isThere) lost += 1;
      const { pages } = await walk(agent, index, pkce());
      if (pages > 0) forgotten += 1;
    };
  }

  const checks: (() => Promise<void>)[] = [];
  const all = Array.from({ length: flows }, async (_, index) => {
    try {
      await sleep(Math.random() * 50 * Math.sqrt(flows)); // they are not in step
      if (index % 2 === 0) await race(index);
      else checks.push(await stay(index));
      finished += 1;
    } catch (error) {
      stuck += 1;
      note(`stuck: ${(error as Error).message} ${(error as { cause?: Error }).cause?.message ?? ''}`.slice(0, 120));
    }
  });
  while (arrived < flows / 20 && finished + stuck < flows) await sleep(20);
  await fault();
  await Promise.all(all);
  await Promise.all(
    checks.map((check) =>
      check().catch((error) => {
        stuck += 1;
        note(`stuck at the end: ${error.message}`.slice(0, 120));
      }),
    ),
  );
  const outage = lastRefusal - firstRefusal;
  return {
    issuedTwice,
    lost,
    forgotten,
    stuck,
    unexpected,
    finished,
    spentUnseen,
    unavailable,
    requests,
    outage,
    slowest,
    duration: seconds(),
  };
}

/** No more than so many at once; the others wait in a line. */
function createTurns(most: number) {
  const line: (() => void)[] = [];
  let under = 0;
  return async function inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (under >= most) await new Promise<void>((go) => line.push(go));
    else under += 1;
    try {
      return await act();
    } finally {
      const next = line.shift();
      if (next) next();
      else under -= 1;
    }
  };
}

/** What must be so after every fault. */
export function expectNothingWrong({ issuedTwice, lost, forgotten, stuck, unexpected }: FaultReport): void {
  expect({ issuedTwice, lost, forgotten, stuck, unexpected }).toEqual({ issuedTwice: 0, lost: 0, forgotten: 0, stuck: 0, unexpected: {} });
}

/** For the long runs, a row of the table in docs/reliability.md. */
export function tell(fault: string, report: FaultReport): void {
  const cells = [
    fault,
    report.finished,
    report.requests,
    report.issuedTwice,
    report.lost,
    report.forgotten,
    report.spentUnseen,
    report.unavailable,
    report.outage.toFixed(1),
    report.slowest.toFixed(1),
    report.duration.toFixed(0),
  ];
  if (process.env.FAULT_FLOWS) process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

/** How many flows: short in `npm test`, long in `npm run faults`. */
export const faultFlows = Number(process.env.FAULT_FLOWS ?? 200);
