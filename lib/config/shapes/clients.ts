/** The options `clients`, `findClient` and `metadataDocuments`: who may call. RFC 7591 section 2. */
import { z } from 'zod';
import { mustBe } from '../../clients/members.js';
import type { FindClient } from '../options/clients.js';
import { anObject } from '../values.js';

export const clients = z.custom<readonly unknown[] | FindClient>(
  (value) => Array.isArray(value) || typeof value === 'function',
  mustBe('a list', 'Write [{ client_id, client_secret, redirect_uris }], or a function that finds a client.'),
);

export const findClient = z
  .custom<FindClient>((value) => typeof value === 'function', mustBe('a function', 'Write (client_id) => db.clients.get(client_id).'))
  .optional();

export const metadataDocuments = z.boolean(mustBe('true or false', 'Write true, or leave it out.')).default(false);

/** What the host alone says of a client. */
export const hostsClientShape = {
  firstParty: z.boolean(mustBe('true or false', 'Write true for a client of your own.')).default(false),
  verified: z.boolean(mustBe('true or false', 'Write true for a client that you have looked at.')).optional(),
  brand: anObject('Write { name, logo, color }.').optional(),
  introspects: z
    .array(z.string(mustBe('a string', 'Write the identifier of an API.')), mustBe('a list', 'Put it into brackets: [ … ].'))
    .optional(),
  pkce: z.boolean(mustBe('true or false', 'Leave it out; false frees a confidential client from PKCE.')).default(true),
};
