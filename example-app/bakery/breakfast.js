/** Sunday Breakfast: a partner of the bakery, small enough to be a page of the same process. It talks to the bakery by HTTP alone. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** For development only. */
const client_secret = 'the secret of Sunday Breakfast, which anybody can read';

/** @param {string} url - where the bakery is */
export function breakfastClient(url) {
  return { client_id: 'breakfast', client_name: 'Sunday Breakfast', client_secret, redirect_uris: [`${url}/breakfast/callback`] };
}

/** @typedef {{ state?: string, verifier?: string, orders?: readonly { bread: string, count: number }[] }} Visit */

/**
 * @param {typeof import('express')} express
 * @param {string} url
 */
export function createBreakfast(express, url) {
  const router = express.Router();
  const { client_id, redirect_uris } = breakfastClient(url);
  const redirect_uri = redirect_uris[0] ?? '';

  router.get('/', (req, res) => res.render('breakfast', { orders: visitOf(req).orders, refused: req.query.refused !== undefined }));

  router.get('/connect', (req, res) => {
    const state = randomBytes(16).toString('base64url');
    const verifier = randomBytes(32).toString('base64url');
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    Object.assign(visitOf(req), { state, verifier });
    const request = { response_type: 'code', client_id, redirect_uri, scope: 'read:orders create:orders', state };
    res.redirect(303, `/oauth/authorize?${new URLSearchParams({ ...request, code_challenge, code_challenge_method: 'S256' })}`);
  });

  router.get('/callback', (req, res, next) => {
    receive(req)
      .then((orders) => res.redirect(303, orders ? '/breakfast' : '/breakfast?refused'))
      .catch(next);
  });

  /**
   * Whether the user agreed: then what they order is known.
   *
   * @param {import('express').Request} req
   */
  async function receive(req) {
    const visit = visitOf(req);
    const { state = '', verifier = '' } = visit;
    delete visit.state;
    delete visit.verifier;
    if (!isSame(String(req.query.state), state) || typeof req.query.code !== 'string') return undefined;
    const tokens = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`${client_id}:${encodeURIComponent(client_secret)}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'authorization_code', code: req.query.code, redirect_uri, code_verifier: verifier }),
    });
    if (!tokens.ok) throw new Error(`The token endpoint answered ${tokens.status}: ${await tokens.text()}`);
    const { access_token } = /** @type {{ access_token: string }} */ (await tokens.json());
    const answer = await fetch(`${url}/api/orders`, { headers: { Authorization: `Bearer ${access_token}` } });
    const { orders } = /** @type {Required<Pick<Visit, 'orders'>>} */ (await answer.json());
    visit.orders = orders;
    return orders;
  }

  return router;
}

/** What express-session keeps of this browser. @type {(req: import('express').Request) => Visit} */
function visitOf(req) {
  return /** @type {typeof req & { session: Visit }} */ (req).session;
}

/**
 * @param {string} one
 * @param {string} other - empty where nothing was asked for
 */
function isSame(one, other) {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b);
}
