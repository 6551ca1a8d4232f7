/** Every screen in every state, for a browser: what the pictures are taken of, drawn by `lib/`. */
import { afterAll } from '@jest/globals';
import type { Page } from 'playwright-core';
import { assets } from '../../lib/endpoints/assets.js';
import { createRenderer } from '../../lib/express/render.js';
import { languages } from '../../lib/languages/index.js';
import { exampleBrands, exampleScreens } from '../../scripts/example-screens.js';
import { serveScreens } from '../../scripts/serve-screens.js';

export type ExampleBrand = keyof typeof exampleBrands;

/** The names of the states. */
export const exampleStates = Object.keys(exampleScreens('en'));

const served = new Map<ExampleBrand, ReturnType<typeof serveScreens>>();

afterAll(async () => {
  for (const server of served.values()) (await server).close();
});

/** Where a state is, in this language. */
export async function exampleUrl(state: string, language = 'en', brand: ExampleBrand = 'indigo'): Promise<string> {
  const server = served.get(brand) ?? serveScreens({ createRenderer, assets, languages }, exampleBrands[brand]);
  served.set(brand, server);
  return `${(await server).url}/${language}/${state}`;
}

/** For a browser that is to look at all of them: one posts its form by itself, and would be gone. */
export const stayOnPage = 'HTMLFormElement.prototype.submit = () => {};';

/** Whatever the browser objects to from now on: violations of the policy, errors, what could not be fetched. */
export function objectionsOf(page: Page): string[] {
  const objections: string[] = [];
  page.on('console', (message) => objections.push(`${page.url()} ${message.text()}`));
  page.on('pageerror', (error) => objections.push(`${page.url()} ${error.message}`));
  page.on('requestfailed', (request) => objections.push(`${page.url()} ${request.url()} ${request.failure()?.errorText}`));
  return objections;
}
