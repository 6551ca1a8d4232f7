/**
 * The grants and response types of RFC 6749, OpenID Connect and their relatives, one row each. A row says what goes over the wire: `ask` is
 * sent through the browser to the authorization endpoint, `token` straight to the token endpoint. What is the same everywhere is in run.js.
 */

/** @typedef {{ readonly id: string, readonly secret?: string }} RegisteredClient */

/**
 * @typedef {object} Flow
 * @property {string} name - in the address
 * @property {string} title
 * @property {string} section - where it is specified
 * @property {string} who - uses it
 * @property {'advised' | 'special' | 'outdated'} standing
 * @property {string} advice - whether to use it today
 * @property {RegisteredClient} client
 * @property {Readonly<Record<string, string>>} [ask] - what is asked of the authorization endpoint
 * @property {Readonly<Record<string, string>>} [token] - what is asked of the token endpoint, where there is no browser
 * @property {readonly Field[]} [fields] - what the user types in here, for the token endpoint
 * @property {{ readonly scope: string }} [refresh] - then the refresh token is used, for this scope
 */

/** @typedef {{ readonly name: string, readonly label: string, readonly type: string, readonly hint?: string }} Field */

/** As registered with Contacts: contacts/clients.js. */
const web = { id: 'playground', secret: 'a secret that Contacts and the playground share' };
const machine = { id: 'report', secret: 'a secret that Contacts and the report share' };
const old = { id: 'playground-implicit' };
const trusted = { id: 'playground-password', secret: 'a secret that Contacts and an old app share' };

/** @type {readonly Flow[]} */
export const flows = [
  {
    name: 'authorization-code',
    title: 'Authorization code, with PKCE',
    section: 'RFC 6749 section 4.1, RFC 7636',
    who: 'Web apps, mobile apps and single-page apps: whatever has a user at a browser. The browser carries a code, which is of no use to who finds it.',
    standing: 'advised',
    advice: 'The one to use.',
    client: web,
    ask: { response_type: 'code', scope: 'read:contacts' },
  },
  {
    name: 'openid-connect',
    title: 'Signing in with OpenID Connect',
    section: 'OpenID Connect Core section 3.1',
    who: 'Apps that want to know who you are. With the scope openid the same grant gives an ID token besides, and userinfo tells the rest.',
    standing: 'advised',
    advice: 'The one to use.',
    client: web,
    ask: { response_type: 'code', scope: 'openid profile email' },
  },
  {
    name: 'refresh-token',
    title: 'Refresh token',
    section: 'RFC 6749 section 6',
    who: 'Every client that works for longer than an access token lives. It may ask for less than before: here it had two scopes, and goes on with one.',
    standing: 'advised',
    advice: 'Advised, with a new refresh token each time.',
    client: web,
    ask: { response_type: 'code', scope: 'read:contacts create:contacts' },
    refresh: { scope: 'read:contacts' },
  },
  {
    name: 'client-credentials',
    title: 'Client credentials',
    section: 'RFC 6749 section 4.4',
    who: 'Machines that act on their own behalf, such as a nightly report. There is no user, so nobody is asked, and there is nothing to refresh.',
    standing: 'advised',
    advice: 'The one to use between machines.',
    client: machine,
    token: { grant_type: 'client_credentials', scope: 'read:statistics' },
  },
  {
    name: 'form-post',
    title: 'Form post',
    section: 'OAuth 2.0 Form Post Response Mode',
    who: 'Web apps that want the answer in neither address bar nor logs: a page at Contacts posts it, by itself where there is JavaScript.',
    standing: 'special',
    advice: 'Fine, where the cookies of the app allow for it.',
    client: web,
    ask: { response_type: 'code', response_mode: 'form_post', scope: 'read:contacts' },
  },
  {
    name: 'none',
    title: 'None',
    section: 'OAuth 2.0 Multiple Response Types section 4',
    who: 'Clients that want your leave now, and the tokens some other day. The answer says that you allowed it, and no more.',
    standing: 'special',
    advice: 'Harmless, and rare.',
    client: web,
    ask: { response_type: 'none', scope: 'read:contacts' },
  },
  {
    name: 'id-token',
    title: 'ID token alone',
    section: 'OpenID Connect Core section 3.2',
    who: 'Apps that only sign you in, and call no API. All that there is to know is in the ID token.',
    standing: 'special',
    advice: 'Better by form post, as here, than in the address.',
    client: old,
    ask: { response_type: 'id_token', response_mode: 'form_post', scope: 'openid profile' },
  },
  {
    name: 'hybrid-id-token',
    title: 'Hybrid: a code and an ID token',
    section: 'OpenID Connect Core section 3.3',
    who: 'Web apps that want to know at once who you are. The ID token has a hash of the code in it, so that neither can be exchanged.',
    standing: 'special',
    advice: 'Safe, but a code alone does the same with less.',
    client: old,
    ask: { response_type: 'code id_token', scope: 'openid read:contacts' },
  },
  {
    name: 'invitation',
    title: 'An extension grant: invitations',
    section: 'RFC 6749 section 4.5',
    who: 'Whoever needs a grant that no specification has. Here: a code from Contacts’ start page opens the contacts of the user who made it, once.',
    standing: 'special',
    advice: 'Fine, if nothing standard will do.',
    client: web,
    token: { grant_type: 'urn:example:grant-type:invitation' },
    fields: [{ name: 'invitation', label: 'Invitation code', type: 'text' }],
  },
  {
    name: 'implicit',
    title: 'Implicit',
    section: 'RFC 6749 section 4.2',
    who: 'Single-page apps of the time when browsers could not call other origins. The access token itself comes in the address.',
    standing: 'outdated',
    advice: 'Not any more: use the code, with PKCE (RFC 9700 section 2.1.2).',
    client: old,
    ask: { response_type: 'token', scope: 'read:contacts' },
  },
  {
    name: 'implicit-openid-connect',
    title: 'Implicit, with an ID token',
    section: 'OpenID Connect Core section 3.2',
    who: 'The same single-page apps, with OpenID Connect. The ID token has a hash of the access token in it.',
    standing: 'outdated',
    advice: 'Not any more (RFC 9700 section 2.1.2).',
    client: old,
    ask: { response_type: 'id_token token', scope: 'openid read:contacts' },
  },
  {
    name: 'hybrid-token',
    title: 'Hybrid: a code and an access token',
    section: 'OpenID Connect Core section 3.3',
    who: 'Apps of two halves, one in the browser and one on a server, each with tokens of its own.',
    standing: 'outdated',
    advice: 'Not any more: the browser’s half is the implicit grant.',
    client: old,
    ask: { response_type: 'code token', scope: 'openid read:contacts' },
  },
  {
    name: 'hybrid-all',
    title: 'Hybrid: all three',
    section: 'OpenID Connect Core section 3.3',
    who: 'The same, where the browser’s half wants to know who you are besides.',
    standing: 'outdated',
    advice: 'Not any more: the browser’s half is the implicit grant.',
    client: old,
    ask: { response_type: 'code id_token token', scope: 'openid read:contacts' },
  },
  {
    name: 'password',
    title: 'Resource owner password credentials',
    section: 'RFC 6749 section 4.3',
    who: 'An app’s own clients, before there was anything better. You tell the client your password, and have to trust it with that.',
    standing: 'outdated',
    advice: 'Must not be used (RFC 9700 section 2.4).',
    client: trusted,
    token: { grant_type: 'password', scope: 'read:contacts' },
    fields: [
      { name: 'username', label: 'Username', type: 'text' },
      { name: 'password', label: 'Password', type: 'password' },
    ],
  },
];

/** In which order the page shows them. */
export const standings = /** @type {const} */ ([
  { standing: 'advised', title: 'For today', text: 'With these four there is an answer to most questions.' },
  { standing: 'special', title: 'For special cases', text: 'Each is right somewhere.' },
  {
    standing: 'outdated',
    title: 'Of older days',
    text: 'Contacts has switched them on for this page. They are off unless a client is registered for them.',
  },
]);

/** @param {string} name */
export function findFlow(name) {
  return flows.find((flow) => flow.name === name);
}
