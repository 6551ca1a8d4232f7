/** Who is at the browser: a random cookie, and what Calendar knows by it, in memory. */
import { randomBytes } from 'node:crypto';

/**
 * @typedef {object} Visitor
 * @property {Map<string, import('./oauth.js').Question>} questions - those without an answer, by their state; one for each open tab
 * @property {import('./oauth.js').Connection} [connection]
 * @property {{ asked: URL, answered: URLSearchParams, exchanges: import('./recorder.js').Exchanges }} [denied] - the last no
 */

/** Cookies of localhost go to all of its ports, so it must not have a name that Contacts uses. */
const cookieName = 'calendar_visitor';
const most = { visitors: 1000, questions: 10 };

export function createVisitors() {
  /** @type {Map<string, Visitor>} */
  const visitors = new Map();

  return {
    /**
     * @param {import('express').Request} req
     * @returns {Visitor | undefined}
     */
    find: (req) => visitors.get(req.cookies[cookieName]),

    /**
     * Gives the browser a cookie. It is no use to other sites: they can send the browser here, but not post in its name.
     *
     * @param {import('express').Response} res
     * @returns {Visitor}
     */
    welcome(res) {
      const id = randomBytes(32).toString('base64url');
      /** @type {Visitor} */
      const visitor = { questions: new Map() };
      addTo(visitors, id, visitor, most.visitors);
      res.cookie(cookieName, id, { httpOnly: true, sameSite: 'lax', path: '/' }); // and `secure`, where there is https
      return visitor;
    },

    /**
     * @param {import('express').Request} req
     * @param {import('express').Response} res
     */
    forget(req, res) {
      visitors.delete(req.cookies[cookieName]);
      res.clearCookie(cookieName, { path: '/' });
    },
  };
}

/**
 * @param {Visitor} visitor
 * @param {string} state
 * @param {import('./oauth.js').Question} question
 */
export function remember(visitor, state, question) {
  addTo(visitor.questions, state, question, most.questions);
}

/**
 * The question that is answered now: each has one answer.
 *
 * @param {Visitor | undefined} visitor
 * @param {unknown} state
 */
export function takeQuestion(visitor, state) {
  const question = visitor?.questions.get(String(state));
  visitor?.questions.delete(String(state));
  return question;
}

/**
 * The oldest gives way.
 *
 * @template T
 * @param {Map<string, T>} map
 * @param {string} key
 * @param {T} value
 * @param {number} limit
 */
function addTo(map, key, value, limit) {
  for (const oldest of map.keys()) {
    if (map.size < limit) break;
    map.delete(oldest);
  }
  map.set(key, value);
}
