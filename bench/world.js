/** The world that every server of the bench lives in: one client, one API, users without number. */

/** What the access tokens of a run are. @typedef {'ES256' | 'RS256' | 'opaque'} Format */

export const api = 'https://api.example.com/contacts';

export const scope = 'read:contacts';

export const client = {
  client_id: 'web',
  client_secret: 'a secret of the web client, which is long',
  redirect_uri: 'https://client.example.com/callback',
};

/** Of every user: no server of the bench hashes it, since that costs whatever the host wants it to cost. */
export const password = 'correct horse battery staple';

export const secret = 'a secret of the servers in the bench, longer than 32 characters';

/**
 * Who has this name and password.
 *
 * @param {string} username
 * @param {string} given
 */
export function authenticate(username, given) {
  return /^user-[\d-]+$/.test(username) && given === password ? { id: username, name: `The user ${username}` } : undefined;
}

/** @param {string} text */
export function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** How long things live, in seconds; the same everywhere. */
export const lifetimes = { code: 60, accessToken: 600, refreshToken: 1_209_600, session: 1_209_600 };
