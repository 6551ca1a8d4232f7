/** A host of any make: Express 4 or 5, with an oauthRouter wherever the test mounts it. */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import express5, { type Express } from 'express';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { systemClock } from '../../lib/platform/clock.js';
import { systemRandom } from '../../lib/platform/random.js';
import { createRouter, type OAuthRouter } from '../../lib/router.js';
import { listen, testOptions } from './server.js';

/** Both have the same types here: the tests use nothing in which they differ. */
export const expresses: Readonly<Record<4 | 5, typeof express5>> = {
  4: createRequire(import.meta.url)('express4') as typeof express5,
  5: express5,
};

export interface HostOptions {
  readonly express?: 4 | 5;
  /** The path of the issuer. */
  readonly issuerPath?: string;
  readonly options?: Partial<OAuthRouterOptions>;
  /** Whether time stands still but for `sleep`; left out: it does. */
  readonly frozen?: boolean;
  /** Puts the router into the app, and what the host has besides; left out: the router, at the root. */
  readonly layOut?: LayOut;
}

export type LayOut = (app: Express, oauth: OAuthRouter) => void;

export interface Host {
  readonly url: string;
  readonly issuer: string;
  readonly oauth: OAuthRouter;
  /** What the router has told the operator. */
  readonly warnings: readonly string[];
  readonly errors: readonly (readonly [message: string, cause: unknown])[];
  /** What the clock of the router says, in seconds since 1970. */
  now(): number;
  /** Moves it on. */
  sleep(seconds: number): void;
  close(): Promise<void>;
}

/** Starts it; its API is at `/api/contacts`, and whatever nobody answers it answers itself, see `isTheHosts`. */
export async function startHost({
  express = 5,
  issuerPath = '',
  options = {},
  frozen = true,
  layOut = (app, oauth) => void app.use(oauth),
}: HostOptions = {}): Promise<Host> {
  const app = expresses[express]();
  const listener = createServer(app);
  const url = await listen(listener);
  const issuer = `${url}${issuerPath}`;
  const warnings: string[] = [];
  const errors: [string, unknown][] = [];
  const log = {
    warn: (message: string) => warnings.push(message),
    error: (message: string, cause: unknown) => errors.push([message, cause]),
  };
  let ahead = 0;
  const start = systemClock();
  const clock = () => (frozen ? start : systemClock()) + ahead;
  const oauth = createRouter({ ...testOptions(issuer), log, ...options }, { clock, random: systemRandom });

  layOut(app, oauth);
  app.get(
    '/api/contacts',
    oauth.protect('read:contacts'),
    (req, res) => void res.json({ sub: req.auth?.sub, clientId: req.auth?.clientId }),
  );
  app.use((req, res) => void res.status(404).send(`The host has no ${req.method} ${req.originalUrl}`));
  return {
    url,
    issuer,
    oauth,
    warnings,
    errors,
    now: clock,
    sleep: (seconds) => {
      ahead += seconds;
    },
    close: async () => {
      listener.closeAllConnections();
      await new Promise((closed) => listener.close(closed));
      await oauth.close();
    },
  };
}

/** Runs a test on a host, and closes it in any case. */
export async function withHost<T>(options: HostOptions, use: (host: Host) => Promise<T>): Promise<T> {
  const host = await startHost(options);
  try {
    return await use(host);
  } finally {
    await host.close();
  }
}

/** Whether an answer comes from the host itself, since the router has left the request to it. */
export async function isTheHosts(answer: Response): Promise<boolean> {
  return answer.status === 404 && (await answer.text()).startsWith('The host has no ');
}
