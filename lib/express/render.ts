/** Draws the screens with the EJS templates in `views/`, or with the host's in their place. */
import type { Brand, Settings } from '../contracts.js';
import { assetPaths } from '../endpoints/assets.js';
import { isAppScheme, isPath } from '../http/url.js';
import type { ClientCard, Link, Screen, ScreenWishes } from '../model/screens.js';
import { own } from '../model/words.js';
import type { Log } from '../platform/log.js';
import { oncePer } from '../platform/made-once.js';
import { chooseLanguage } from '../rules/language.js';
import { inLanguage, wordingIn } from '../rules/wording.js';
import { faultsOf } from './form-check.js';
import { TemplateFailure, type ViewFailure, withoutValues } from './template-failure.js';
import { templateLanguage } from './template-language.js';
import { allPages, checkAll, ourFolder, Templates, type Values } from './templates.js';

const mostReported = 100;

export interface RenderContext {
  /** The URL that the endpoints are below, such as `https://app.example.com/oauth`. */
  readonly base: string;
  /** Called by the pages that have a form, and by no other: who only reads an error needs no cookie. */
  readonly csrfToken: () => string;
  /** Made by pages that have a script. */
  readonly nonce: () => string;
  /** What the browser prefers: its header Accept-Language. */
  readonly acceptLanguage?: string | undefined;
}

export interface Rendered {
  /** Set where the page is not the one that was asked for. */
  readonly status?: 500;
  readonly html: string;
  readonly headers: Record<string, string>;
}

type Failure = Pick<TemplateFailure, 'template' | 'file' | 'line' | 'source' | 'problem'>;

/**
 * @param onFailure - told of each template that fails while a page is drawn
 * @throws ConfigurationError for a template of the host's that does not compile
 */
export function createRenderer(
  settings: Settings,
  log: Log,
  onFailure: (failure: ViewFailure) => void = () => {},
): (screen: Screen & ScreenWishes, context: RenderContext) => Rendered {
  const ours = new Templates([ourFolder]);
  const chosen = settings.views === undefined ? ours : new Templates([settings.views, ourFolder]);
  checkAll(chosen, settings);
  /** The host's template of one page makes no other page slower. Found out at the start, when templates are read and compiled. */
  const pagesOfOurs = new Set(allPages().filter((name) => chosen.isOurs(name)));
  for (const page of pagesOfOurs) ours.compile(page);
  const warned = new Set<string>();
  const reported = new Set<string>();
  const policyFor = oncePer((brand: Brand) => contentSecurityPolicy(brand, settings));

  /** Each failure is logged once: whoever reloads a page shall not fill the log. */
  function report(screen: Screen['name'], { template, file, line, source, problem }: Failure): void {
    const place = `${file}${line === undefined ? '' : `:${line}`}`;
    const instead = settings.development ? 'its developer was told instead' : 'ours was shown instead';
    onFailure({ screen, template, problem });
    if (reported.has(`${place} ${problem}`) || reported.size >= mostReported) return;
    reported.add(`${place} ${problem}`);
    log.error(`The page "${screen}" cannot be drawn with the templates in ${settings.views}; ${instead}.\n${place}\n${source}\n${problem}`);
  }

  /** Each fault is told once: the template will have it on every page. */
  function warnOfFaults(screen: Screen, html: string): void {
    const news = faultsOf(screen, html).filter((fault) => !warned.has(`${screen.name} ${fault}`));
    for (const fault of news) warned.add(`${screen.name} ${fault}`);
    if (news.length > 0) log.warn(`The page "${screen.name}", as the templates in ${settings.views} draw it: ${news.join(' ')}`);
  }

  return (screen, { base, csrfToken, nonce, acceptLanguage }) => {
    const { name, values, locales, brand = settings.brand } = screen;
    const language = templateLanguage(wordingIn(chooseLanguage(settings.languages, locales, acceptLanguage)));
    const assets = assetPaths(settings, new URL(base).pathname.replace(/\/$/, ''), brand);
    const scripts = scriptsBy(nonce);
    const token = madeWhenWritten(csrfToken);
    const common = { ...language, brand: withOwnWords(brand), assets, csrfToken: token, nonce: scripts };
    const all = { ...common, ...drawable(values, language.lang) };

    function draw(): Pick<Rendered, 'status' | 'html'> {
      if (pagesOfOurs.has(name)) return { html: ours.draw(name, all) };
      try {
        const html = chosen.draw(name, all);
        if (settings.development) warnOfFaults(screen, html);
        return { html };
      } catch (error) {
        const failure = tellable(error, name, (problem) => withoutValues(problem, values, [token.made(), scripts.made()].filter(isMade)));
        report(name, failure);
        if (!settings.development) return { html: ours.draw(name, all) };
        return { status: 500, html: drawBroken(name, failure, values, { ...common, lang: 'en', dir: 'ltr' }) };
      }
    }

    const drawn = draw();
    const lang = drawn.status === 500 ? 'en' : language.lang;
    const more = { 'Content-Language': lang, 'Content-Security-Policy': `${policyFor(brand)}${scripts.directive()}` };
    return { ...drawn, headers: { ...headers, ...more } };
  };

  /** For the developer, with the names of the values and what they are, and never with the values. */
  function drawBroken(screen: Screen['name'], failure: Failure, values: Screen['values'], common: Values): string {
    const { template, file, line, source, problem } = failure;
    const given = Object.entries(values).map(([name, value]) => ({ name, kind: kindOf(value) }));
    const heads = [...new Set([template, screen, 'partials/head'])].flatMap((known) => {
      const text = ours.headOf(known);
      return text === undefined ? [] : { file: `${known}.ejs`, text };
    });
    return ours.draw('developer/broken', { ...common, screen, template, file, line, source, problem, given, heads });
  }
}

/** The failure, with nothing of the request in its words. */
function tellable(error: unknown, screen: string, withhold: (text: string) => string): Failure {
  const { template, file, line, source, problem } = error instanceof TemplateFailure ? error : new TemplateFailure(screen, screen, error);
  return { template, file, line, source, problem: withhold(problem) };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `{ ${Object.keys(value).join(', ')} }`;
  return value === undefined ? 'absent' : typeof value;
}

/** Text that is made where a template writes it, and then stays. */
function madeWhenWritten(make: () => string) {
  let made: string | undefined;
  return {
    toString() {
      made ??= make();
      return made;
    },
    made: () => made,
  };
}

function isMade(text: string | undefined): text is string {
  return text !== undefined;
}

/** The nonce of one page, and what allows its scripts: nothing, unless the page has asked for the nonce. */
function scriptsBy(nonce: () => string) {
  const once = madeWhenWritten(nonce);
  return { ...once, directive: () => (once.made() === undefined ? '' : `; script-src 'nonce-${once.made()}'`) };
}

/** Clients in the language of the page; without what would not lead to the web or to an app: `javascript:` in an `href` is a program. */
function drawable(values: Screen['values'], lang: string): Values {
  return {
    ...values,
    ...('client' in values && values.client && { client: drawableClient(values.client, lang) }),
    ...('apps' in values && { apps: values.apps.map((app) => ({ ...app, client: drawableClient(app.client, lang) })) }),
    ...('link' in values && { link: onlySafe(values.link) }),
  };
}

/** Clients may register themselves, so each address that a page leads to is looked at here once more. */
function drawableClient(client: ClientCard, lang: string): Values {
  const inWords = Object.entries(client).map(
    ([name, value]) => [name, typeof value === 'object' ? inLanguage(value, lang) : value] as const,
  );
  return Object.fromEntries(inWords.filter(([name, value]) => !name.endsWith('_uri') || isWebAddress(String(value))));
}

function withOwnWords(brand: Brand): Values {
  return { ...brand, links: brand.links.map(({ text, href }) => ({ text: own(text), href })) };
}

function onlySafe(link: Link | undefined): Link | undefined {
  return link && [isWebAddress, isPath, isAppScheme].some((isSafe) => isSafe(link.href)) ? link : undefined;
}

function isWebAddress(uri: string): boolean {
  return /^https?:\/\//i.test(uri);
}

/** Of every page, besides its policy. */
const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  // A client may have opened us in a popup; any other value would take its opener from it, once we have sent the user back.
  'Cross-Origin-Opener-Policy': 'unsafe-none',
};

/** Without `form-action`, deliberately: Chrome applies it to every redirect after the consent form, up to the client's last page. */
function contentSecurityPolicy(brand: Brand, settings: Settings): string {
  const images = ["'self'", 'data:', ...pictureOrigins(brand, settings)];
  const fonts = brand.font === undefined ? '' : " font-src 'self';";
  return `default-src 'none'; style-src 'self';${fonts} img-src ${images.join(' ')}; base-uri 'none'; frame-ancestors 'none'`;
}

/** Where pictures on other hosts come from. */
function pictureOrigins({ logo, darkLogo, favicon }: Brand, { issuer }: Settings): string[] {
  const pictures = [logo, darkLogo, favicon].filter((url) => url !== undefined).map((url) => new URL(url, issuer));
  const others = pictures.filter(({ protocol, origin }) => protocol.startsWith('http') && origin !== new URL(issuer).origin);
  return [...new Set(others.map(({ origin }) => origin))];
}
