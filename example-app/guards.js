/** What the pages of both clients are guarded by. */

/**
 * At http://127.0.0.1 the browser would get a cookie that http://localhost, where Contacts sends it back to, does not see.
 *
 * @param {string} url
 * @returns {import('express').RequestHandler}
 */
export function keepToOneHost(url) {
  const { host } = new URL(url);
  return (req, res, next) => {
    if (req.headers.host === host) next();
    else res.redirect(303, url);
  };
}

/**
 * To browsers all ports of localhost are one site, so that SameSite=Lax alone would let whatever runs there post here.
 *
 * @param {(res: import('express').Response) => void} refuse
 * @returns {import('express').RequestHandler}
 */
export function refuseOtherSites(refuse) {
  return (req, res, next) => {
    if (req.method === 'GET' || ['same-origin', 'none', undefined].includes(/** @type {string} */ (req.headers['sec-fetch-site']))) next();
    else refuse(res);
  };
}
