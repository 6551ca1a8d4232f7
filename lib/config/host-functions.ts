/** The host's functions that a request waits for: each has to answer in time. Wrapped last, so that options stay as they were given. */
import type { Passkeys, Settings } from '../contracts.js';
import { patient } from '../rules/patience.js';
import { passkeyStoreMethods } from './shapes/passkeys.js';
import { registrationShape } from './shapes/registration.js';
import { stepShape, usersShape } from './shapes/users.js';

export function withPatience(settings: Settings): Settings {
  const { users, passkeys, registration, trustedIssuers } = settings;
  return {
    ...settings,
    users: usersInTime(users),
    trustedIssuers: trustedIssuers.map((issuer, i) => ({ ...issuer, ...patient(issuer, ['user', 'subjects'], `trustedIssuers[${i}]`) })),
    ...(passkeys && { passkeys: passkeysInTime(passkeys) }),
    ...(registration && { registration: { ...registration, ...patient(registration, Object.keys(registrationShape), 'registration') } }),
  };
}

function passkeysInTime(passkeys: Passkeys): Passkeys {
  const { store } = passkeys;
  return {
    ...passkeys,
    ...patient(passkeys, ['mayEnrol'], 'passkeys'),
    ...(store && { store: patient(store, passkeyStoreMethods, 'passkeys.store') }),
  };
}

function usersInTime(users: Settings['users']): Settings['users'] {
  const inTime = patient(users, Object.keys(usersShape), 'users');
  const steps = users.steps?.map((step, i) => patient(step, Object.keys(stepShape), `users.steps[${i}]`));
  return { ...inTime, ...(steps && { steps }) } as Settings['users'];
}
