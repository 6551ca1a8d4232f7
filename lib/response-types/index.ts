/** The words of `response_type`, one row each. RFC 6749 section 8.4. */
import type { ResponseType } from '../contracts.js';
import { code } from './code.js';

export const responseTypes: readonly ResponseType[] = [code];
