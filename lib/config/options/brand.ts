/** The options `brand` and `views`: how the screens look. */
import type { Brand } from '../../contracts.js';
import type { BrandColors } from '../../model/brand.js';

/** How the screens look. */
export interface OptionsForBrand {
  /** How the screens look. */
  brand?: BrandOptions | undefined;

  /**
   * An existing folder; a template in it stands in for the built-in one of the same name, and so do `style.css`, `script.js` and `passkey.js`.
   * A relative path starts at the working directory of the process. `npx express-oauth-router views <folder>` copies ours, to begin with;
   * `Screens` has the variables of each. Of one that fails `oauth.on('view.failed')` tells.
   */
  views?: string | undefined;
}

/**
 * How the screens look. Colours that cannot be read are refused at start, each with the nearest one that can. Their words are changed by
 * `messages`; where more is to be different, there are a style sheet and templates of one's own: `views`.
 *
 * @example { name: 'Contacts', logo: '/logo.svg', color: '#0f766e', radius: 8, links: [{ text: 'Privacy', href: '/privacy' }] }
 */
export interface BrandOptions {
  /** Default: the host of the issuer. */
  name?: Brand['name'] | undefined;

  /**
   * A picture: an http or https URL, a path on this host that begins with a slash, or a `data:image/…` URL; or one for light and one
   * for dark. Default: none; then a tile has the first letter of the name.
   */
  logo?: string | { readonly light: string; readonly dark: string } | undefined;

  /** The picture that browsers show in the tab. Default: the logo. */
  favicon?: Brand['favicon'] | undefined;

  /** The colour of buttons and links, as `#rrggbb`; lighter in the dark, if it must be. Default: `'#2457c5'`. */
  color?: Brand['color'] | undefined;

  /**
   * Colours for who has a light and for who has a dark system, where they are not to be the usual ones. Text needs a contrast of 4.5 on its
   * ground (WCAG 2.2, success criterion 1.4.3). The edges of fields and buttons follow from these by themselves.
   *
   * @example { light: { page: '#fdf6e3', card: '#fffdf6' }, dark: { page: '#002b36', card: '#073642', brand: '#2aa198' } }
   */
  colors?: { readonly light?: BrandColorOptions | undefined; readonly dark?: BrandColorOptions | undefined } | undefined;

  /** Of the corners of the card, in pixels: 0 to 32; those of fields and buttons go with it. Default: 20. */
  radius?: Brand['radius'] | undefined;

  /**
   * Font families, as CSS lists them. One that systems do not have is declared in a `style.css` in `views`, and loaded from this host.
   * Default: that of the system.
   *
   * @example 'Inter, system-ui, sans-serif'
   */
  font?: Brand['font'] | undefined;

  /** Your home page, where pages lead that cannot go on: a path, or an http or https URL. Default: the origin of the issuer. */
  url?: Brand['url'] | undefined;

  /**
   * At the foot of every page, such as imprint, privacy and help: up to 6. Each with its text, perhaps in several languages, and a path or
   * an http, https or mailto URL.
   *
   * @example [{ text: { en: 'Privacy', de: 'Datenschutz' }, href: '/privacy' }]
   */
  links?: Brand['links'] | undefined;
}

/** Each as `#rrggbb`. */
export interface BrandColorOptions {
  /** Behind the card. */
  page?: BrandColors['page'] | undefined;
  card?: BrandColors['card'] | undefined;
  text?: BrandColors['text'] | undefined;
  /** Of text that matters less. */
  quiet?: BrandColors['quiet'] | undefined;
  /** Between parts of the card. Default: made of card and text. */
  line?: BrandColors['line'] | undefined;
  /** What fills buttons. Default: made of `color`. */
  brand?: BrandColors['brand'] | undefined;
  /** Text on that. Default: white, or black where white could not be read. */
  onBrand?: BrandColors['onBrand'] | undefined;
}
