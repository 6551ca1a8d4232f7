/** Request parameters, in a query or a form. RFC 6749 sections 3.1 and 3.2, appendix B. */
import { OAuthError } from '../errors.js';

const maxLength = 16_384; // characters

/**
 * Parameters by name. Unknown ones are nobody's business; an empty one counts as absent; one that is read must not stand
 * there twice, is UTF-8, and has neither control characters nor more than 16 384 characters.
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
    const values = this.#values.get(name);
    if (!values) return undefined;
    if (values.length > 1) throw new OAuthError('invalid_request', `The parameter ${name} must not be repeated.`);
    return readable(name, values[0] as string);
  }

  /** Like `get`, for a parameter that the request cannot do without. */
  need(name: string): string {
    const value = this.get(name);
    if (value === undefined) throw new OAuthError('invalid_request', `The parameter ${name} is missing.`);
    return value;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }
}

function readable(name: string, value: string): string {
  if (value.length > maxLength) throw new OAuthError('invalid_request', `The parameter ${name} is too long.`);
  // U+FFFD is what became of bytes that are not UTF-8; such a value could not be given back as it was.
  if (/[\x00-\x1f\x7f\ufffd]/.test(value))
    throw new OAuthError('invalid_request', `The parameter ${name} has control characters, or is not UTF-8.`);
  return value;
}
