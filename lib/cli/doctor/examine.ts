/** Asks a running server all that clients would, and says what they would stumble over. RFC 8414, RFC 9700, RFC 9728. */
import { isHttpsOrLoopback } from '../../http/url.js';
import { type Ask, askWithin } from './ask.js';
import { examineCors } from './cors.js';
import { examineEndpoints, examineKeys, findMissing } from './endpoints.js';
import { bad, type Finding, good, warning } from './finding.js';
import { type Document, examineMetadata } from './metadata.js';
import { examineResource } from './resource.js';
import { examineScreens } from './screens.js';
import { examineTls } from './tls.js';
import { examineToken } from './token.js';

/** In milliseconds: of each request, and of all together. */
export interface Patience {
  readonly each: number;
  readonly all: number;
}

const usual: Patience = { each: 5_000, all: 20_000 };

export async function examine(issuer: string, resource?: string, { each, all }: Patience = usual): Promise<readonly Finding[]> {
  const ask = askWithin(AbortSignal.timeout(all), each);
  const [{ document, findings }, tls, api] = await Promise.all([
    examineMetadata(issuer, ask),
    examineTls(issuer, each),
    resource === undefined ? [] : examineResource(issuer, resource, ask),
  ]);
  const rest = document ? await examineServer(issuer, document, ask) : [];
  return [examineIssuer(issuer), ...findings, ...rest, ...tls, ...api];
}

async function examineServer(issuer: string, document: Document, ask: Ask): Promise<readonly Finding[]> {
  const { members } = document;
  const missing = findMissing(members);
  if (missing) return [missing];
  const parts = [examineKeys(members, ask), examineCors(document, ask), examineToken(members, ask), examineScreens(members, ask)];
  return [...examineEndpoints(issuer, members), ...(await Promise.all(parts)).flat()];
}

function examineIssuer(issuer: string): Finding {
  const about = 'issuer';
  if (issuer.endsWith('/')) return bad(about, 'It ends with a slash.', 'Clients compare it byte for byte: write it without.');
  if (/[?#]/.test(issuer)) return bad(about, 'It has a query or a fragment.', 'Leave out all from ? or # on (RFC 8414 section 2).');
  if (!isHttpsOrLoopback(issuer)) return bad(about, 'It is not https.', 'Serve it by https: clients refuse anything else.');
  return issuer.startsWith('https:') ? good(about, issuer) : warning(about, `${issuer} is for development.`, 'Elsewhere it must be https.');
}
