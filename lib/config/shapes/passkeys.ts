/** The option `passkeys`. WebAuthn Level 3. */
import { z } from 'zod';
import { isObject, mustBe, says } from '../../clients/members.js';
import type { MayEnrol, PasskeyStore } from '../../model/passkey.js';
import { objectWith } from '../values.js';

export const passkeys = z
  .custom<boolean | Readonly<Record<string, unknown>>>(
    (value) => typeof value === 'boolean' || isObject(value),
    mustBe('true, false or an object', 'Write true, or { acr }, for example.'),
  )
  .optional();

export const passkeyStoreMethods = ['find', 'list', 'add', 'update', 'remove'] as const;

export const passkeysShape = {
  store: objectWith<PasskeyStore>(passkeyStoreMethods, 'Give an object with all methods of the interface PasskeyStore.').optional(),
  rpId: z.string(mustBe('a string', "Write a domain, as 'example.com'; or leave it out.")).optional(),
  acr: z
    .string(mustBe('a string', 'Write an authentication context class, or leave it out.'))
    .refine((acr) => /^\S{1,255}$/.test(acr), says('It is empty, too long, or has spaces.', 'Write one word, or leave it out.'))
    .optional(),
  offer: z.boolean(mustBe('true or false', 'Write false to offer nobody a passkey.')).default(true),
  mayEnrol: z.custom<MayEnrol>((value) => typeof value === 'function', says('It is not a function.', 'Give a function.')).optional(),
};
