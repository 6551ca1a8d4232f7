/**
 * What the lean peers leave to their hosts, in the least code that a team would write around them: login and consent pages with forms, sessions
 * and consents in Redis, and protection against forged forms. None of them gets more to do by it than it needs to work.
 */
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign, timingSafeEqual } from 'node:crypto';
import express from 'express';
import { Redis } from 'ioredis';
import { rawOf } from '../servers/limit.js';
import { api, authenticate, client, escaped, lifetimes, secret } from '../world.js';

/** @typedef {{ readonly id: string, readonly name: string }} User */

/** One key for signing, made when the process starts, as PEM, and the cheapest way to sign access tokens by it, which is that of the limit. */
export function signingKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = encode({ alg: 'ES256', kid: 'ES256', typ: 'at+jwt' });
  return {
    /** @param {string} iss @param {string} sub @param {string} granted */
    signAccessToken(iss, sub, granted) {
      const iat = Math.floor(Date.now() / 1000);
      const jti = randomBytes(16).toString('base64url');
      const claims = { iss, aud: api, sub, client_id: client.client_id, scope: granted, iat, exp: iat + lifetimes.accessToken, jti };
      const text = `${header}.${encode(claims)}`;
      return `${text}.${rawOf(sign('sha256', Buffer.from(text), privateKey)).toString('base64url')}`;
    },
    privatePem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'ES256', alg: 'ES256', use: 'sig' }] },
  };
}

/** @param {object} value */
function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** @param {import('../servers/start.js').Start} start */
export function openRedis({ redis }) {
  return new Redis(/** @type {string} */ (redis));
}

/** @param {Redis} redis */
export function createScreens(redis) {
  const sessionKey = (/** @type {string} */ cookie) => `session:${createHash('sha256').update(cookie).digest('base64url')}`;
  const consentKey = (/** @type {User} */ user) => `consent:${client.client_id}:${user.id}`;
  const csrfOf = (/** @type {string} */ cookie) => createHmac('sha256', secret).update(cookie).digest('base64url');

  /** @param {express.Request} req */
  function cookieOf(req) {
    return /(?:^|; )session=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1];
  }

  /** @param {string} action @param {Record<string, unknown>} hidden @param {string} fields */
  function page(action, hidden, fields) {
    const inputs = Object.entries(hidden).map(
      ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(String(value))}">`,
    );
    return `<!doctype html><title>Sign in</title><form method="post" action="${escaped(action)}">${inputs.join('')}${fields}</form>`;
  }

  return {
    /** Answers the login form. */
    login: [
      express.urlencoded({ extended: false }),
      async (/** @type {express.Request} */ req, /** @type {express.Response} */ res) => {
        const { username = '', password = '', next = '/' } = req.body;
        const user = authenticate(username, password);
        if (!user || !next.startsWith('/authorize?')) return void res.status(422).send('Wrong');
        const cookie = randomBytes(32).toString('base64url');
        await redis.set(sessionKey(cookie), JSON.stringify(user), 'EX', lifetimes.session);
        res.cookie('session', cookie, { httpOnly: true, sameSite: 'lax' });
        res.redirect(303, next);
      },
    ],

    /**
     * Who is signed in and has agreed; or nobody, and then a page was the answer.
     *
     * @param {express.Request} req
     * @param {express.Response} res
     * @returns {Promise<User | undefined>}
     */
    async userWhoAgrees(req, res) {
      const cookie = cookieOf(req);
      const session = cookie === undefined ? null : await redis.get(sessionKey(cookie));
      if (cookie === undefined || session === null) {
        res.send(
          page(
            '/login',
            { next: req.originalUrl },
            '<input name="username"><input name="password" type="password"><button>Sign in</button>',
          ),
        );
        return undefined;
      }
      const user = /** @type {User} */ (JSON.parse(session));
      if (req.method === 'POST') {
        const given = Buffer.from(String(req.body._csrf ?? ''));
        const right = Buffer.from(csrfOf(cookie));
        if (given.length !== right.length || !timingSafeEqual(given, right) || req.body.decision !== 'allow') {
          res.status(403).send('No');
          return undefined;
        }
        await redis.set(consentKey(user), JSON.stringify({ scope: req.query.scope }), 'EX', 31_536_000);
        return user;
      }
      const consent = req.query.prompt === 'consent' ? null : await redis.get(consentKey(user));
      if (consent !== null && JSON.parse(consent).scope === req.query.scope) return user;
      const hidden = { ...req.query, _csrf: csrfOf(cookie) };
      res.send(page(req.originalUrl, hidden, '<button name="decision" value="allow">Allow</button>'));
      return undefined;
    },
  };
}
