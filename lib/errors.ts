/** The errors that travel over the wire, and the two that do not. RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1. */
import type { ErrorKind } from './languages/language.js';

/** Every wire code that this server can answer with, and the HTTP status it has where nothing else is said. */
export const errorStatus = {
  // RFC 6749
  access_denied: 403,
  invalid_client: 401,
  invalid_grant: 400,
  invalid_request: 400,
  invalid_scope: 400,
  server_error: 500,
  temporarily_unavailable: 503,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  // OpenID Connect Core section 3.1.2.6
  account_selection_required: 400,
  consent_required: 400,
  interaction_required: 400,
  login_required: 400,
  unmet_authentication_requirements: 403,
  invalid_request_object: 400,
  invalid_request_uri: 400,
  // RFC 7591
  invalid_client_metadata: 400,
  invalid_redirect_uri: 400,
  invalid_software_statement: 400,
  unapproved_software_statement: 400,
  // RFC 8707
  invalid_target: 400,
  // RFC 6750
  insufficient_scope: 403,
  invalid_token: 401,
  // RFC 9470
  insufficient_user_authentication: 401,
} as const;

export type ErrorCode = keyof typeof errorStatus;

export interface OAuthErrorDetails {
  /** The HTTP status, where it is not the usual one of the code. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What went wrong inside; logged, never sent. */
  readonly cause?: unknown;
  /** A further sentence for the developer of the client: sent in development only; events always have it. Never a secret. */
  readonly detail?: string;
  /** What was asked for and does not fit: told like `detail`. */
  readonly mismatch?: Mismatch;
  /** What a user is told who meets it on a page; left out: what its code suggests. */
  readonly kind?: ErrorKind;
  /** A word that stays the same from release to release, such as `secret_wrong`: told like `detail`. */
  readonly reason?: string;
}

/** What was asked for, and what would have fitted. */
export interface Mismatch {
  /** The parameter, or what else it is about. */
  readonly what: string;
  readonly asked: string;
  readonly fitting: readonly string[];
  /** Why those fit: the client has registered them, its document has them, this server knows them, or an earlier request had them. */
  readonly source: 'registered' | 'document' | 'known' | 'earlier request';
}

/** An error as it is sent, in JSON or in a redirect. */
export interface WireError {
  error: ErrorCode;
  error_description: string;
}

/**
 * A refusal. `message` is a sentence for the developer of the client, and is sent as `error_description`.
 *
 * @example
 * ```ts
 * throw new OAuthError('invalid_grant', 'The link was used before, or has expired.');
 * ```
 * @see RFC 6749 section 5.2
 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: string | undefined;
  readonly mismatch: Mismatch | undefined;
  readonly kind: ErrorKind | undefined;
  readonly reason: string | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { status = errorStatus[code], headers = {}, cause, detail, mismatch, kind, reason }: OAuthErrorDetails = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.headers = headers;
    this.detail = detail;
    this.mismatch = mismatch;
    this.kind = kind;
    this.reason = reason;
  }

  /**
   * The members of the error as they are sent, in JSON or in a redirect.
   *
   * @param note - what else the developer of the client is told
   */
  toParameters(note = ''): WireError {
    return { error: this.code, error_description: printable(note === '' ? this.message : `${this.message} ${note}`) };
  }
}

/** The characters that RFC 6749 section 5.2 allows in error_description: ASCII without quote and backslash. */
function printable(text: string): string {
  return text
    .replaceAll('…', '...')
    .slice(0, 500)
    .replaceAll('"', "'")
    .replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}

/**
 * The store did not answer in time; a write may or may not have taken place. Whoever reads again knows. What a store of your own throws.
 *
 * @example
 * ```ts
 * throw new StoreUnavailable('The database could not answer.', { cause });
 * ```
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** One mistake in the options: where it is, what is wrong, and what to write instead. */
export interface ConfigurationProblem {
  /** The option's path, as one would write it: `clients[0].redirect_uris[1]`. */
  readonly path: string;
  /** What is wrong. Never shows a secret. */
  readonly problem: string;
  /** What to write instead. */
  readonly cure: string;
}

/**
 * All the mistakes in the options at once. Thrown by `oauthRouter`, `protectApi` and `protect`, never by a request.
 *
 * @example
 * ```ts
 * try {
 *   app.use(oauthRouter(options));
 * } catch (error) {
 *   if (error instanceof ConfigurationError) for (const { path, cure } of error.problems) console.error(path, cure);
 *   throw error;
 * }
 * ```
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** @param caller - whose options they are, for the message */
  constructor(
    readonly problems: readonly ConfigurationProblem[],
    caller = 'oauthRouter',
  ) {
    const lines = problems.map(({ path, problem, cure }) => `  ${path}: ${problem} ${cure}`);
    super(`${caller} cannot start, ${problems.length} option${problems.length === 1 ? ' is' : 's are'} wrong:\n${lines.join('\n')}`);
  }
}

/** What nobody foresaw is logged, and told to no one. */
export function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown;
  if (thrown instanceof StoreUnavailable) {
    return new OAuthError('temporarily_unavailable', 'The service is busy and will be back soon. Please try again.', {
      headers: { 'Retry-After': '5' },
      cause: thrown,
    });
  }
  return new OAuthError('server_error', 'The server made a mistake. It has been logged.', { cause: thrown });
}
