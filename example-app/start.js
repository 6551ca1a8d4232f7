/**
 * Starts the example: Contacts and its clients Calendar and Birthday Cards, three apps on three ports, which talk by HTTP alone; and, on a
 * port of its own, a bakery that has made the screens its own.
 */
import { ConfigurationError } from 'express-oauth-router';
import { demoLogin } from './bakery/customers.js';
import { startBakery } from './bakery/server.js';
import { startCalendar } from './calendar/server.js';
import { startCards } from './cards/server.js';
import { startContacts } from './contacts/server.js';
import { demoLogins } from './contacts/users.js';

const { PORT, CLIENT_PORT, SPA_PORT, BAKERY_PORT, REDIS_URL, OAUTH_SECRET } = process.env;

/** @type {{ close(): Promise<void> }[]} */
const running = [];
let isEnding = false;
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, end);

const port = readPort('PORT', PORT, 3000);
const clientPort = readPort('CLIENT_PORT', CLIENT_PORT, 3001);
const spaPort = readPort('SPA_PORT', SPA_PORT, 3002);
const bakeryPort = readPort('BAKERY_PORT', BAKERY_PORT, 3003);
refuseSharing({ PORT: port, CLIENT_PORT: clientPort, SPA_PORT: spaPort, BAKERY_PORT: bakeryPort });

// The clients first, although they are of no use alone: whichever port is taken, that is then all there is to read.
const issuer = `http://localhost:${port}`;
const calendar = await start('Calendar', 'CLIENT_PORT', clientPort, () => startCalendar({ port: clientPort, issuer }));
const cards = await start('Birthday Cards', 'SPA_PORT', spaPort, () => startCards({ port: spaPort, issuer }));
const bakery = await start('Kornblum', 'BAKERY_PORT', bakeryPort, () => startBakery({ port: bakeryPort }));
const contacts = await start('Contacts', 'PORT', port, () =>
  startContacts({
    port,
    calendarUrl: calendar.url,
    cardsUrl: cards.url,
    redis: REDIS_URL || undefined,
    secret: OAUTH_SECRET || undefined,
  }),
);
if (!isEnding) console.log(welcome(contacts.url, calendar.url, cards.url, bakery.url));

/**
 * @param {string} contacts
 * @param {string} calendar
 * @param {string} cards
 * @param {string} bakery
 */
function welcome(contacts, calendar, cards, bakery) {
  const logins = demoLogins.map(({ username, password }) => `${username} / ${password}`);
  const report = `${port === 3000 ? '' : `PORT=${port} `}node example-app/machine/report.js`;
  return `
  Calendar         ${calendar}          Open this one. It would like to see your contacts.
  Every grant      ${calendar}/grants   All grants and response types, each to watch at work.
  Birthday Cards   ${cards}          A single-page client.
  Contacts         ${contacts}          Has the contacts, and an OAuth 2.0 authorization server of its own.
  Kornblum         ${bakery}          A bakery on Express 4, with screens in its own layout; sign in as ${demoLogin.username} / ${demoLogin.password}.

  Sign in as   ${logins.join('   or   ')}

  Try this:
    1. Connect your contacts, sign in as ${demoLogins[0]?.username}, and allow it.
    2. Look at the six steps: they show what the two really said to each other.
    3. Refresh the access token, and call the API again.
    4. Sign out at ${contacts}/oauth/sign-out, connect as ${demoLogins[1]?.username}, and say no.
    5. See what clients are told: ${contacts}/.well-known/openid-configuration
    6. Call the API without a token: curl -i ${contacts}/api/contacts
    7. Run a machine client: ${report}
    8. Let an AI agent in, such as VS Code, Cursor or Claude Code: its MCP server is ${contacts}/mcp

  Ctrl-C ends all.
`;
}

/** @param {Record<string, number>} ports - by the variable that sets them */
function refuseSharing(ports) {
  for (const [name, port] of Object.entries(ports)) {
    const others = Object.keys(ports).filter((other) => other !== name && ports[other] === port);
    if (others.length > 0) stop(`${[name, ...others].join(' and ')} are the same, ${port}. Each app needs one of its own.`);
  }
}

/**
 * @param {string} name
 * @param {string | undefined} value
 * @param {number} otherwise
 */
function readPort(name, value, otherwise) {
  if (!value) return otherwise;
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  return stop(`${name} is ${JSON.stringify(value)}, and must be a whole number from 1 to 65535.`);
}

/**
 * @template {{ close(): Promise<void> }} App
 * @param {string} name
 * @param {string} variable
 * @param {number} port
 * @param {() => Promise<App>} open
 * @returns {Promise<App>}
 */
async function start(name, variable, port, open) {
  try {
    const app = await open();
    running.push(app);
    return app;
  } catch (error) {
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'EADDRINUSE')
      stop(`Port ${port}, for ${name}, is taken. Choose another one, such as: ${variable}=${port + 100} npm start`);
    if (code === 'EACCES')
      stop(`Port ${port}, for ${name}, is not allowed to you. Choose another one, such as: ${variable}=3100 npm start`);
    if (error instanceof ConfigurationError) stop(message);
    throw error;
  }
}

/** Ctrl-C reaches a program that npm started twice; once is enough. */
async function end() {
  if (isEnding) return;
  isEnding = true;
  await Promise.all(running.map((app) => app.close()));
  process.exit(0);
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
