/** Language tags. BCP 47, which is RFC 5646. */

/** Longer ones name nothing that anybody speaks. RFC 5646 section 4.4.1. */
const longest = 35; // characters

/** As the tag is written at its best, `pt-BR` for `pt-br`; `undefined` if it is none. Languages have two letters, or three. */
export function canonicalTag(text: string): string | undefined {
  if (text.length > longest || !/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(text)) return undefined;
  try {
    return Intl.getCanonicalLocales(text)[0];
  } catch {
    return undefined;
  }
}

/** What it is a kind of, the nearest first: `zh-Hant` and `zh` for `zh-Hant-TW`. RFC 4647 section 3.4. */
export function broaderTags(tag: string): readonly string[] {
  const parts = tag.split('-');
  return parts.slice(1).map((_, i) => parts.slice(0, -1 - i).join('-'));
}

/** The scripts that people write from right to left today. ISO 15924. */
const fromRight = ['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm', 'Rohg', 'Mand', 'Samr'];

/** By the script, named or usual: what Node.js tells of a language itself passes over the script of `az-Arab`. */
export function directionOf(tag: string): 'ltr' | 'rtl' {
  return fromRight.includes(new Intl.Locale(tag).maximize().script ?? '') ? 'rtl' : 'ltr';
}
