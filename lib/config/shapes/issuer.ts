/** The options `issuer` and `basePath`: where this server is. */
import { z } from 'zod';
import { last, mustBe, says } from '../../clients/members.js';
import { isHttpsOrLoopback } from '../../http/url.js';
import { defaults } from '../defaults.js';

export const issuer = z
  .string(mustBe('a string', 'Write the https URL of this server, as https://app.example.com.'))
  .refine((url) => !/\/\/[^/?#]*@/.test(url), last('It has a user name or password.', 'Leave out all up to the @.'))
  .refine(isHttpsOrLoopback, last('It is not an https URL.', 'Write one, as https://app.example.com; http will do on localhost.'))
  .refine((url) => !/[?#]/.test(url), last('It has a query or a fragment.', 'Leave out all from ? or # on (RFC 8414 section 2).'))
  .refine((url) => !url.endsWith('/'), last('It ends with a slash.', 'Leave it out: clients compare the issuer byte for byte.'))
  .refine(isPathAsSent, last('Browsers would write its path otherwise.', 'Write it without . and .., and percent-encode what must be.'));

/** Whether requests will have the path of `url` just as it stands there. */
function isPathAsSent(url: string): boolean {
  const [, path] = /^https?:\/\/[^/]+(.*)$/.exec(url) ?? [];
  return (path || '/') === new URL(url).pathname;
}

export const basePath = z
  .string(mustBe('a string', "Write a path, as '/oauth'."))
  .refine(
    (path) => /^(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/.test(path),
    says('It is not a plain path.', "Begin with a slash and end without one, as '/oauth'; '' puts the endpoints right below the issuer."),
  )
  .default(defaults.basePath);
