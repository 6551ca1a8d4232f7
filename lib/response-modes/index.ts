/** The values of `response_mode`, one row each. */
import type { ResponseMode } from '../contracts.js';
import { formPost } from './form-post.js';
import { fragment } from './fragment.js';
import { query } from './query.js';

export const responseModes: readonly ResponseMode[] = [query, fragment, formPost];
