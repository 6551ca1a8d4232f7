/** Single-page apps and tools in browsers call from another origin; and no page may read a screen. RFC 9700 section 2.6. */
import { type Answer, type Ask, headerOf, somePage } from './ask.js';
import { bad, type Finding, good } from './finding.js';
import type { Document } from './metadata.js';

export async function examineCors({ url, members }: Document, ask: Ask): Promise<readonly Finding[]> {
  const { token_endpoint, jwks_uri, authorization_endpoint } = members;
  const headers = { Origin: somePage };
  const asking = { ...headers, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' };
  const [preflight, ...readable] = await Promise.all([
    ask(String(token_endpoint), { method: 'OPTIONS', headers: asking }),
    ask(String(token_endpoint), { method: 'POST', headers, body: new URLSearchParams() }),
    ask(String(jwks_uri), { headers }),
    ask(url, { headers }),
  ]);
  const screen = await ask(String(authorization_endpoint), { headers });
  const closed = [
    ...(lets(preflight) && asksForAuthorization(preflight) ? [] : ['ask the token endpoint whether they may']),
    ...['read its answers', 'read the keys', 'read the metadata'].filter((_, i) => !lets(readable[i] as Answer | Error)),
  ];
  return [
    closed.length === 0
      ? good('CORS', 'apps in browsers may call')
      : bad(
          'CORS',
          `Apps in browsers cannot ${closed.join(', ')}.`,
          'Let OPTIONS and the headers Access-Control-… through: does a proxy or a cors middleware answer in their place?',
        ),
    lets(screen)
      ? bad(
          'CORS on the screens',
          'Any page may read them.',
          'Take the authorization endpoint out of what a proxy or a cors middleware lets everybody read.',
        )
      : good('CORS on the screens', 'none'),
  ];
}

function lets(answer: Answer | Error): boolean {
  return !(answer instanceof Error) && ['*', somePage].includes(headerOf(answer, 'access-control-allow-origin'));
}

/** A star does not stand for Authorization. Fetch Standard section 4.9. */
function asksForAuthorization(answer: Answer | Error): boolean {
  return !(answer instanceof Error) && answer.status < 300 && headerOf(answer, 'access-control-allow-headers').includes('authorization');
}
