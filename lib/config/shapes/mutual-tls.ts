/** The option `mtls`. RFC 8705. */
import { z } from 'zod';
import { mustBe, says } from '../../clients/members.js';
import { isHttpsOrLoopback } from '../../http/url.js';
import { anObject } from '../values.js';

export const mtls = anObject("Write { header: 'X-SSL-Client-Cert', verified: 'X-SSL-Client-Verify' }, for example.").optional();

const headerName = z
  .string(mustBe('a string', "Write the name of a header, as 'X-SSL-Client-Cert'."))
  .refine((name) => /^[\w!#$%&'*+.^`|~-]+$/.test(name), says('It is no name of a header.', "Write one, as 'X-SSL-Client-Cert'."))
  .transform((name) => name.toLowerCase());

export const mtlsShape = {
  header: headerName.optional(),
  verified: z
    .union([z.boolean(), headerName], {
      error: () =>
        "It is neither true nor the name of a header.\nWrite the header in which the proxy says SUCCESS, as 'X-SSL-Client-Verify'.",
    })
    .optional(),
  origin: z
    .string(mustBe('a string', "Write an origin, as 'https://mtls.app.example.com'."))
    .refine(
      (url) => isHttpsOrLoopback(url) && new URL(url).origin === url,
      says('It is not an https URL without a path.', "Write an origin, as 'https://mtls.app.example.com'."),
    )
    .optional(),
};
