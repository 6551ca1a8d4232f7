/**
 * What a request said, fit to be told again: in events, logs and `error_description`. Developers send live codes, tokens and secrets where
 * something else belongs, most of all the whole address of their page as `redirect_uri`. RFC 9700 section 4.2 for where they end up.
 */

const withheld = '…';

/** Names of parameters stay, their values go, and so does each word that may be a secret. In linear time: a text may be long. */
export function withoutSecrets(text: string): string {
  return withoutValues(text).replace(/[\w.+-]+/g, (word) => (mayBeSecret(word) ? withheld : word));
}

/** Query and fragment of a URI, or what looks like them. */
function withoutValues(text: string): string {
  const [start = '', ...parts] = text.split(/([?#&])/);
  const [address = '', ...encoded] = start.split(/(%3f|%23|%26)/i); // of a URI that was encoded twice
  return [
    address.replace(/\/\/[^/@]*@/, `//${withheld}@`).replace(/^(\w{1,32}(?:=|%3d)).*/is, `$1${withheld}`),
    ...[encoded, parts].flatMap((list) => list.map((part, i) => (i % 2 === 0 ? part : withoutValue(part, list[i - 1] === '#')))),
  ].join('');
}

function withoutValue(part: string, isFragment: boolean): string {
  const [, named = part, equals = ''] = /^(.*?)(=|%3d)/is.exec(part) ?? [];
  if (part === '') return '';
  if (equals === '' && isFragment) return withheld;
  const name = /^[\w.%[\]-]{1,32}$/.test(named) ? named : withheld;
  return equals === '' ? name : `${name}${equals}${withheld}`;
}

/** Whether it looks like a JWT, or like anything of ours, whose last part is a MAC of 43 characters; or is too long for a name. */
function mayBeSecret(word: string): boolean {
  const parts = word.split('.');
  if (parts.length >= 3 && word.includes('eyJ')) return true; // `{"` in base64url: signed or sealed
  return parts.some((part) => part.length > 64 || (part.length >= 40 && /[a-z]/.test(part) && /[A-Z]/.test(part)));
}
