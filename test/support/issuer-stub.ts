/** An authorization server that answers as a test wishes: metadata, keys, introspection. A real one on a real port. */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from './server.js';

export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface IssuerStub {
  readonly url: string;
  /** What it was asked. */
  readonly asked: Asked[];
  /** What it answers at a path: JSON, a text, or a status; `hang` never. Read anew for each request. */
  readonly answers: Record<string, unknown>;
  /** How often a path was asked for. */
  count(path: string): number;
  close(): Promise<void>;
}

export const hang = Symbol('hang');

export async function startIssuerStub(): Promise<IssuerStub> {
  const asked: Asked[] = [];
  const answers: Record<string, unknown> = {};
  const listener = createServer(async (req: IncomingMessage, res) => {
    const path = req.url ?? '';
    asked.push({ path, authorization: req.headers.authorization, body: await text(req) });
    const answer = answers[path] ?? 404;
    if (answer === hang) return;
    if (typeof answer === 'number') return void res.writeHead(answer, { Location: `${url}/elsewhere` }).end();
    res.writeHead(200, { 'Content-Type': 'application/json' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  const url = await listen(listener);
  return {
    url,
    asked,
    answers,
    count: (path) => asked.filter((one) => one.path === path).length,
    close: async () => {
      listener.closeAllConnections();
      await new Promise((closed) => listener.close(closed));
    },
  };
}
