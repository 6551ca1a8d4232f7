/** The metadata documents, at each place where some client looks. RFC 8414 section 3, OpenID Connect Discovery section 4. */
import { systemClock } from '../../platform/clock.js';
import { type Answer, type Ask, asJson, type Members } from './ask.js';
import { bad, type Finding, good, warning } from './finding.js';

export interface Document {
  readonly url: string;
  readonly members: Members;
}

export interface Metadata {
  /** Of the issuer, or at least of a server that answers in its place; absent: there is none. */
  readonly document?: Document;
  readonly findings: readonly Finding[];
}

export async function examineMetadata(issuer: string, ask: Ask): Promise<Metadata> {
  const read = await Promise.all(documentsOf(issuer).map((url) => readDocument(url, issuer, ask)));
  const documents = read.flatMap(({ document }) => document ?? []);
  const document = documents.find(({ members }) => members.issuer === issuer) ?? documents[0];
  return { ...(document && { document }), findings: [...read.flatMap(({ findings }) => findings), ...clockOf(read)] };
}

function documentsOf(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const names = ['oauth-authorization-server', 'openid-configuration'];
  return [...new Set(names.flatMap((name) => [`${origin}/.well-known/${name}${path}`, `${origin}${path}/.well-known/${name}`]))];
}

type Read = Metadata & { readonly answer?: Answer };

async function readDocument(url: string, issuer: string, ask: Ask): Promise<Read> {
  const about = `metadata at ${url}`;
  const answer = await ask(url);
  if (answer instanceof Error) return { findings: [bad(about, answer.message, 'Is the server running, and can it be reached from here?')] };
  if (answer.status !== 200) {
    const cure =
      'Mount the router at the root of the app; or add app.use(oauth.wellKnown(prefix)) there. A proxy must pass /.well-known/ on.';
    return { answer, findings: [bad(about, `The status is ${answer.status}.`, cure)] };
  }
  const members = asJson(answer);
  if (!members) return { answer, findings: [bad(about, 'It is no JSON object.', 'Something else answers at this path: move it away.')] };
  if (members.issuer === issuer) return { answer, document: { url, members }, findings: [good(about, 'found')] };
  const cure = 'Clients compare byte for byte: set the option issuer to what clients are told, or tell them this.';
  return { answer, document: { url, members }, findings: [bad(about, `It names the issuer ${String(members.issuer)}.`, cure)] };
}

/** Many refuse tokens with a time in the future. */
function clockOf(read: readonly Read[]): readonly Finding[] {
  const answer = read.find(({ answer }) => answer)?.answer;
  if (!answer) return [];
  const about = 'clock';
  const skew = Math.round(Date.parse(answer.headers.get('date') ?? '') / 1000 - systemClock());
  if (Number.isNaN(skew)) {
    return [warning(about, 'The answers have no Date.', 'Let the proxy pass it on, so that clients can tell whether clocks differ.')];
  }
  if (Math.abs(skew) <= 5) return [good(about, 'the same as here')];
  const seen = `It is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} this machine.`;
  return [warning(about, seen, 'Set the one that is wrong by NTP: tokens are refused whose time has not come.')];
}
