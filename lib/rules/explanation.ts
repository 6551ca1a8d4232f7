/** A refusal as the developer of the client needs it: what was asked for, what would have fitted, and what comes nearest. RFC 6749 section 5.2. */
import type { Mismatch, OAuthError, WireError } from '../errors.js';
import { withoutSecrets } from '../http/without-secrets.js';
import type { Explanation } from '../model/events.js';
import { nearest } from '../nearest.js';

const longest = 200; // characters
const most = 50;

/** Composed only where somebody will read it: in development, or where somebody listens. What is compared is never told as it was sent. */
export function explain({ what, asked, fitting, source }: Mismatch): Explanation {
  const meant = nearest(asked, fitting) ?? nearestAddress(asked, fitting) ?? nearestWords(asked, fitting);
  const difference = meant && differenceOf(asked, meant);
  return {
    what,
    asked: shortened(withoutSecrets(asked)),
    fitting: fitting.slice(0, most),
    source,
    ...(meant !== undefined && { nearest: meant }),
    ...(difference !== undefined && { difference }),
  };
}

/** Of a URI with all that came to it, as in `redirect_uri: window.location.href`, the nearest to what is before the query. */
function nearestAddress(asked: string, fitting: readonly string[]): string | undefined {
  const [address = ''] = asked.split(/[?#]/, 1);
  return address.length < asked.length ? nearest(address, fitting) : undefined;
}

/** Of a list such as a scope, the nearest to each of its words. */
function nearestWords(asked: string, fitting: readonly string[]): string | undefined {
  if (asked.length > longest || !asked.includes(' ')) return undefined;
  const meant = asked.split(' ').flatMap((word) => nearest(word, fitting) ?? []);
  return meant.length > 0 ? [...new Set(meant)].join(' ') : undefined;
}

/** What may differ in two URIs, as developers call it. */
const differences: readonly { readonly name: string; differs(one: URL, other: URL): boolean }[] = [
  { name: 'the scheme', differs: (one, other) => one.protocol !== other.protocol },
  { name: 'the host', differs: (one, other) => one.hostname !== other.hostname },
  { name: 'the port', differs: (one, other) => one.port !== other.port },
  { name: 'the path', differs: (one, other) => bareOf(one).toLowerCase() !== bareOf(other).toLowerCase() },
  {
    name: 'upper and lower case in the path',
    differs: (one, other) => bareOf(one) !== bareOf(other) && bareOf(one).toLowerCase() === bareOf(other).toLowerCase(),
  },
  { name: 'the slash at the end of the path', differs: (one, other) => one.pathname.endsWith('/') !== other.pathname.endsWith('/') },
  { name: 'the query', differs: (one, other) => one.search !== other.search },
  { name: 'the fragment', differs: (one, other) => one.hash !== other.hash },
];

function bareOf({ pathname }: URL): string {
  return pathname.replace(/\/$/, '');
}

/** Wherein two URIs differ; nothing, if they are no URIs. */
function differenceOf(asked: string, meant: string): string | undefined {
  const areUris = [asked, meant].every((text) => /^[a-z][a-z0-9+.-]*:\//i.test(text) && URL.canParse(text));
  if (!areUris) return undefined;
  const [one, other] = [new URL(asked), new URL(meant)];
  const names = differences.filter(({ differs }) => differs(one, other)).map(({ name }) => name);
  // What a parser takes for the same: the slash after a host, a port that goes without saying, capital letters in the host.
  return names.join(', ') || 'the way it is written, though it means the same';
}

/** Members of the error as they are sent: to developers with all that helps them, in production without. */
export function toWire(error: OAuthError, { development }: { readonly development: boolean }): WireError {
  return error.toParameters(development ? noteOf(error) : undefined);
}

/** What an event says of a refusal, whoever else is told. */
export function refusalOf(error: OAuthError): {
  readonly error: string;
  readonly description: string;
  readonly explanation?: Explanation;
} {
  return {
    error: error.code,
    description: error.toParameters(noteOf(error)).error_description,
    ...(error.mismatch && { explanation: explain(error.mismatch) }),
  };
}

const introductions: Readonly<Record<Explanation['source'], string>> = {
  registered: 'Registered',
  document: 'The document has',
  known: 'Known are',
  'earlier request': 'The earlier request had',
};

/** In sentences, the most helpful first: what gets too long is cut. */
function noteOf({ detail, mismatch, reason }: OAuthError): string {
  return [detail, mismatch && inWords(explain(mismatch)), reason && `Reason: ${reason}.`].filter(Boolean).join(' ');
}

function inWords({ asked, fitting, source, nearest: meant, difference }: Explanation): string {
  const differs = difference === undefined ? '' : `, which differs in ${difference}`;
  return [
    `Asked for: ${asked}.`,
    ...(meant === undefined ? [] : [`Nearest: ${meant}${differs}.`]),
    `${introductions[source]}: ${fitting.join(', ') || 'none'}.`,
  ].join(' ');
}

function shortened(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
