import { describe, expect, it } from '@jest/globals';
import { createEvents } from '../lib/events.js';
import type { OAuthEvent } from '../lib/model/events.js';

const rotated = { kid: 'one', alg: 'ES256' };
const soon = () => new Promise(setImmediate);

function newStream() {
  const logged: unknown[][] = [];
  const log = { warn: () => {}, error: (...line: unknown[]) => void logged.push(line) };
  return { ...createEvents({ clock: () => 1_700_000_000, log }), logged };
}

describe('a listener', () => {
  it('is told of its event, with name and time, and of no other', async () => {
    const { on, emit } = newStream();
    const heard: OAuthEvent[] = [];
    on('key.rotated', (event) => heard.push(event));
    emit('logout', { sub: 'alice' });
    emit('key.rotated', rotated);
    await soon();
    expect(heard).toEqual([{ name: 'key.rotated', time: 1_700_000_000, ...rotated }]);
  });

  it('to * is told of all, in their order', async () => {
    const { on, emit } = newStream();
    const heard: string[] = [];
    on('*', ({ name }) => heard.push(name));
    emit('logout', { sub: 'alice' });
    emit('key.rotated', rotated);
    emit('logout', { sub: 'bob' });
    await soon();
    expect(heard).toEqual(['logout', 'key.rotated', 'logout']);
  });

  it('is told aside: not before the code that emits has gone on', async () => {
    const { on, emit } = newStream();
    let isTold = false;
    on('logout', () => {
      isTold = true;
    });
    emit('logout', { sub: 'alice' });
    await Promise.resolve();
    expect(isTold).toBe(false);
    await soon();
    expect(isTold).toBe(true);
  });

  it('who has left is told no more, not even of what is on its way', async () => {
    const { on, emit } = newStream();
    const heard: string[] = [];
    const listener = ({ sub }: { sub: string }) => heard.push(sub);
    const stop = on('logout', listener);
    on('logout', listener);
    emit('logout', { sub: 'alice' });
    stop();
    stop();
    await soon();
    expect(heard).toEqual(['alice']); // by the second, which stays
  });

  it.each<readonly [string, () => unknown]>([
    ['throws', () => JSON.parse('{')],
    ['rejects', () => Promise.reject(new SyntaxError('no'))],
  ])('that %s is logged, and the others are told all the same', async (_, fail) => {
    const { on, emit, logged } = newStream();
    const heard: string[] = [];
    on('logout', fail);
    on('logout', ({ sub }) => heard.push(sub));
    emit('logout', { sub: 'alice' });
    await soon();
    expect(heard).toEqual(['alice']);
    expect(logged).toEqual([['A listener to the event logout failed.', expect.any(SyntaxError)]]);
  });

  it('changes nothing of ours by changing what it was given', async () => {
    const { on, emit } = newStream();
    const scope = ['read:contacts'];
    on('consent.refused', (event) => (event.scope as string[]).push('all'));
    emit('consent.refused', { client_id: 'web', sub: 'alice', audiences: ['api'], scope });
    await soon();
    expect(scope).toEqual(['read:contacts']);
  });
});

describe('an event', () => {
  it('costs nothing where nobody listens', () => {
    const { emit, emitFrom } = newStream();
    const dear = () => {
      throw new Error('It was made.');
    };
    emit('logout', dear);
    emitFrom(dear)('logout', { sub: 'alice' });
  });

  it('that cannot be told harms nobody, and is logged', async () => {
    const { on, emit, logged } = newStream();
    on('logout', () => {});
    emit('logout', () => JSON.parse('{'));
    expect(logged).toEqual([['The event logout could not be told.', expect.any(SyntaxError)]]);
  });

  it('has the address where it came from one', async () => {
    const { on, emitFrom } = newStream();
    const heard: unknown[] = [];
    on('logout', ({ address }) => heard.push(address));
    emitFrom(() => '192.0.2.1')('logout', { sub: 'alice' });
    emitFrom(() => undefined)('logout', { sub: 'alice' });
    await soon();
    expect(heard).toEqual(['192.0.2.1', undefined]);
  });
});

describe('who listens', () => {
  it.each([
    ['to an event that there is not', 'token.isued', () => {}, /token\.isued.*Did you mean `token\.issued`/s],
    ['to nothing like an event', 'xyz', () => {}, /Known are: \*, login\.succeeded/],
    ['with no function', '*', undefined, /not a function/],
  ])('is told at once that it will hear nothing: %s', (_, name, listener, message) => {
    expect(() => newStream().on(name as '*', listener as never)).toThrow(message);
  });
});
