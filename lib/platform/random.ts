/** Chance. Nothing else in this package asks the system for it. */
import { randomBytes } from 'node:crypto';

/** `bytes` random bytes, written as base64url. */
export type Random = (bytes: number) => string;

export const systemRandom: Random = (bytes) => randomBytes(bytes).toString('base64url');
