/** The apps of the example in this process, on free ports. */
import { jest } from '@jest/globals';
import { startCalendar } from '../../example-app/calendar/server.js';
import { startCards } from '../../example-app/cards/server.js';
import { startContacts } from '../../example-app/contacts/server.js';

export const alice = { username: 'alice', password: 'wonderland' };
export const bob = { username: 'bob', password: 'christmas' };

export async function startApps() {
  jest.spyOn(console, 'warn').mockImplementation(() => {}); // of no Redis, and of outdated grants
  // Which ports the clients get is not known yet, and need not be: on loopback hosts ports do not count.
  const contacts = await startContacts({ port: 0, calendarUrl: 'http://localhost', cardsUrl: 'http://localhost' });
  const calendar = await startCalendar({ port: 0, issuer: contacts.url });
  const cards = await startCards({ port: 0, issuer: contacts.url });
  return {
    contacts,
    calendar,
    cards,
    async close() {
      await Promise.all([contacts.close(), calendar.close(), cards.close()]);
    },
  };
}
