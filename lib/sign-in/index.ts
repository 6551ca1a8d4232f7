/** The built-in steps of the sign-in, one row each, in their order. The host's own come before them. */
import type { SignInStep } from '../contracts.js';
import { passkeyOffer } from './passkey-offer.js';

export const signInSteps: readonly SignInStep[] = [passkeyOffer];
