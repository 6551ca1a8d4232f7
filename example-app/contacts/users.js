/** The users of Contacts, in memory, with hashed passwords as a real table would have them. */
import { randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** @typedef {{ readonly id: string, readonly username: string, readonly name: string, readonly email: string, readonly birthdate: string }} User */

/** Told to whoever tries the example. A real app knows nobody's password. */
export const demoLogins = [
  { username: 'alice', password: 'wonderland' },
  { username: 'bob', password: 'christmas' },
];

const length = 32; // bytes
const derive = promisify(scrypt);

/** @type {User[]} */
const users = [
  { id: 'u-1001', username: 'alice', name: 'Alice Liddell', email: 'alice@example.com', birthdate: '1852-05-04' },
  { id: 'u-1002', username: 'bob', name: 'Bob Cratchit', email: 'bob@example.com', birthdate: '1806-12-24' },
];

const passwords = new Map(demoLogins.map(({ username, password }) => [username, hashed(password)]));
const nobodysPassword = hashed(randomBytes(length).toString('hex'));

/**
 * The user, if the password is right. For an unknown name it does the same work, so that the time it takes tells nobody which
 * accounts exist.
 *
 * @param {{ username: string, password: string }} credentials
 * @returns {Promise<User | null>}
 */
export async function authenticate({ username, password }) {
  const user = users.find((candidate) => candidate.username === username.trim().toLowerCase());
  const { salt, hash } = passwords.get(user?.username ?? '') ?? nobodysPassword;
  const isRight = timingSafeEqual(/** @type {Buffer} */ (await derive(password, salt, length)), hash);
  return user && isRight ? user : null;
}

/**
 * @param {string} id
 * @returns {User | undefined}
 */
export function findUser(id) {
  return users.find((user) => user.id === id);
}

/**
 * What Contacts can tell of a user, under the names of OpenID Connect Core section 5.1. All of it: the router passes on what a client
 * asked for and the user agreed to, such as the name for the scope `profile`.
 *
 * @param {string} id
 * @param {string} url - where Contacts is, and so the picture
 */
export function claimsOf(id, url) {
  const user = findUser(id);
  if (!user) return {};
  const { username, name, email, birthdate } = user;
  const [given_name, family_name] = name.split(' ');
  return {
    name,
    given_name,
    family_name,
    preferred_username: username,
    picture: `${url}/faces/${username}.svg`,
    birthdate,
    locale: 'en-GB',
    email,
    email_verified: true,
  };
}

/** @returns {readonly User[]} */
export function allUsers() {
  return users;
}

/** @param {string} password */
function hashed(password) {
  const salt = randomBytes(16);
  return { salt, hash: scryptSync(password, salt, length) };
}
