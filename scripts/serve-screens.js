/** The example screens, drawn by the real renderer and sent with their real headers, for a browser to judge. */
import { createServer } from 'node:http';
import { exampleScreens } from './example-screens.js';

/** @typedef {import('../lib/contracts.js').Settings} Settings */
/** @typedef {import('../lib/model/brand.js').Brand} Brand */

/**
 * What draws and styles them; from `dist/` for a script, from `lib/` for a test.
 *
 * @typedef {object} Drawing
 * @property {typeof import('../lib/express/render.js').createRenderer} createRenderer
 * @property {typeof import('../lib/endpoints/assets.js').assets} assets
 * @property {typeof import('../lib/languages/index.js').languages} languages
 */

/**
 * Serves `/oauth/{language}/{state}`: all in that language, and the names of people and apps in one that has its direction.
 *
 * @param {Drawing} drawing
 * @param {Readonly<Record<import('./example-screens.js').ExampleLanguage, Brand>>} brands
 */
export async function serveScreens({ createRenderer, assets, languages }, brands) {
  const served = new Map(
    languages.map(({ tag, direction }) => {
      const language = direction === 'rtl' ? 'ar' : 'en';
      const base = `http://localhost/oauth/${tag}`;
      const settings = /** @type {Settings} */ ({ issuer: 'http://localhost', brand: brands[language], languages });
      return [tag, { base, settings, screens: exampleScreens(language), render: createRenderer(settings, console) }];
    }),
  );

  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const [, language = '', name = ''] = /^\/oauth\/(\w+)\/([\w.-]+)$/.exec(path) ?? [];
    const site = served.get(language);
    const screen = site?.screens[name];
    const asset = assets.find(({ path }) => name.startsWith(String(path).slice(1).split('*')[0] ?? ''));
    if (site && screen) {
      const nonce = () => 'bm9uY2U';
      const { html, headers } = site.render(screen, { base: site.base, csrfToken: () => 'csrf', nonce, acceptLanguage: language });
      response.writeHead(200, headers).end(html);
    } else if (site && asset) {
      const http = /** @type {import('../lib/http/message.js').HttpRequest} */ ({ path });
      const { status, headers, body } = await asset.handle(
        http,
        /** @type {import('../lib/contracts.js').Server} */ ({ settings: site.settings }),
      );
      response.writeHead(status, headers).end(body);
    } else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://localhost:${port}/oauth`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
