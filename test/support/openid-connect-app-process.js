/** The process of openid-connect-app.ts: an Express app on https, all of whose pages ask for a login by express-openid-connect. */
import { register } from 'node:module';

register('./typescript-hooks.js', import.meta.url);
const { default: express } = await import('express');
const { default: openid } = await import('express-openid-connect');
const { serve } = await import('./origin.js');

process.on('disconnect', () => process.exit()); // a test that crashed leaves nobody behind

const app = express();
const { url } = await serve(app, { secure: true });

process.on('message', (/** @type {import('./openid-connect-app.js').Order} */ { settings, api }) => {
  app.use(openid.auth({ ...settings, baseURL: url, secret: 'a long string of the app’s own' }));

  app.get('/', async ({ oidc }, res) => {
    const { user, accessToken } = oidc;
    if (!accessToken) return void res.json({ user });
    const contacts = await fetch(api, { headers: { Authorization: `Bearer ${accessToken.access_token}` } });
    res.json({ user, userinfo: await oidc.fetchUserInfo(), contacts: await contacts.json() });
  });

  /** @type {import('express').ErrorRequestHandler} */
  const apologize = ({ error, error_description, message }, _req, res, _next) => {
    res.status(400).json(error ? { error, error_description } : { message });
  };
  app.use(apologize);
  process.send?.('ready');
});
process.send?.(url);
