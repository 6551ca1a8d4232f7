/** The words of `response_type`, one row each, in the order in which they answer: an ID token hashes what comes before it. RFC 6749 section 8.4. */
import type { ResponseType } from '../contracts.js';
import { code } from './code.js';
import { idToken } from './id-token.js';
import { none } from './none.js';
import { token } from './token.js';

export const responseTypes: readonly ResponseType[] = [code, token, idToken, none];
