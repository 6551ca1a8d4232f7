/** The one stream of events: who listens, and how they are told. */
import { ConfigurationError } from './errors.js';
import { type Emit, eventNames, type Listener, type OAuthEvent, type OAuthEvents } from './model/events.js';
import { nearest } from './nearest.js';
import type { Clock } from './platform/clock.js';
import type { Log } from './platform/log.js';

type Name = keyof OAuthEvents;

/** Begins to listen, to one event or to all; gives the function that ends it. */
export type On = <N extends Name | '*'>(name: N, listener: Listener<N extends Name ? N : Name>) => () => void;

export interface EventStream {
  readonly on: On;
  /** For what no request has caused. */
  readonly emit: Emit;
  /** For what a request from this address has caused. */
  emitFrom(address: () => string | undefined): Emit;
}

export function createEvents({ clock, log }: { readonly clock: Clock; readonly log: Log }): EventStream {
  const listeners = new Map<Name | '*', Set<Listener>>();

  function emitFrom(address: () => string | undefined): Emit {
    return (name, details) => {
      const interested = [...(listeners.get(name) ?? []), ...(listeners.get('*') ?? [])];
      if (interested.length === 0) return;
      try {
        const from = address();
        const said = typeof details === 'function' ? details() : details;
        // A copy: what listeners do to their lists is not done to ours.
        const event = structuredClone({ name, time: clock(), ...(from !== undefined && { address: from }), ...said });
        for (const listener of interested) setImmediate(tell, listener, event as unknown as OAuthEvent);
      } catch (cause) {
        log.error(`The event ${name} could not be told.`, cause); // a mistake of ours, and no reason to refuse anybody
      }
    };
  }

  /** Aside from the request, which is neither kept waiting nor harmed. */
  async function tell(listener: Listener, event: OAuthEvent): Promise<void> {
    try {
      await listener(event);
    } catch (cause) {
      log.error(`A listener to the event ${event.name} failed.`, cause);
    }
  }

  return {
    emit: emitFrom(() => undefined),
    emitFrom,
    on(name, listener) {
      checkListening(name, listener);
      // Each time a function of its own, so that one listener may listen twice and leave once; who has left is told no more.
      const own: Listener = (event) => set.has(own) && listener(event as never);
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(own));
      return () => void set.delete(own);
    },
  };
}

/** An audit log that is deaf would be noticed too late. @throws ConfigurationError */
function checkListening(name: unknown, listener: unknown): void {
  const names: readonly string[] = ['*', ...eventNames];
  const path = `on('${String(name)}')`;
  if (typeof listener !== 'function') {
    throw new ConfigurationError([{ path, problem: 'The listener is not a function.', cure: 'Give (event) => { … }.' }], 'on');
  }
  if (names.includes(String(name))) return;
  const guess = nearest(String(name), names);
  const cure = guess === undefined ? `Known are: ${names.join(', ')}.` : `Did you mean \`${guess}\`?`;
  throw new ConfigurationError([{ path, problem: 'There is no event of this name.', cure }], 'on');
}
