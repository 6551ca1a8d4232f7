/** A user without a screen who goes wherever redirects and forms lead, with one jar of cookies for all ports of localhost, as browsers have. */
import { Agent } from './agent.js';
import { alice } from './server.js';
import { type FormToSend, formOn, type Person } from './walker.js';

export interface Traveller {
  readonly agent?: Agent;
  readonly person?: Person;
  /** What is answered on the consent page. */
  readonly decision?: 'allow' | 'deny';
}

/** Where a journey ends: at a page that asks for nothing. */
export interface Arrival {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly asked: readonly Question[];
}

/** What the user was asked on the way. */
export type Question = 'login' | 'consent';

/** Travels over all origins, to the page at the end. */
export async function arrive(start: string, traveller: Traveller = {}): Promise<Arrival> {
  const { arrival } = await travel(start, traveller, () => true);
  if (!arrival) throw new Error('The journey did not arrive.');
  return arrival;
}

/** Travels within the origin of `start`; the request that leaves it is not sent but handed over: it is the client's callback. */
export async function callback(start: string, traveller: Traveller = {}): Promise<{ request: Request; asked: readonly Question[] }> {
  const { origin } = new URL(start);
  const { departure, arrival, asked } = await travel(start, traveller, (url) => url.origin === origin);
  if (!departure) throw new Error(`The journey ended at ${arrival?.url} with ${arrival?.status}: ${arrival?.text}`);
  const { action, method, fields } = departure;
  return { request: new Request(action, method === 'POST' ? { method, body: new URLSearchParams(fields) } : {}), asked };
}

interface Journey {
  readonly departure?: FormToSend;
  readonly arrival?: Arrival;
  readonly asked: readonly Question[];
}

async function travel(start: string, traveller: Traveller, isWithin: (url: URL) => boolean): Promise<Journey> {
  const { agent = new Agent(start) } = traveller;
  const asked: Question[] = [];
  let next: FormToSend = { action: start, method: 'GET', fields: {} };
  for (let steps = 0; steps < 16; steps += 1) {
    const url = new URL(next.action);
    if (!isWithin(url)) return { departure: next, asked };
    const answer = next.method === 'POST' ? await agent.post(url.href, next.fields) : await agent.get(url.href);
    const location = answer.headers.get('location');
    const text = await answer.text();
    const question = questionOn(text);
    if (question) asked.push(question);
    if (location !== null) next = { action: new URL(location, url).href, method: 'GET', fields: {} };
    else if (!text.includes('<form')) return { arrival: { url, status: answer.status, text, asked }, asked };
    else next = filledIn(formOn(text, url), question, traveller);
  }
  throw new Error(`The journey goes in circles, from ${start}.`);
}

function questionOn(html: string): Question | undefined {
  if (html.includes('name="password"')) return 'login';
  return html.includes('name="decision"') ? 'consent' : undefined;
}

/** The page of a form post asks nothing: a script would send it. */
function filledIn({ fields, ...sent }: FormToSend, question: Question | undefined, traveller: Traveller): FormToSend {
  const { person = alice, decision = 'allow' } = traveller;
  const answers = question === 'login' ? { ...person } : question === 'consent' ? { decision } : {};
  return { ...sent, fields: { ...fields, ...answers } };
}
