/** Writes the answer to a browser or a client: cookies, headers, and the screen, which is drawn here. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpResponse, Server } from '../contracts.js';
import { cookieNames, setCookies } from './cookies.js';
import { denyCors } from './cors.js';
import { createRenderer } from './render.js';
import { send } from './send.js';
import { tellSeldom } from './template-failure.js';

/** What the answer is to. */
export interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The URL that the endpoints are below. */
  readonly base: string;
  /** Called by the pages that have a form. */
  csrfToken(): string;
  /** What lets pages of other origins read the answer; left out: none may. */
  readonly corsHeaders?: Readonly<Record<string, string>> | undefined;
}

export type Write = (response: HttpResponse, asked: Asked) => void;

export function createWriter(server: Server): Write {
  const { settings, log } = server;
  const cookies = cookieNames(settings.issuer);
  const tellOfFailure = tellSeldom(server.clock, (failure) => server.events.emit('view.failed', failure));
  const render = createRenderer(settings, log, tellOfFailure);

  return (response, asked) => {
    const { status, headers, screen, body = '' } = response;
    const { res, corsHeaders } = asked;
    for (const cookie of setCookies(response, cookies)) res.appendHeader('Set-Cookie', cookie);
    denyCors(res);
    if (corsHeaders) return send(res, { status, headers: { ...corsHeaders, ...headers }, body });
    if (!screen) return send(res, { status, headers: { ...noReferrer, ...headers }, body });
    const {
      html,
      status: drawn = status,
      headers: screenHeaders,
    } = render(screen, {
      base: asked.base,
      csrfToken: () => asked.csrfToken(),
      nonce: () => server.random(16),
      acceptLanguage: asked.req.headers['accept-language'],
    });
    res.removeHeader('Content-Security-Policy-Report-Only'); // the host's, which our pages need not fit
    // As bytes: a text with one letter beyond Latin-1 (an ellipsis is enough) takes Node 24 a third longer to write.
    return send(res, { status: drawn, headers: { ...screenHeaders, ...headers }, body: Buffer.from(html) });
  };
}

/** For redirects; a client that opened us in a popup must stay its opener on the way back. */
const noReferrer = { 'Referrer-Policy': 'no-referrer', 'Cross-Origin-Opener-Policy': 'unsafe-none' };
