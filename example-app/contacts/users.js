/** The users of Contacts, in memory, with hashed passwords as a real table would have them. */
import { randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** @typedef {{ readonly id: string, readonly username: string, readonly name: string, readonly email: string }} User */

/** Told to whoever tries the example. A real app knows nobody's password. */
export const demoLogins = [
  { username: 'alice', password: 'wonderland' },
  { username: 'bob', password: 'christmas' },
];

const length = 32; // bytes
const derive = promisify(scrypt);

/** @type {User[]} */
const users = [
  { id: 'u-1001', username: 'alice', name: 'Alice Liddell', email: 'alice@example.com' },
  { id: 'u-1002', username: 'bob', name: 'Bob Cratchit', email: 'bob@example.com' },
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

/** @param {string} password */
function hashed(password) {
  const salt = randomBytes(16);
  return { salt, hash: scryptSync(password, salt, length) };
}
