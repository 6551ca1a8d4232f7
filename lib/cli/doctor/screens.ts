/** The screens. The error page is one of them, and needs no client. RFC 9700 sections 4.2.4 and 4.16. */
import { type Ask, headerOf, type Members } from './ask.js';
import { bad, type Finding, good, warning } from './finding.js';

export async function examineScreens({ authorization_endpoint }: Members, ask: Ask): Promise<readonly Finding[]> {
  const about = 'screens';
  const url = String(authorization_endpoint);
  const answer = await ask(url);
  if (answer instanceof Error) return [bad(about, answer.message, 'Users cannot sign in: can the server be reached from here?')];
  if (!headerOf(answer, 'content-type').startsWith('text/html')) {
    const seen = `The authorization endpoint answers ${answer.status} without a page.`;
    return [bad(about, seen, 'Does another route, or a proxy, answer there? Move the router before it.')];
  }
  return [
    examinePolicy(headerOf(answer, 'content-security-policy')),
    headerOf(answer, 'referrer-policy') === 'no-referrer'
      ? good('addresses', 'not told to other sites')
      : bad(
          'addresses',
          'Links tell other sites the addresses of screens.',
          'Keep Referrer-Policy: no-referrer as it is: does a proxy set its own?',
        ),
    examineCookies(answer.headers.getSetCookie(), url.startsWith('https:')),
  ];
}

/** `form-action` holds for the whole chain of redirects behind a form in Chrome: the way back to the client. */
function examinePolicy(policy: string): Finding {
  const about = 'Content-Security-Policy';
  const cure = 'Let the one of the screens through: does a proxy, or a middleware behind the router, set its own?';
  if (!policy.includes("frame-ancestors 'none'")) return bad(about, 'Other pages may put the screens into a frame.', cure);
  if (policy.includes('form-action')) return bad(about, 'Its form-action keeps users from getting back to clients.', cure);
  if (!policy.includes("default-src 'none'")) return bad(about, 'It is not the one of the screens.', cure);
  return good(about, 'their own');
}

/** Whosever it is: a cookie that scripts or other sites can use. RFC 6265bis section 4.1.2. */
function examineCookies(cookies: readonly string[], isSecure: boolean): Finding {
  const flags = ['HttpOnly', 'SameSite', ...(isSecure ? ['Secure'] : [])];
  const lacking = cookies.flatMap((cookie) => {
    const missing = flags.filter((flag) => !new RegExp(`;\\s*${flag}\\b`, 'i').test(cookie));
    return missing.length === 0 ? [] : [`${cookie.split('=', 1)[0]} lacks ${missing.join(', ')}`];
  });
  if (lacking.length === 0) return good('cookies', `none without ${flags.join(', ')}`);
  return warning(
    'cookies',
    `${lacking.join('; ')}.`,
    'If it is the session of your app, set what it lacks; a proxy must not take it away.',
  );
}
