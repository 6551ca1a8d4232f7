/** The page: what one sees before and after signing in. */
import { access, callApi, comeBack, config, Problem, refresh, signIn, signOut } from './oauth.js';

/** @typedef {import('./oauth.js').User} User */
/** @typedef {{ name: string, birthday?: string }} Contact */

/** @type {User | undefined} */
let writer;

on('sign-in', signIn);
on('refresh', async () => {
  await refresh();
  showAccess('There is a new access token.');
});
on('call', async () => {
  showContacts(await contacts());
  showAccess('The contacts are read anew.');
});
on('sign-out', () => {
  signOut();
  show('welcome', 'This page has forgotten you. At Contacts you are still signed in.', config.signOut);
});
await attempt(start);

async function start() {
  const user = await comeBack();
  if (!user) return show('welcome');
  showContacts(await contacts(), user);
  element('name').textContent = user.name ?? user.sub;
  const picture = /** @type {HTMLImageElement} */ (element('picture'));
  picture.hidden = !user.picture;
  if (user.picture) picture.src = user.picture;
  showAccess('');
  show('desk');
}

/** @returns {Promise<Contact[]>} */
async function contacts() {
  const { contacts } = await callApi('/api/contacts');
  return contacts;
}

/** @param {Contact[]} contacts @param {User} [user] */
function showContacts(contacts, user = writer) {
  writer = user;
  const buttons = contacts.map((contact) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(Object.assign(document.createElement('bdi'), { textContent: contact.name }), smaller(birthdayOf(contact)));
    button.addEventListener('click', () => write(contact, button));
    const item = document.createElement('li');
    item.append(button);
    return item;
  });
  element('contacts').replaceChildren(...buttons);
  const [first] = contacts;
  const button = element('contacts').querySelector('button');
  if (first && button) write(first, button);
}

/** @param {Contact} contact @param {HTMLElement} button */
function write(contact, button) {
  for (const other of element('contacts').querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === button));
  element('dear').textContent = `Dear ${contact.name},`;
  element('wish').textContent = contact.birthday
    ? `many happy returns on ${birthdayOf(contact).replace(' ', '\u00a0')}!`
    : 'happy birthday, whenever it is!';
  element('yours').textContent = `Yours, ${writer?.given_name ?? writer?.name ?? ''}`;
}

/** `4 May` @param {Contact} contact */
function birthdayOf({ birthday }) {
  return birthday ? new Date(birthday).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' }) : 'no birthday';
}

/** @param {string} notice */
function showAccess(notice) {
  const { scope = '', expiresAt = new Date() } = access() ?? {};
  element('scope').textContent = scope;
  element('expires').textContent = expiresAt.toLocaleTimeString('en-GB');
  element('notice').textContent = notice;
}

/**
 * @param {'welcome' | 'desk'} name
 * @param {string} [sentence]
 * @param {string} [link] - where to sign out besides
 */
function show(name, sentence = '', link) {
  for (const section of document.querySelectorAll('section')) section.hidden = section.id !== name;
  element('sentence').textContent = sentence;
  const anchor = /** @type {HTMLAnchorElement} */ (element('leave'));
  anchor.hidden = !link;
  if (link) anchor.href = link;
}

/** @param {string} id @param {() => void | Promise<void>} work */
function on(id, work) {
  element(id).addEventListener('click', () => attempt(work));
}

/** @param {() => void | Promise<void>} work */
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (access() && !element('desk').hidden) showAccess(error.message);
    else show('welcome', error.message);
  }
}

/** @param {string} text */
function smaller(text) {
  return Object.assign(document.createElement('small'), { textContent: text });
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`There is no element ${id}.`);
  return found;
}
