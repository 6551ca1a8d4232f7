/** The option `users`. */
import type { Users } from '../../model/user.js';

/** Who signs in. */
export interface OptionsForUsers {
  /**
   * Your users: either `authenticate`, for the built-in login screen, or `current` and `loginUrl`, for your own login pages and
   * sessions. An object with methods will do, also an instance of a class; its methods are called on it.
   *
   * @example { authenticate: ({ username, password }) => db.verify(username, password), find: (sub) => db.user(sub) }
   */
  users: Users;
}
