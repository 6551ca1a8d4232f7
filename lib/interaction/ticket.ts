/** What waits for its user, sealed and carried by the browser: a checked authorization request, or a page of ours. */
import { createHash } from 'node:crypto';
import type { Parameters, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { AuthorizationRequest } from '../model/authorization.js';
import { copyOf } from '../platform/copy.js';
import { oncePer } from '../platform/made-once.js';
import { recentlyUsed } from '../platform/recently-used.js';

type Parts = Pick<Server, 'secrets' | 'store' | 'clock' | 'settings'>;

/** The pages of ours that a user may have to sign in for, each with its path. */
export const ownPages = { apps: '/apps', passkeys: '/passkeys' } as const;
export type OwnPage = keyof typeof ownPages;

/** What happened to the request on its way. */
export interface Marks {
  /** On a consent page: whom it was shown to. */
  readonly sub?: string;
  /** On a consent page: what the client was, of which it told. */
  readonly revision?: string;
  /** On a consent page: that this user had agreed to nothing for the client yet, so that there was nothing to be read anew. */
  readonly isFirst?: true;
  /** On a page that asks for the account: who was offered. Never `sub`: such a page is no consent. */
  readonly offered?: string;
  /** Whom the user has chosen to go on as. */
  readonly chosen?: string;
  /** Where the request came in, so that `resume` finds the way back. */
  readonly basePath?: string;
  /** Who logged in at the host, and when. */
  readonly authenticated?: { readonly sub: string; readonly at: number };
}

export type Ticket = RequestTicket | PageTicket;

export interface RequestTicket extends Marks {
  readonly request: AuthorizationRequest;
  readonly expired: boolean;
}

/** Never expires: who has signed in may see the page, and nobody else waits for that. */
export interface PageTicket extends Marks {
  readonly page: OwnPage;
}

/** What is sealed: the request itself, or the name under which it is parked; or that of a page. */
export type Sealed = Marks &
  ({ readonly request: AuthorizationRequest | { readonly parked: string }; readonly expires_at: number } | { readonly page: OwnPage });

/** Servers and browsers handle URLs up to 8 000 characters well; sealing makes four out of three. */
const longestCarried = 3_000; // bytes

/** When a ticket has expired, it still leads back to its client. */
const parkedLonger = 86_400; // seconds

export async function sealTicket(request: AuthorizationRequest, server: Parts, marks: Marks = {}): Promise<string> {
  const { secrets, clock, settings } = server;
  const carried = Buffer.byteLength(JSON.stringify(request)) > longestCarried ? { parked: await park(request, server) } : request;
  const sealed: Sealed = { ...marks, request: carried, expires_at: clock() + settings.lifetimes.ticket };
  return seal(sealed, secrets);
}

/** A ticket that leads to a page of ours. */
export async function sealPageTicket(page: OwnPage, { secrets }: Pick<Parts, 'secrets'>, marks: Marks = {}): Promise<string> {
  return seal({ ...marks, page }, secrets);
}

/** The ticket of a form or a link. One that has expired is still told apart from one that was never ours. */
export async function needTicket(form: Parameters, { secrets, store, clock }: Parts): Promise<Ticket> {
  const text = form.get('ticket');
  if (text === undefined) {
    throw new OAuthError(
      'invalid_request',
      'This page belongs to a sign-in that an app begins. Please go to the app and start from there.',
      { kind: 'start' },
    );
  }
  const sealed = await openTicket(text, { secrets });
  if (!sealed)
    throw new OAuthError('invalid_request', 'The link to this page is damaged. Please go back to the app and start again.', {
      kind: 'damaged',
    });
  if ('page' in sealed) return sealed;
  const { request: carried, expires_at, ...marks } = sealed;
  const request = 'parked' in carried ? (await store.get<AuthorizationRequest>(keyOf(carried.parked)))?.value : carried;
  if (!request)
    throw new OAuthError('invalid_request', 'This page was open for too long. Please go back to the app and start again.', {
      kind: 'tooOld',
    });
  return { ...marks, request, expired: expires_at <= clock() };
}

/**
 * What is sealed in a text never changes, so the last few need not be opened where they were sealed, nor opened twice where another process
 * did that: 8 % of the CPU time of a sign-in where one process serves all of it. What may have changed meanwhile is looked up after this,
 * each time. Each opening gives a copy of its own: the host is handed parts of it, and may write to them.
 */
const knownLately = oncePer((_owner: Parts['secrets']) => recentlyUsed<Sealed>(500));

async function seal(content: Sealed, secrets: Parts['secrets']): Promise<string> {
  const text = await secrets.seal('ticket', content);
  knownLately(secrets).set(text, JSON.parse(JSON.stringify(content))); // as whoever opens it finds it
  return text;
}

/** What a ticket carries, whatever became of that; `undefined` if it is not ours. */
export async function openTicket(text: string, { secrets }: Pick<Parts, 'secrets'>): Promise<Sealed | undefined> {
  const known = knownLately(secrets).get(text);
  if (known) return copyOf(known);
  const sealed = (await secrets.open('ticket', text)) as Sealed | undefined;
  if (sealed) knownLately(secrets).set(text, copyOf(sealed));
  return sealed;
}

/** The host says that the user has just logged in. Gives the ticket that goes on, and who waits. */
export async function markAuthenticated(sealed: Sealed, sub: string | undefined, { secrets, clock }: Pick<Parts, 'secrets' | 'clock'>) {
  const marked: Sealed = { ...sealed, ...(sub !== undefined && { authenticated: { sub, at: clock() } }) };
  return { ticket: await seal(marked, secrets), client_id: clientOf(sealed) };
}

/** Who waits, where the ticket itself says it. */
function clientOf(sealed: Sealed): string | undefined {
  return 'page' in sealed || 'parked' in sealed.request ? undefined : sealed.request.client_id;
}

/**
 * A request too long for a URL stays here; the browser carries its name. The same request always has the same name, which nobody else
 * can make: so a page that is shown a hundred times keeps one copy.
 */
async function park(request: AuthorizationRequest, { store, secrets, settings }: Parts): Promise<string> {
  const name = secrets.mac('parked request', JSON.stringify(request));
  await store.put(keyOf(name), request, settings.lifetimes.ticket + parkedLonger);
  return name;
}

function keyOf(name: string): string {
  return `parked:${createHash('sha256').update(name).digest('base64url')}`;
}
