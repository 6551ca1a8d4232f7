/** What Calendar makes of contacts. */

/** @typedef {{ name: string, day: number, month: string, age: number, when: string }} Birthday */

const dayLength = 86_400_000; // milliseconds

/**
 * The next birthday of everyone who has one, the nearest first.
 *
 * @param {unknown} answer - of the API; not ours, so it is looked at before it is used
 * @param {Date} now
 * @returns {Birthday[]}
 */
export function birthdaysOf(answer, now) {
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  return contactsIn(answer)
    .map(({ name, birthday }) => ({ name, born: new Date(birthday) }))
    .filter(({ born }) => !Number.isNaN(born.getTime()))
    .map(({ name, born }) => ({ name, born, next: nextBirthday(born, today) }))
    .sort((a, b) => a.next.getTime() - b.next.getTime())
    .map(({ name, born, next }) => ({
      name,
      day: next.getUTCDate(),
      month: next.toLocaleString('en', { month: 'short', timeZone: 'UTC' }),
      age: next.getUTCFullYear() - born.getUTCFullYear(),
      when: inWords(Math.round((next.getTime() - today) / dayLength)),
    }));
}

/**
 * @param {unknown} answer
 * @returns {{ name: string, birthday: string }[]}
 */
function contactsIn(answer) {
  const contacts = typeof answer === 'object' && answer !== null && 'contacts' in answer ? answer.contacts : [];
  if (!Array.isArray(contacts)) return [];
  return contacts.filter((contact) => typeof contact?.name === 'string' && typeof contact.birthday === 'string');
}

/** @param {Date} born @param {number} today */
function nextBirthday(born, today) {
  const year = new Date(today).getUTCFullYear();
  const inYear = (/** @type {number} */ y) => new Date(Date.UTC(y, born.getUTCMonth(), born.getUTCDate()));
  return inYear(year).getTime() < today ? inYear(year + 1) : inYear(year);
}

/** @param {number} days */
function inWords(days) {
  if (days < 2) return days === 0 ? 'today' : 'tomorrow';
  return `in ${days} days`;
}
