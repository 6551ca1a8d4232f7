/** Users who have a profile, for clients that want to know it. */
import type { Users } from '../../lib/model/user.js';
import { alice } from './server.js';

/** Alice, as the host knows her: by the names of OpenID Connect Core section 5.1, and one of its own. */
export const profile = {
  sub: 'alice',
  name: 'Alice Liddell',
  given_name: 'Alice',
  family_name: 'Liddell',
  preferred_username: 'alice',
  email: 'alice@example.com',
  email_verified: true,
  locale: 'en-GB',
} as const;

export const users: Users = {
  authenticate: ({ username, password }) => username === alice.username && password === alice.password && { ...profile, amr: ['pwd'] },
  find: (sub) => sub === profile.sub && profile,
};
