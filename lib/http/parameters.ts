/** Request parameters, in a query or a form. RFC 6749 sections 3.1 and 3.2, appendix B. */
import { OAuthError } from '../errors.js';

const maxLength = 16_384; // characters

/**
 * Parameters by name. Unknown ones are nobody's business; an empty one counts as absent; one that is read by `get` must not
 * stand there twice; each is UTF-8, and has neither control characters nor more than 16 384 characters.
 */
export class Parameters {
  static readonly none = new Parameters([]);
  readonly #values = new Map<string, string[]>();

  constructor(entries: Iterable<readonly [string, string]>) {
    for (const [name, value] of entries) {
      if (value === '') continue;
      const values = this.#values.get(name);
      if (values) values.push(value);
      else this.#values.set(name, [value]);
    }
  }

  /** @throws OAuthError `invalid_request`, if the parameter is repeated or malformed */
  get(name: string): string | undefined {
    const value = this.verbatim(name);
    return value === undefined ? undefined : readable(name, value);
  }

  /** Like `get`, for what may be anything: it is only held against what is known, and given back to no one. */
  verbatim(name: string): string | undefined {
    const values = this.#values.get(name);
    if (values && values.length > 1) throw new OAuthError('invalid_request', `The parameter ${name} must not be repeated.`);
    return values?.[0];
  }

  /** Like `get`, for a parameter that the request cannot do without. */
  need(name: string): string {
    return needed(name, this.get(name));
  }

  /** Like `verbatim`, for a parameter that the request cannot do without. */
  needVerbatim(name: string): string {
    return needed(name, this.verbatim(name));
  }

  /** Every value of a parameter that may be repeated, each once. */
  all(name: string): readonly string[] {
    return [...new Set(this.#values.get(name) ?? [])].map((value) => readable(name, value));
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
}

function needed(name: string, value: string | undefined): string {
  if (value === undefined) throw new OAuthError('invalid_request', `The parameter ${name} is missing.`);
  return value;
}

function readable(name: string, value: string): string {
  if (value.length > maxLength) throw new OAuthError('invalid_request', `The parameter ${name} is too long.`);
  // U+FFFD is what became of bytes that are not UTF-8; such a value could not be given back as it was.
  if (/[\x00-\x1f\x7f\ufffd]/.test(value))
    throw new OAuthError('invalid_request', `The parameter ${name} has control characters, or is not UTF-8.`);
  return value;
}
