/** Who is at the browser: a random cookie, and what a client knows by it, in memory. */
import { randomBytes } from 'node:crypto';

const most = { visitors: 1000, questions: 10 };

/**
 * @template Visitor
 * @param {string} cookieName - cookies of localhost go to all of its ports, so it must not be a name that Contacts uses
 * @param {() => Visitor} newVisitor
 */
export function createVisitors(cookieName, newVisitor) {
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
      const visitor = newVisitor();
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
 * @template Question
 * @param {{ questions: Map<string, Question> }} visitor
 * @param {string} state
 * @param {Question} question
 */
export function remember(visitor, state, question) {
  addTo(visitor.questions, state, question, most.questions);
}

/**
 * The question that is answered now: each has one answer.
 *
 * @template Question
 * @param {{ questions: Map<string, Question> } | undefined} visitor
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
