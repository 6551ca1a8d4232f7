/** The endpoints, one row each. */
import type { Endpoint } from '../contracts.js';
import { apps } from './apps.js';
import { authorize } from './authorize.js';
import { clientConfiguration } from './client-configuration.js';
import { consent } from './consent.js';
import { introspect } from './introspect.js';
import { jwks } from './jwks.js';
import { login } from './login.js';
import { metadata } from './metadata.js';
import { protectedResource } from './protected-resource.js';
import { register } from './register.js';
import { revoke } from './revoke.js';
import { signOut } from './sign-out.js';
import { stylesheet } from './stylesheet.js';
import { token } from './token.js';
import { userinfo } from './userinfo.js';

export const endpoints: readonly Endpoint[] = [
  authorize,
  login,
  consent,
  apps,
  signOut,
  token,
  revoke,
  introspect,
  userinfo,
  register,
  clientConfiguration,
  jwks,
  metadata,
  protectedResource,
  stylesheet,
];
