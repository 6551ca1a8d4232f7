/** The process of one server: starts it, says where it is, and tells what it has used when it is asked. */
import { serverNamed } from './index.js';

/**
 * What a server is started with.
 *
 * @typedef {object} Start
 * @property {string} url - where it is reached, and its issuer
 * @property {number} port
 * @property {string | { readonly cluster: readonly { readonly host: string, readonly port: number }[] }} redis
 * @property {import('../world.js').Format} format
 * @property {string} rsaKey - in PEM, for who has none stored: to make one takes a tenth of a second, or two, and would be most of a cold start
 */

/**
 * Where its parts are, and how they are asked.
 *
 * @typedef {object} Parts
 * @property {Readonly<Partial<Record<'authorize' | 'token' | 'introspect' | 'userinfo' | 'metadata' | 'jwks' | 'api', string>>>} paths
 * @property {'forms' | 'json'} [login] - how its screens are answered; left out: by forms
 * @property {string} [refreshScope] - what is asked for besides, to be given a refresh token
 * @property {boolean} [namesApi] - whether its requests name the API (RFC 8707); left out: they do
 * @property {number} [users] - how many there are, where they have to be in a table; left out: any number
 * @property {string} [client_id] - where the server has given another one than was asked for
 * @property {string} [client_secret]
 * @property {string} [issuer] - left out: where it is reached
 * @property {Readonly<Record<string, string>>} [subs] - what it calls its users, by their names; left out: by these
 * @property {Claims} [claims]
 */

/**
 * What is said of an access token, in it or when it is introspected, where that is not what RFC 9068 section 2.2 and RFC 7662 section 2.2 have.
 *
 * @typedef {object} Claims
 * @property {readonly ('aud' | 'sub of a machine')[]} [lacks] - what it never says
 * @property {'cid'} [client_id] - what the claim is called
 * @property {readonly string[]} [lacksScopes] - which a token for an API is not said to have
 * @property {Readonly<Record<string, string>>} [audiences] - by scope, who is in `aud` besides the API
 */

/** @typedef {(start: Start) => Promise<Parts>} Serve - listens on the port, and resolves when it does */

process.on('disconnect', () => process.exit()); // a run that crashed leaves nobody behind

const [name = '', given = ''] = process.argv.slice(2);
/** @type {{ serve: Serve }} */
const { serve } = await import(serverNamed(name).module);
process.send?.(await serve(JSON.parse(given)));

process.on('message', async (/** @type {'usage' | 'begin profile' | 'end profile'} */ asked) => {
  if (asked === 'usage') {
    const { user, system } = process.cpuUsage();
    return void process.send?.({ rss: process.memoryUsage.rss(), cpu: (user + system) / 1e6 });
  }
  const { beginProfile, endProfile } = await import('./profile.js'); // not loaded before: it would be measured
  if (asked === 'begin profile') await beginProfile();
  process.send?.(asked === 'begin profile' ? {} : await endProfile());
});
