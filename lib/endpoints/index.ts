/** The endpoints, one row each. */
import type { Endpoint } from '../contracts.js';
import { account } from './account.js';
import { apps } from './apps.js';
import { assets } from './assets.js';
import { authorize } from './authorize.js';
import { clientConfiguration } from './client-configuration.js';
import { consent } from './consent.js';
import { introspect } from './introspect.js';
import { jwks } from './jwks.js';
import { login } from './login.js';
import { logo } from './logo.js';
import { metadata } from './metadata.js';
import { passkeys } from './passkeys.js';
import { protectedResource } from './protected-resource.js';
import { register } from './register.js';
import { revoke } from './revoke.js';
import { signOut } from './sign-out.js';
import { step } from './step.js';
import { token } from './token.js';
import { userinfo } from './userinfo.js';

export const endpoints: readonly Endpoint[] = [
  authorize,
  login,
  step,
  account,
  consent,
  apps,
  passkeys,
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
  logo,
  ...assets,
];
