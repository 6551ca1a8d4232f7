/** An extension grant (RFC 6749 section 4.5): whoever has an invitation code gets a token to see the contacts of the user who made it. */
import { randomInt } from 'node:crypto';
import { OAuthError } from 'express-oauth-router';

/** The `grant_type`: a URI that its inventor owns, so that no two of them are the same. */
export const invitationGrant = 'urn:example:grant-type:invitation';

const lifetime = 10 * 60_000; // milliseconds
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'; // none that look alike
const length = 16; // 32^16: too many to guess
const most = 1000;

export function createInvitations() {
  /** @type {Map<string, { userId: string, until: number }>} */
  const invitations = new Map();

  return {
    /** @param {string} userId - whose contacts it shows */
    make(userId) {
      const code = Array.from({ length }, () => letters[randomInt(letters.length)])
        .join('')
        .replace(/.{4}(?=.)/g, '$&-');
      for (const oldest of invitations.keys()) {
        if (invitations.size < most) break;
        invitations.delete(oldest);
      }
      invitations.set(code, { userId, until: Date.now() + lifetime });
      return code;
    },

    /**
     * What the router asks when a client that may use this grant comes with it: on whose behalf, and for what? The client has been
     * authenticated by then, and the router makes the tokens.
     *
     * @type {import('express-oauth-router').ExtensionGrant}
     */
    grant: {
      type: invitationGrant,
      async redeem({ parameters }) {
        const code = parameters.need('invitation').trim().toUpperCase();
        const invitation = invitations.get(code);
        invitations.delete(code); // it is good for once
        if (!invitation || invitation.until < Date.now()) {
          throw new OAuthError('invalid_grant', 'The invitation is unknown, has expired, or was used before.');
        }
        return { sub: invitation.userId, scope: ['read:contacts'], refresh: false };
      },
    },
  };
}
