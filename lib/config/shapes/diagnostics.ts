/** The options `development` and `log`: what developers and operators are told. */
import { z } from 'zod';
import { mustBe } from '../../clients/members.js';
import type { Log } from '../../platform/log.js';
import { objectWith } from '../values.js';

export const development = z.boolean(mustBe('true or false', 'Leave it out: it is true on http://localhost alone.')).optional();

export const log = objectWith<Log>(['warn', 'error'], 'Give an object with warn and error, as console has them.').optional();
