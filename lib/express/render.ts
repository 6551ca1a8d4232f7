/** Draws the screens with the EJS templates in `views/`, or with the host's in their place. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import type { Settings } from '../contracts.js';
import { stylesheetPath } from '../endpoints/stylesheet.js';
import { ConfigurationError } from '../errors.js';
import { isAppScheme, isPath } from '../http/url.js';
import type { ClientCard, Link, Screen } from '../model/screens.js';
import type { Log } from '../platform/log.js';

export interface RenderContext {
  /** The URL that the endpoints are below, such as `https://app.example.com/oauth`. */
  readonly base: string;
  /** Called by the pages that have a form, and by no other: who only reads an error needs no cookie. */
  readonly csrfToken: () => string;
  /** Made by pages that have a script. */
  readonly nonce: () => string;
}

export interface Rendered {
  readonly html: string;
  readonly headers: Record<string, string>;
}

type Values = Readonly<Record<string, unknown>>;

const ourFolder = fileURLToPath(new URL('../../views/', import.meta.url));

/** @throws ConfigurationError for a template of the host's that does not compile */
export function createRenderer(settings: Settings, log: Log): (screen: Screen, context: RenderContext) => Rendered {
  const ours = new Templates([ourFolder]);
  const chosen = settings.views === undefined ? ours : new Templates([settings.views, ourFolder]);
  checkAll(chosen, settings);
  const policy = contentSecurityPolicy(settings);

  function draw(name: Screen['name'], values: Values): string {
    try {
      return chosen.draw(name, values);
    } catch (error) {
      if (chosen === ours) throw error;
      log.error(`The page "${name}" cannot be drawn with the templates in ${settings.views}; ours was shown instead.`, error);
      return ours.draw(name, values);
    }
  }

  return ({ name, values }, { base, csrfToken, nonce }) => {
    const stylesheet = `${new URL(base).pathname.replace(/\/$/, '')}${stylesheetPath(settings)}`;
    const scripts = scriptsBy(nonce);
    const common = { brand: settings.brand, stylesheet, csrfToken: { toString: csrfToken }, nonce: scripts };
    const html = draw(name, { ...common, ...withSafeLinks(values) });
    return { html, headers: { ...headers, 'Content-Security-Policy': `${policy}${scripts.directive()}` } };
  };
}

/** The nonce of one page, and what allows its scripts: nothing, unless the page has asked for the nonce. */
function scriptsBy(nonce: () => string) {
  let made: string | undefined;
  return {
    toString() {
      made ??= nonce();
      return made;
    },
    directive: () => (made === undefined ? '' : `; script-src 'nonce-${made}'`),
  };
}

/**
 * Templates by name, from the first of the folders that has them; each is compiled once. EJS would compile an included file anew
 * for every page, or keep it in a cache that it shares with the host: hence an `include` of our own, which stands among the values.
 */
class Templates {
  readonly #compiled = new Map<string, (values: Values) => string>();

  constructor(private readonly folders: readonly string[]) {}

  draw(name: string, values: Values): string {
    const include = (included: string, more: Values = {}) => this.draw(nameOf(included), { ...values, ...more });
    return this.compile(name)({ ...values, include });
  }

  /** Compiles what the template includes as well, so that its mistakes are found when the host starts. */
  compile(name: string): (values: Values) => string {
    const known = this.#compiled.get(name);
    if (known) return known;
    const file = this.find(name);
    const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
    const template = ejs.compile(text, { filename: file });
    this.#compiled.set(name, template);
    for (const included of includedIn(text)) this.compile(included);
    return template;
  }

  private find(name: string): string {
    const file = this.folders.map((folder) => join(folder, `${name}.ejs`)).find((candidate) => existsSync(candidate));
    if (file === undefined) throw new Error(`There is no template "${name}".`);
    return file;
  }
}

function includedIn(template: string): string[] {
  const withoutComments = template.replace(/<%#[\s\S]*?%>/g, '');
  return [...withoutComments.matchAll(/\binclude\(\s*(['"`])([\w./-]+)\1/g)].map(([, , name]) => nameOf(name as string));
}

/** What is included is named from the top of the folder, wherever the template that includes it is. */
function nameOf(included: string): string {
  return posix.normalize(included).replace(/\.ejs$/, '');
}

function checkAll(templates: Templates, { views }: Settings): void {
  const problems = new Set<string>();
  if (views !== undefined && !existsSync(views)) problems.add(`There is no folder ${views}.`);
  for (const page of pagesIn(ourFolder)) {
    try {
      templates.compile(page);
    } catch (error) {
      problems.add((error as Error).message);
    }
  }
  if (problems.size === 0) return;
  const cure =
    'Name a folder of EJS templates that are called like those in express-oauth-router/views and include each other by their path in it.';
  throw new ConfigurationError([...problems].map((problem) => ({ path: 'views', problem, cure })));
}

function pagesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((file) => (file.endsWith('.ejs') ? [nameOf(file)] : []));
}

/** Leaves out what would not lead to the web or to an app: `javascript:` in an `href` is a program, and clients may register themselves. */
function withSafeLinks(values: Screen['values']): Values {
  return {
    ...values,
    ...('client' in values && values.client && { client: withWebAddresses(values.client) }),
    ...('apps' in values && { apps: values.apps.map((app) => ({ ...app, client: withWebAddresses(app.client) })) }),
    ...('link' in values && { link: onlySafe(values.link) }),
  };
}

function withWebAddresses(client: ClientCard): ClientCard {
  return Object.fromEntries(
    Object.entries(client).filter(([key, value]) => ['name', 'unverified', 'host'].includes(key) || isWebAddress(value)),
  ) as unknown as ClientCard;
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
function contentSecurityPolicy(settings: Settings): string {
  const images = ["'self'", 'data:', ...logoOrigin(settings)];
  return `default-src 'none'; style-src 'self'; img-src ${images.join(' ')}; base-uri 'none'; frame-ancestors 'none'`;
}

/** Where a logo on another host comes from. */
function logoOrigin({ brand, issuer }: Settings): string[] {
  if (brand.logo === undefined) return [];
  const { protocol, origin } = new URL(brand.logo, issuer);
  return protocol.startsWith('http') && origin !== new URL(issuer).origin ? [origin] : [];
}
