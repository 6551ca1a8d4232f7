/**
 * "Every grant at work": a client that knows all of them, so that one can watch each. Lives beside Calendar, at /grants, and is registered
 * with Contacts on its own account (contacts/clients.js).
 */
import { fileURLToPath } from 'node:url';
import express from 'express';
import { Unreachable } from '../calendar/recorder.js';
import { createVisitors, remember, takeQuestion } from '../calendar/visitors.js';
import { refuseOtherSites } from '../guards.js';
import { findFlow, flows, standings } from './flows.js';
import { ask, begin, receive, redeem, Surprise } from './run.js';

/** @typedef {import('./run.js').Run} Run */

/**
 * @typedef {object} Visitor
 * @property {Map<string, Run>} questions - what waits for an answer, by its state
 * @property {Map<string, Result>} results - the last of each flow
 */

/** @typedef {{ readonly steps: import('../calendar/steps.js').Step[], readonly problem: string | undefined }} Result */

const scriptPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"; // for one page

/** @param {{ issuer: string, url: string }} settings - `url`: where this is mounted */
export function createPlayground({ issuer, url }) {
  const app = express();
  const visitors = createVisitors('playground_visitor', () => /** @type {Visitor} */ ({ questions: new Map(), results: new Map() }));
  const readForm = express.urlencoded({ extended: false, limit: '50kb' });
  app.set('view engine', 'ejs').set('views', [folder('views'), folder('../calendar/views')]);
  Object.assign(app.locals, { base: new URL(url).pathname, contactsUrl: issuer });
  app.use(express.static(folder('public')));

  // `response_mode=form_post`: a page of Contacts posts here, so this stands before what refuses such posts; `state` guards it. Cookies
  // come along because all ports of localhost are one site. Apps on sites of their own need a cookie with SameSite=None for this.
  app.post('/callback', readForm, (req, res) => answer(req, res, formOf(req), 'form_post'));

  app.use(refuseOtherSites((res) => showProblem(res, 403, 'Another site tried to press a button of this page.')));

  app.get('/callback', (req, res) => {
    if (req.query.state !== undefined) return answer(req, res, new URL(req.originalUrl, url).searchParams, 'query');
    res.set('Content-Security-Policy', scriptPolicy).render('fragment');
  });

  app.post('/callback/fragment', readForm, (req, res) => answer(req, res, formOf(req), 'fragment'));

  app.get('/', (_req, res) => {
    res.render('grants', {
      groups: standings.map((group) => ({ ...group, flows: flows.filter(({ standing }) => standing === group.standing) })),
    });
  });

  app.get('/:flow', (req, res, next) => {
    const flow = findFlow(req.params.flow);
    if (flow) res.render('grant', { flow, result: visitors.find(req)?.results.get(flow.name) });
    else next();
  });

  app.post('/:flow', readForm, async (req, res, next) => {
    const flow = findFlow(String(req.params.flow));
    if (!flow) return next();
    const visitor = visitors.find(req) ?? visitors.welcome(res);
    const run = await begin(flow, { issuer, redirectUri: `${url}/callback` });
    if (flow.ask) {
      remember(visitor, run.secrets.state, run);
      return res.redirect(303, ask(run).href);
    }
    const given = (flow.fields ?? []).map(({ name }) => [name, String(req.body?.[name] ?? '')]);
    await finish(visitor, run, () => redeem(run, { ...flow.token, ...Object.fromEntries(given) }));
    res.redirect(303, `${url}/${flow.name}`);
  });

  app.use((_req, res) => showProblem(res, 404, 'The page you asked for does not exist.'));
  app.use(answerError);
  return app;

  /** @type {(req: express.Request, res: express.Response, parameters: URLSearchParams, mode: 'query' | 'fragment' | 'form_post') => Promise<void>} */
  async function answer(req, res, parameters, mode) {
    const visitor = visitors.find(req);
    const run = takeQuestion(visitor, parameters.get('state'));
    if (!visitor || !run) {
      return showProblem(res, 400, 'This answer fits nothing that was asked in this browser, or it was used before. Please run it again.');
    }
    await finish(visitor, run, () => receive(run, parameters, mode));
    res.redirect(303, `${url}/${run.flow.name}`); // so that nothing is left in the address bar
  }
}

/**
 * Keeps what happened, also if it ended badly.
 *
 * @param {Visitor} visitor
 * @param {Run} run
 * @param {() => Promise<unknown>} work
 */
async function finish(visitor, run, work) {
  const problem = await work().then(() => undefined, problemOf);
  const steps = run.steps.map((step, i) => ({ ...step, letter: String.fromCharCode(65 + i) }));
  visitor.results.set(run.flow.name, { steps, problem });
}

/** @param {unknown} error */
function problemOf(error) {
  if (error instanceof Unreachable) return 'Contacts did not answer. Is it running?';
  if (error instanceof Surprise) return error.message;
  throw error;
}

/** @type {import('express').ErrorRequestHandler} */
function answerError(error, _req, res, next) {
  if (res.headersSent) return next(error);
  if (error instanceof Unreachable || error instanceof Surprise) return showProblem(res, 502, problemOf(error));
  if (error.status >= 400 && error.status < 500) return showProblem(res, error.status, 'This cannot be read.');
  console.error(error);
  showProblem(res, 500, 'The Playground made a mistake. It has been logged.');
}

/**
 * @param {import('express').Response} res
 * @param {number} status
 * @param {string} problem
 */
function showProblem(res, status, problem) {
  res.status(status).render('problem', { problem });
}

/** @param {import('express').Request} req */
function formOf(req) {
  return new URLSearchParams(/** @type {Record<string, string>} */ (req.body ?? {}));
}

/** @param {string} name */
function folder(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
