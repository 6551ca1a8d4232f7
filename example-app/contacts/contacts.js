/** Whom the users know: the resources that are worth protecting. In memory. */
import { randomUUID } from 'node:crypto';

/** @typedef {{ readonly id: string, readonly name: string, readonly email?: string, readonly birthday?: string }} Contact */

/** @type {Map<string, Contact[]>} */
const contacts = new Map([
  [
    'u-1001',
    [
      { id: 'c-1', name: 'Dinah', email: 'dinah@example.com', birthday: '1862-05-04' },
      { id: 'c-2', name: 'The White Rabbit', email: 'late@example.com', birthday: '1865-11-26' },
      { id: 'c-3', name: 'The Cheshire Cat', birthday: '1865-01-27' },
      { id: 'c-4', name: 'The Mad Hatter', email: 'tea@example.com', birthday: '1864-07-14' },
      { id: 'c-5', name: 'The Queen of Hearts', email: 'queen@example.com', birthday: '1832-03-08' },
    ],
  ],
  [
    'u-1002',
    [
      { id: 'c-6', name: 'Tiny Tim', email: 'tim@example.com', birthday: '1836-12-19' },
      { id: 'c-7', name: 'Ebenezer Scrooge', email: 'scrooge@example.com', birthday: '1786-02-07' },
      { id: 'c-8', name: 'Fred', email: 'fred@example.com', birthday: '1815-06-30' },
    ],
  ],
]);

/**
 * @param {string} userId
 * @returns {readonly Contact[]}
 */
export function contactsOf(userId) {
  return contacts.get(userId) ?? [];
}

/**
 * @param {string} userId
 * @param {unknown} given - what came over the wire
 * @returns {Contact | undefined} nothing, if it is no contact
 */
export function addContact(userId, given) {
  const { name, email, birthday } = /** @type {Record<string, unknown>} */ (typeof given === 'object' && given ? given : {});
  if (!isText(name) || !(email === undefined || isText(email)) || !(birthday === undefined || isDate(birthday))) return undefined;
  const contact = { id: `c-${randomUUID()}`, name, ...(email && { email }), ...(birthday && { birthday }) };
  contacts.set(userId, [...contactsOf(userId), contact]);
  return contact;
}

/**
 * @param {string} userId
 * @param {string} id
 * @returns {boolean} whether there was one
 */
export function deleteContact(userId, id) {
  const before = contactsOf(userId);
  const after = before.filter((contact) => contact.id !== id);
  contacts.set(userId, after);
  return after.length < before.length;
}

/** @type {(value: unknown) => value is string} */
function isText(value) {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 200;
}

/** @type {(value: unknown) => value is string} */
function isDate(value) {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
}
