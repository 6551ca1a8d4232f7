/** The host's name and look on the screens; or those that one of its clients has. */
import type { HostWords } from './words.js';

export interface Brand {
  readonly name: string;
  /** The URL of a picture; fit for `srcset`, so without white space. */
  readonly logo?: string;
  /** The same in the dark; left out: that of the day. */
  readonly darkLogo?: string;
  /** The URL of a picture; left out: the logo. */
  readonly favicon?: string;
  /** What buttons and links are coloured with, where `colors` do not say it. */
  readonly color: string;
  /** What the host wants otherwise than our style sheet has it. */
  readonly colors?: Readonly<Partial<Record<Scheme, BrandColors>>>;
  /** Of the corners of the card, in CSS pixels; left out: as our style sheet has it, as with `font`. */
  readonly radius?: number;
  /** A list of font families, as CSS has it. */
  readonly font?: string;
  /** The host's home page. */
  readonly url: string;
  /** At the foot of every page. */
  readonly links: readonly BrandLink[];
  /** The client that has this look; absent: it is that of the host. */
  readonly client_id?: string;
}

/** What the system of the user asks for. */
export const schemes = ['light', 'dark'] as const;
export type Scheme = (typeof schemes)[number];

/** Each as `#rrggbb`. */
export interface BrandColors {
  /** Behind the card. */
  readonly page?: string;
  readonly card?: string;
  readonly text?: string;
  /** Of text that matters less. */
  readonly quiet?: string;
  /** Between parts of the card. */
  readonly line?: string;
  /** What fills buttons. */
  readonly brand?: string;
  /** Text on that. */
  readonly onBrand?: string;
}

/** A link to the host's own pages, such as its imprint. */
export interface BrandLink {
  readonly text: HostWords;
  readonly href: string;
}
