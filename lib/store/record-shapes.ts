/** Every kind of record that is kept, one row each: what its keys begin with, and how records of older releases are brought up to date. */
import type { RecordShape } from './versioned.js';

export const recordShapes: readonly RecordShape[] = [
  'assertion',
  'authorization',
  'challenge',
  'client',
  'client assertion',
  'consent',
  'ended',
  'parked',
  'passkey',
  'passkey-offer',
  'session',
  'sign-in',
  'signing-keys',
  'step',
].map((kind) => ({ kind, upgrades: [] }));
