/**
 * Calendar: the client of RFC 6749 section 1.1, another app by other people. Of Contacts it knows the address, the client_id and the
 * secret that it got when it was registered, and what the API's documentation says.
 */
import { fileURLToPath } from 'node:url';
import cookieParser from 'cookie-parser';
import express from 'express';
import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import { keepToOneHost, refuseOtherSites } from '../guards.js';
import { listen } from '../listen.js';
import { createPlayground } from '../playground/server.js';
import { ApiError, ask, ConnectionEnded, callApi, receive, refresh, stateOf } from './oauth.js';
import { Unreachable } from './recorder.js';
import { messagesOf, tellSteps, timeOf } from './steps.js';
import { createVisitors, remember, takeQuestion } from './visitors.js';

/**
 * @typedef {object} Visitor
 * @property {Map<string, import('./oauth.js').Question>} questions - those without an answer, by their state; one for each open tab
 * @property {import('./oauth.js').Connection} [connection]
 * @property {{ asked: URL, answered: URLSearchParams, exchanges: import('./recorder.js').Exchanges }} [denied] - the last no
 */

/** Without `form-action`: Chrome applies it to where a posted form is redirected to, and `/connect` redirects to Contacts. */
const headers = {
  'Content-Security-Policy': "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer', // the address of the callback has a code in it
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

/** @param {import('./oauth.js').Settings} settings */
function createCalendar(settings) {
  const app = express();
  const visitors = createVisitors('calendar_visitor', () => /** @type {Visitor} */ ({ questions: new Map() }));
  app.disable('x-powered-by');
  app.set('view engine', 'ejs').set('views', folder('views'));
  Object.assign(app.locals, { issuer: settings.issuer, timeOf });
  app.use(express.static(folder('public')));
  app.use(sendHeaders, keepToOneHost(settings.url), cookieParser());
  app.use('/grants', createPlayground({ issuer: settings.issuer, url: `${settings.url}/grants` })); // a client of its own
  app.use(refuseOtherSites((res) => showError(res, fromElsewhere)));

  app.get('/', (req, res) => {
    const connection = visitors.find(req)?.connection;
    if (connection) res.render('connected', { connection, steps: tellSteps(connection) });
    else res.render('home', { steps: tellSteps({}) });
  });

  app.post('/connect', async (req, res) => {
    const visitor = visitors.find(req) ?? visitors.welcome(res);
    const question = await ask(settings, newRecord(res));
    remember(visitor, stateOf(question.asked), question);
    res.redirect(303, question.asked.href);
  });

  app.get('/callback', async (req, res) => {
    const visitor = visitors.find(req);
    const question = takeQuestion(visitor, req.query.state);
    if (!visitor || !question) return showError(res, strayAnswer);
    const callback = new URL(req.originalUrl, settings.url);
    res.locals.exchanges = question.exchanges;
    try {
      visitor.connection = await receive(question, callback);
    } catch (error) {
      if (!isDenial(error)) throw error;
      visitor.denied = { asked: question.asked, answered: callback.searchParams, exchanges: question.exchanges };
      return res.redirect(303, '/denied');
    }
    await callApi(visitor.connection);
    res.redirect(303, '/'); // so that the code is not left in the address bar
  });

  app.get('/denied', (req, res) => {
    const denied = visitors.find(req)?.denied;
    if (denied) res.render('denied', { steps: tellSteps(denied).slice(0, 2) });
    else res.redirect(303, '/');
  });

  app.post('/refresh', withConnection(refresh, '/#H'));
  app.post('/call', withConnection(callApi, '/#E'));

  app.post('/disconnect', (req, res) => {
    visitors.forget(req, res);
    res.redirect(303, '/');
  });

  app.use((_req, res) =>
    showError(res, { status: 404, title: 'There is nothing here', message: 'The page you asked for does not exist.' }),
  );
  app.use(answerError);
  return app;

  /**
   * @param {(connection: import('./oauth.js').Connection) => Promise<void>} work
   * @param {string} next - where to see what it did
   * @returns {import('express').RequestHandler}
   */
  function withConnection(work, next) {
    return async (req, res) => {
      const visitor = visitors.find(req);
      if (!visitor?.connection) return res.redirect(303, '/');
      res.locals.exchanges = visitor.connection.exchanges;
      try {
        await work(visitor.connection);
      } catch (error) {
        if (error instanceof ConnectionEnded) delete visitor.connection;
        throw error;
      }
      res.redirect(303, next);
    };
  }
}

/**
 * Starts it on localhost. Contacts need not be there yet.
 *
 * @param {{ port: number, issuer: string, clientId?: string, clientSecret?: string }} options
 */
export function startCalendar({ port, issuer, clientId = 'calendar', clientSecret = 'a secret that Contacts and Calendar share' }) {
  return listen(port, (url) => createCalendar({ issuer, clientId, clientSecret, url }));
}

/** @type {import('express').RequestHandler} */
const sendHeaders = (_req, res, next) => {
  res.set(headers);
  next();
};

/** @typedef {{ status: number, title: string, message: string, code?: string | undefined, error?: unknown }} Problem */

const fromElsewhere = {
  status: 403,
  title: 'This did not come from here',
  message: 'Another site tried to press a button of this page.',
};

const strayAnswer = {
  status: 400,
  title: 'This answer belongs to no question',
  message: 'Contacts’ answer does not fit anything that Calendar asked in this browser, or it was used before. Please connect again.',
  code: 'unknown state',
};

/** @type {import('express').ErrorRequestHandler} */
function answerError(error, _req, res, next) {
  if (res.headersSent) return next(error);
  const problem = describe(error, res.locals.exchanges?.latest?.response?.status);
  if (problem.status === 500) console.error(error);
  showError(res, problem);
}

/**
 * @param {unknown} error
 * @param {number | undefined} status - of what Contacts answered last
 * @returns {Problem}
 */
function describe(error, status = 0) {
  if (isUnreachable(error)) {
    return {
      status: 502,
      title: 'Contacts cannot be reached',
      message: 'It did not answer. Is it running? Nothing is lost, please try again.',
    };
  }
  if (error instanceof ConnectionEnded) {
    return {
      status: 502,
      title: 'The connection has ended',
      message: 'Contacts does not accept Calendar’s refresh token any more: it has expired, or was taken back. Please connect again.',
      code: error.message,
    };
  }
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const message = `Contacts says: ${error.error_description ?? 'no more than its code'}`;
    return { status: 502, title: 'Contacts refused', message, code: error.error };
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const code = error.cause[0]?.parameters.error;
    return { status: 502, title: 'Contacts refused', message: 'The API does not accept the access token for this.', code };
  }
  if (error instanceof ApiError || isOfOpenidClient(error)) {
    if (status >= 500) {
      return { status: 502, title: 'Contacts has a problem', message: 'It says so itself. Nothing is lost, please try again in a moment.' };
    }
    const { message, code } = /** @type {Error & { code?: string }} */ (error);
    return {
      status: 502,
      title: 'Contacts gave an unexpected answer',
      message: `Calendar cannot go on with it: ${message}.`.replace('..', '.'),
      code,
    };
  }
  return { status: 500, title: 'Calendar made a mistake', message: 'It has been logged.' };
}

/**
 * @param {import('express').Response} res
 * @param {Problem} problem
 */
function showError(res, { status, ...problem }) {
  const { latest } = /** @type {import('./recorder.js').Exchanges} */ (res.locals.exchanges ?? {});
  res.status(status).render('error', { code: undefined, ...problem, messages: latest ? messagesOf(latest) : [] });
}

/** For what is said from now on. @param {import('express').Response} res @returns {import('./recorder.js').Exchanges} */
function newRecord(res) {
  res.locals.exchanges = {};
  return res.locals.exchanges;
}

/** The user said no. @param {unknown} error */
function isDenial(error) {
  return error instanceof AuthorizationResponseError && error.error === 'access_denied';
}

/** @param {unknown} error */
function isUnreachable(error) {
  return error instanceof Unreachable || (error instanceof Error && error.cause instanceof Unreachable);
}

/** @param {unknown} error */
function isOfOpenidClient(error) {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('OAUTH_');
}

/** @param {string} name */
function folder(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
