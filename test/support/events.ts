/** Listens to a server, as an audit log does. */
import type { OAuthEvent, OAuthEvents } from '../../lib/model/events.js';
import type { OAuthRouter } from '../../lib/router.js';

export interface Recorder {
  /** All events since the last call, in their order. */
  take(): Promise<OAuthEvent[]>;
  /** The only one of this name since the last call. */
  takeOne<Name extends keyof OAuthEvents>(name: Name): Promise<OAuthEvent<Name>>;
}

export function record(oauth: Pick<OAuthRouter, 'on'>): Recorder {
  const events: OAuthEvent[] = [];
  oauth.on('*', (event) => events.push(event));

  async function take(): Promise<OAuthEvent[]> {
    await new Promise(setImmediate); // listeners are called aside
    return events.splice(0);
  }

  return {
    take,
    async takeOne<Name extends keyof OAuthEvents>(name: Name) {
      const all = await take();
      const [event, ...others] = all.filter((one): one is OAuthEvent & OAuthEvent<Name> => one.name === name);
      if (!event || others.length > 0) throw new Error(`Not exactly one ${name} among: ${all.map((one) => one.name).join(', ')}`);
      return event;
    },
  };
}
