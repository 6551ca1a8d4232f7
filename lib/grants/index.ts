/** The grants, one row each. RFC 6749 section 8.3. */
import type { Grant } from '../contracts.js';
import { authorizationCode } from './authorization-code.js';
import { clientCredentials } from './client-credentials.js';
import { jwtBearer } from './jwt-bearer.js';
import { password } from './password.js';
import { refreshToken } from './refresh-token.js';

export const grants: readonly Grant[] = [authorizationCode, refreshToken, clientCredentials, jwtBearer, password];
