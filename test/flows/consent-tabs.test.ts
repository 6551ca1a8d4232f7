/** Consent pages that stay open while the user decides elsewhere: each ends as if it had been opened last. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent } from '../support/agent.js';
import { record } from '../support/events.js';
import { measure, recordingStore } from '../support/recording-store.js';
import { authorizeUrl, openPage, type Page, pkce, postLogin, type TestServer, testServer } from '../support/server.js';

const [reading, both] = ['read:contacts', 'read:contacts create:contacts'];

let server: TestServer;
let users = 0;

beforeAll(async () => {
  const authenticate = ({ username }: { username: string }) => ({ id: username, name: username });
  server = await testServer({ options: { users: { authenticate }, store: recordingStore(memoryStore(systemClock)) } });
});

afterAll(() => server.close());

/** Somebody who is signed in and has agreed to nothing. */
async function somebody() {
  users += 1;
  const [agent, sub] = [new Agent(server.url), `user-${users}`];
  const page = await openPage(agent, await postLogin(agent, { username: sub, password: 'x' }, start(reading)));
  return { agent, sub, page };
}

function start(scope: string): string {
  return authorizeUrl('', pkce().code_challenge, { scope });
}

async function agree(agent: Agent, { ticket, _csrf }: Page) {
  const { take } = record(server.oauth);
  const { answer, commands } = await measure(() => agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' }));
  const events = await take();
  return { code: answer.headers.get('location')?.includes('code=') ?? false, commands, events };
}

const addedBy = ({ events }: Awaited<ReturnType<typeof agree>>) => events.flatMap((event) => ('added' in event ? [event.added] : []));

const isAsked = async (agent: Agent, scope: string) => (await (await agent.get(start(scope))).text()).includes('name="decision"');

describe('whoever agrees for the first time', () => {
  it('is not asked of the store a second time, and is remembered', async () => {
    const { agent, page } = await somebody();
    const agreed = await agree(agent, page);
    expect(agreed.code).toBe(true);
    expect(agreed.commands.filter((name) => name.endsWith('consent'))).toEqual(['add consent']);
    expect(addedBy(agreed)).toEqual([[reading]]);
    expect(await isAsked(agent, reading)).toBe(false);
  });

  it('is told of before the code', async () => {
    const { agent, page } = await somebody();
    const { events } = await agree(agent, page);
    expect(events.map(({ name }) => name)).toEqual(['consent.given', 'code.issued']);
  });

  it('has done so in another tab meanwhile: both answers are remembered, and only what is new is told of as new', async () => {
    const { agent, page } = await somebody();
    const second = await openPage(agent, await agent.get(start(both)));
    await agree(agent, page);
    const later = await agree(agent, second);
    expect(later.code).toBe(true);
    expect(addedBy(later)).toEqual([['create:contacts']]);
    expect(await isAsked(agent, both)).toBe(false);
  });

  it('and sends the form once more, agrees to nothing new', async () => {
    const { agent, page } = await somebody();
    await agree(agent, page);
    expect(addedBy(await agree(agent, page))).toEqual([[]]);
  });

  it('has done so in another tab, and taken it back since: it is remembered anew', async () => {
    const { agent, page, sub } = await somebody();
    await agree(agent, await openPage(agent, await agent.get(start(both))));
    await server.oauth.authorizations.revokeAll(sub);
    const later = await agree(agent, page);
    expect(addedBy(later)).toEqual([[reading]]);
    expect([await isAsked(agent, reading), await isAsked(agent, both)]).toEqual([false, true]);
  });
});

describe('whoever agrees to more', () => {
  it('has taken back meanwhile what they had agreed to: that does not come back', async () => {
    const { agent, page, sub } = await somebody();
    await agree(agent, page);
    const more = await openPage(agent, await agent.get(start('create:contacts')));
    await server.oauth.authorizations.revokeAll(sub);
    const later = await agree(agent, more);
    expect(later.commands).toEqual(expect.arrayContaining(['get consent', 'add consent']));
    expect(addedBy(later)).toEqual([['create:contacts']]);
    expect([await isAsked(agent, 'create:contacts'), await isAsked(agent, reading)]).toEqual([false, true]);
  });

  it('adds to what there is', async () => {
    const { agent, page } = await somebody();
    await agree(agent, page);
    const later = await agree(agent, await openPage(agent, await agent.get(start(both))));
    expect(later.commands).toEqual(expect.arrayContaining(['get consent', 'swap consent']));
    expect(addedBy(later)).toEqual([['create:contacts']]);
  });
});
