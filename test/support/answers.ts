/** What comes back to a client from the authorization endpoint, in whatever place it stands. */
import { Agent } from './agent.js';
import { alice, form, pkce } from './server.js';
import { type FormToSend, formOn, type Person } from './walker.js';

/** The values of `response_mode`. */
export type Place = 'query' | 'fragment' | 'form_post';

export interface Answer {
  /** The redirect URI, without what was added to it. */
  readonly to: string;
  readonly place: Place;
  readonly parameters: Readonly<Record<string, string>>;
  /** Of the last page or redirect. */
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** What was filled in on the way: `login`, `consent`. */
  readonly asked: readonly string[];
}

export interface Visitor {
  readonly agent?: Agent;
  readonly person?: Person;
  /** Left out: allow. `cancel` gives up at the login. */
  readonly decision?: 'allow' | 'deny' | 'cancel';
}

/** Parameters of a request; `undefined` takes one out. */
export type Changes = Readonly<Record<string, string | undefined>>;

/** A request to the authorization endpoint; nothing is in it but what is given. */
export function requestUrl(url: string, parameters: Changes): string {
  return `${url}/oauth/authorize?${form(parameters)}`;
}

/** The parameters of PKCE, for those who keep no verifier. */
export const challenge = { code_challenge: pkce().code_challenge, code_challenge_method: 'S256' };

/** From the request to the answer: logs in and decides where asked. */
export async function answerTo(start: string, { agent = new Agent(start), person = alice, decision = 'allow' }: Visitor = {}) {
  const { origin } = new URL(start);
  const asked: string[] = [];
  let next: FormToSend = { action: start, method: 'GET', fields: {} };
  for (let steps = 0; steps < 12; steps += 1) {
    const here = new URL(next.action);
    const answer = next.method === 'POST' ? await agent.post(here.href, next.fields) : await agent.get(here.href);
    const html = await answer.text();
    const last = { status: answer.status, headers: answer.headers, html, asked };
    const location = answer.headers.get('location');
    if (location !== null) {
      const target = new URL(location, here);
      if (target.origin !== origin) return { ...redirected(location), ...last };
      next = { action: target.href, method: 'GET', fields: {} };
      continue;
    }
    if (!html.includes('<form')) throw new Error(`${here.pathname} ended the way with ${answer.status}: ${html}`);
    const sent = formOn(html, here);
    if (new URL(sent.action).origin !== origin) return { to: sent.action, place: 'form_post', parameters: sent.fields, ...last } as Answer;
    next = { ...sent, fields: { ...sent.fields, ...filledIn(sent, person, decision, asked) } };
  }
  throw new Error(`The way goes in circles, over ${asked.join(', ')}.`);
}

function redirected(location: string): Pick<Answer, 'to' | 'place' | 'parameters'> {
  const [to = '', fragment] = location.split('#', 2);
  if (fragment !== undefined) return { to, place: 'fragment', parameters: Object.fromEntries(new URLSearchParams(fragment)) };
  const [uri = '', query] = to.split('?', 2);
  return { to: uri, place: 'query', parameters: Object.fromEntries(new URLSearchParams(query)) };
}

function filledIn(
  { action, fields }: FormToSend,
  { username, password }: Person,
  decision: string,
  asked: string[],
): Record<string, string> {
  const question = 'password' in fields ? 'login' : action.endsWith('/account') ? 'account' : 'consent';
  asked.push(question);
  if (question === 'account') return { account: 'current' };
  if (question === 'consent') return { decision };
  return decision === 'cancel' ? { cancel: 'cancel' } : { username, password };
}
