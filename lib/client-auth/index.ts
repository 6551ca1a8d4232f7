/** The ways in which a client authenticates, one row each. RFC 6749 section 2.3. */
import type { ClientAuthMethod } from '../contracts.js';
import { clientSecretBasic } from './client-secret-basic.js';
import { clientSecretPost } from './client-secret-post.js';
import { none } from './none.js';

export const clientAuthMethods: readonly ClientAuthMethod[] = [clientSecretBasic, clientSecretPost, none];
