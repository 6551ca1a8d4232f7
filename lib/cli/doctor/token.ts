/** The token endpoint, asked by a client that nobody knows: the right refusal shows that bodies arrive, and that errors do. RFC 6749 section 5.2. */
import { type Ask, asJson, headerOf, type Members } from './ask.js';
import { bad, type Finding, good } from './finding.js';

const about = 'token endpoint';

export async function examineToken({ token_endpoint }: Members, ask: Ask): Promise<readonly Finding[]> {
  const body = new URLSearchParams({ grant_type: 'authorization_code', code: 'doctor', client_id: 'doctor', client_secret: 'doctor' });
  const answer = await ask(String(token_endpoint), { method: 'POST', body });
  if (answer instanceof Error) {
    return [bad(about, answer.message, 'Does a middleware before the router read the body, and leave nothing of it? Mount it behind.')];
  }
  const error = asJson(answer)?.error;
  if (answer.status !== 401 || error !== 'invalid_client') {
    const seen = `It answers an unknown client with ${answer.status} ${String(error ?? 'and no error of OAuth')}.`;
    return [
      bad(about, seen, 'Something answers in its place, or has read the body before: look at proxies, body parsers and error handlers.'),
    ];
  }
  if (!headerOf(answer, 'cache-control').includes('no-store')) {
    return [bad(about, 'Its answers may be stored.', 'Keep Cache-Control: no-store as it is: does a proxy take it away?')];
  }
  return [good(about, 'refuses as it should')];
}
