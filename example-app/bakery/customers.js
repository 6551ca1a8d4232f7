/** The customers of the bakery and what they order every week, in memory. */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

/** Told to whoever tries the example. */
export const demoLogin = { username: 'gretel', password: 'breadcrumbs' };

const salt = randomBytes(16);
const hash = hashed(demoLogin.password);

const customer = { id: 'k-7', name: 'Gretel Holzmann' };
const orders = [
  { bread: 'Rye loaf', count: 1 },
  { bread: 'Poppy-seed roll', count: 6 },
];

/**
 * One customer is enough to see the screens; a table of them is in ../contacts/users.js.
 *
 * @param {{ username: string, password: string }} credentials
 */
export function authenticate({ username, password }) {
  const isRight = timingSafeEqual(hashed(password), hash);
  return isRight && username.trim().toLowerCase() === demoLogin.username ? customer : null;
}

/** @param {string} id */
export function findUser(id) {
  return id === customer.id ? customer : undefined;
}

/** @param {string} id */
export function ordersOf(id) {
  return id === customer.id ? orders : [];
}

/** @param {string} password */
function hashed(password) {
  return scryptSync(password, salt, 32);
}
