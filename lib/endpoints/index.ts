/** The endpoints, one row each. */
import type { Endpoint } from '../contracts.js';
import { authorize } from './authorize.js';
import { consent } from './consent.js';
import { jwks } from './jwks.js';
import { login } from './login.js';
import { metadata } from './metadata.js';
import { signOut } from './sign-out.js';
import { stylesheet } from './stylesheet.js';
import { token } from './token.js';
import { userinfo } from './userinfo.js';

export const endpoints: readonly Endpoint[] = [authorize, login, consent, signOut, token, userinfo, jwks, metadata, stylesheet];
