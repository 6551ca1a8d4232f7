/** Which language a page is in. OpenID Connect Core section 3.1.2.1 (`ui_locales`), RFC 9110 section 12.5.4 (Accept-Language), RFC 4647. */
import Negotiator from 'negotiator';
import type { Language } from '../languages/language.js';
import { canonicalTag } from '../languages/tag.js';
import { oncePer } from '../platform/made-once.js';
import { recentlyUsed } from '../platform/recently-used.js';

type Languages = readonly [Language, ...Language[]];

/** By what was wished for, which is the same for most people: reading it takes as long as a third of the login page. */
const chosen = oncePer((_owner: Languages) => recentlyUsed<Language>(100));
const longestRemembered = 200; // characters

/**
 * What the client asks for counts first, then what the browser prefers, then the first of ours.
 *
 * @param locales - BCP 47 tags, the best first
 */
export function chooseLanguage(
  languages: Languages,
  locales: readonly string[] = [],
  acceptLanguage: string | undefined = undefined,
): Language {
  const wishes = JSON.stringify([locales, acceptLanguage]);
  if (wishes.length > longestRemembered) return choose(languages, locales, acceptLanguage);
  const known = chosen(languages).get(wishes) ?? choose(languages, locales, acceptLanguage);
  chosen(languages).set(wishes, known);
  return known;
}

function choose(languages: Languages, locales: readonly string[], acceptLanguage = ''): Language {
  const tags = languages.map(({ tag }) => tag);
  const asked = locales.slice(0, mostLocales).filter((locale) => canonicalTag(locale) !== undefined); // `*` is for the header alone
  const preferred = (header: string) => new Negotiator({ headers: { 'accept-language': inOrder(header) } }).languages(tags)[0];
  const wishes = [asked.join(','), acceptLanguage].filter((header) => header !== '');
  const tag = wishes.map(preferred).find((found) => found !== undefined);
  return languages.find((language) => language.tag === tag) ?? languages[0];
}

const mostLocales = 10;
const mostRanges = 100;

/** Among equals the first counts: without weights of its own, `en-US,de` would rather be the `de` that we have by just that name. */
function inOrder(header: string): string {
  const ranges = header.split(',', mostRanges).map((range, i) => {
    const [, tag = range, weight = '1'] = /^([^;]*);\s*q=([^;]*)/i.exec(range) ?? [];
    return `${tag};q=${Number(weight) * (1 - i / 100_000)}`;
  });
  return ranges.join(',');
}
