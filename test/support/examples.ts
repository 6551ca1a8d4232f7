/** A server at the paths that the examples of the specifications have: /authorize, /token, /userinfo. */
import { createServer } from 'node:http';
import express from 'express';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { systemClock } from '../../lib/platform/clock.js';
import { systemRandom } from '../../lib/platform/random.js';
import { createRouter } from '../../lib/router.js';
import { type Answer, answerTo, type Visitor } from './answers.js';
import { type SignedJwt, verified } from './jwt.js';
import { listen, testOptions } from './server.js';

export interface ExampleServer {
  /** Which the examples call https://server.example.com. */
  readonly url: string;
  /** The answer to an authorization request: its query as the example has it. */
  authorize(query: string, visitor?: Visitor): Promise<Answer>;
  /** A form, posted as the example has it. */
  post(path: string, body: string, headers?: Record<string, string>): Promise<Posted>;
  verified(jwt: string | undefined): Promise<SignedJwt>;
  /** What its clock says, in seconds since 1970. */
  now(): number;
  sleep(seconds: number): void;
  close(): Promise<void>;
}

export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, string>>;
}

/** @param scope - what the resource at /resource needs */
export async function exampleServer(options: Partial<OAuthRouterOptions>, scope?: string): Promise<ExampleServer> {
  let ahead = 0;
  const app = express();
  const listener = createServer(app);
  const url = await listen(listener);
  const start = systemClock();
  const clock = () => start + ahead;
  const platform = { clock, random: systemRandom };
  const oauth = createRouter({ ...testOptions(url), basePath: '', ...options }, platform);
  app.use(oauth);
  if (scope !== undefined) app.get('/resource', oauth.protect(scope), (req, res) => void res.json({ sub: req.auth?.sub }));
  return {
    url,
    close: async () => {
      listener.closeAllConnections();
      await new Promise((closed) => listener.close(closed));
      await oauth.close();
    },
    now: clock,
    sleep: (seconds) => {
      ahead += seconds;
    },
    authorize: (query, visitor) => answerTo(`${url}/authorize?${query}`, visitor),
    verified: (jwt) => verified(url, jwt, ''),
    async post(path, body, headers = {}) {
      const form = { 'Content-Type': 'application/x-www-form-urlencoded', ...headers };
      const answer = await fetch(`${url}${path}`, { method: 'POST', headers: form, body });
      return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, string> };
    },
  };
}

export function basic(client_id: string, client_secret: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` };
}
