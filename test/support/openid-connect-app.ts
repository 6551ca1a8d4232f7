/** An app that signs its users in by express-openid-connect, in a process of its own: that package requires ES modules, which jest cannot. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ConfigParams } from 'express-openid-connect';

/** What the app is told. Its own URL and its secret it knows by itself. */
export interface Order {
  readonly settings: Pick<ConfigParams, 'issuerBaseURL' | 'clientID' | 'clientSecret' | 'authorizationParams'>;
  /** Where it uses its access token. */
  readonly api: string;
}

export interface OpenidConnectApp {
  readonly url: string;
  /** From now on it asks for a login, and tells at `/` what it knows of the user. */
  configure(order: Order): Promise<void>;
  close(): Promise<void>;
}

export async function startOpenidConnectApp(): Promise<OpenidConnectApp> {
  const child = fork(fileURLToPath(new URL('./openid-connect-app-process.js', import.meta.url)), { execArgv: [] });
  const ended = once(child, 'exit');
  const failed = ended.then(() => Promise.reject(new Error('The process of the app has ended.')));
  const said = async (): Promise<string> => (await Promise.race([once(child, 'message'), failed]))[0];
  failed.catch(() => {}); // that it ends in the end is meant
  return {
    url: await said(),
    async configure(order) {
      const ready = said();
      child.send(order);
      await ready;
    },
    async close() {
      child.disconnect();
      await ended;
    },
  };
}
