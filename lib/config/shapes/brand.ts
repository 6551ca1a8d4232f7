/** The options `brand` and `views`: how the screens look. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { isObject, mustBe, says } from '../../clients/members.js';
import { isPath } from '../../http/url.js';
import { anObject } from '../values.js';
import { hostWords, text } from '../words.js';

export const brand = anObject('Write { name, logo, color }.').default({});

export const views = z
  .string(mustBe('a string', 'Write the path of a folder.'))
  .transform((folder) => resolve(folder))
  .refine(
    (folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory(),
    says((folder) => `There is no folder ${folder}.`, 'Create it, or write its absolute path.'),
  )
  .optional();

const picture = z
  .string(mustBe('a string', 'Write the URL of a picture.'))
  .refine(
    (url) => isPath(url) || /^data:image\//i.test(url) || isWebUrl(url),
    says('It is not the URL of a picture.', 'Write a URL, a path that begins with a slash, or data:image/….'),
  )
  // In `srcset` white space and commas at the end belong to the list and not to the URL.
  .transform((url) => url.replaceAll(/[\t\n\f\r ]|,(?=,*$)/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`));

/** What may stand in a Content-Security-Policy: parsers of URLs let semicolons and commas into a host, which would begin a policy anew. */
function isWebUrl(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url) && /^[\w.:[\]-]+$/.test(new URL(url).host);
}

/** A link of the host's own: browsers would pass over white space within it, and then read something else. */
function isLinkOfHost(href: string): boolean {
  return !/[\s\x00-\x1f\x7f]/.test(href) && (isPath(href) || isWebUrl(href));
}

const color = z
  .string(mustBe('a string', "Write it as '#2457c5'."))
  .refine((color) => /^#[0-9a-f]{6}$/i.test(color), says('It is not a colour of the form #rrggbb.', "Write it as '#2457c5'."))
  .optional();

const largestRadius = 32; // pixels

const fontFamily = String.raw`(?:"[\p{L}\p{N} _.&+-]+"|'[\p{L}\p{N} _.&+-]+'|-?[\p{L}_][\p{L}\p{N}_-]*(?: -?[\p{L}_][\p{L}\p{N}_-]*)*)`;
const fontFamilies = new RegExp(`^${fontFamily}(?: ?, ?${fontFamily})*$`, 'u');

export const brandShape = {
  name: text.optional(),
  logo: z
    .union([z.custom<Readonly<Record<string, unknown>>>(isObject), picture], {
      error: ({ input }) =>
        typeof input === 'string'
          ? 'It is not the URL of a picture.\nWrite a URL, a path that begins with a slash, or data:image/….'
          : 'It is not a string.\nWrite the URL of a picture, or { light, dark } with one for each.',
    })
    .optional(),
  favicon: picture.optional(),
  color,
  colors: anObject("Write { light: { card: '#ffffff' }, dark: { card: '#17191e' } }, for example.").optional(),
  radius: z
    .custom<number>(
      (value) => Number.isInteger(value) && 0 <= Number(value) && Number(value) <= largestRadius,
      says(`It is not a whole number from 0 to ${largestRadius}.`, 'Write pixels: 20 is the default, 0 gives square corners.'),
    )
    .optional(),
  font: z
    .string(mustBe('a string', "Write a list of fonts, as 'Inter, system-ui, sans-serif'."))
    .refine(
      (list) => list.length <= 500 && fontFamilies.test(list),
      says(
        'It is not a list of font families.',
        'Write names with commas between, those with digits in quotes: \'"Source Sans 3", sans-serif\'.',
      ),
    )
    .optional(),
  url: z
    .string(mustBe('a string', 'Write the URL of your home page.'))
    .refine(isLinkOfHost, says('It is neither a path nor an http or https URL.', "Write one, as 'https://www.example.com/'."))
    .optional(),
  links: z
    .array(anObject("Write { text: 'Privacy', href: '/privacy' }."), mustBe('a list', "Write [{ text: 'Privacy', href: '/privacy' }]."))
    .refine(
      (list) => list.length <= 6,
      says('It has more than 6 links.', 'Keep those that people need here, such as imprint, privacy and help.'),
    )
    .optional(),
};

export const logoShape = { light: picture, dark: picture };

const ofScheme = anObject("Write { card: '#ffffff' }, for example.").optional();
export const schemesShape = { light: ofScheme, dark: ofScheme };

export const colorsShape = { page: color, card: color, text: color, quiet: color, line: color, brand: color, onBrand: color };

export const brandLinkShape = {
  text: hostWords("Write what people read, as 'Privacy'; or { en: 'Privacy', de: 'Datenschutz' }."),
  href: z
    .string(mustBe('a string', "Write a path or a URL, as '/privacy'."))
    .refine(
      (href) => isLinkOfHost(href) || /^mailto:[^\s\x00-\x1f\x7f]+$/i.test(href),
      says('It is neither a path nor an http, https or mailto URL.', "Write one, as '/privacy' or 'mailto:help@example.com'."),
    ),
};
