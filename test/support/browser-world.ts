/** A host with helmet(), a client on another site, and a user at a browser that must have nothing to complain of. */
import { expect } from '@jest/globals';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Page } from 'playwright-core';
import { type PageOptions, withPage } from './browser.js';
import { type ClientApp, clientApp, startClientApp } from './client-app.js';
import { type Host, type HostOptions, withHost } from './host.js';
import { api } from './server.js';

export interface BrowserWorld {
  readonly host: Host;
  readonly client: ClientApp;
  readonly page: Page;
}

export interface BrowserWorldOptions extends PageOptions {
  /** What stands between helmet() and the router. */
  readonly before?: readonly RequestHandler[];
  readonly options?: HostOptions['options'];
  /** The statuses, other than that of success, that pages come with. */
  readonly refusals?: readonly number[];
}

/** An API of which two permissions may be left out. */
const apis = {
  [api]: {
    name: 'Contacts',
    scopes: {
      'read:contacts': 'See your contacts',
      'create:contacts': { description: 'Add contacts', optional: true },
      'delete:contacts': { description: 'Delete contacts', optional: true },
    },
  },
};

/** What the client asks for. */
export const scope = 'read:contacts create:contacts delete:contacts';

export async function inBrowserWorld(
  { before = [], options = {}, refusals = [], ...pageOptions }: BrowserWorldOptions,
  use: (world: BrowserWorld) => Promise<void>,
): Promise<void> {
  const layOut: HostOptions['layOut'] = (app, oauth) => {
    app.get('/favicon.ico', (_req, res) => void res.status(204).end());
    app.use('/', helmet(), ...before, oauth);
  };
  await withHost({ options: { clients: [clientApp], apis, ...options }, layOut }, async (host) => {
    const client = await startClientApp(host.issuer, `${host.url}/api/contacts`);
    const complaints: string[] = [];
    try {
      await withPage(pageOptions, async (page) => {
        page.setDefaultTimeout(10_000);
        page.context().on('console', (message) => complaints.push(message.text()));
        page.context().on('weberror', (error) => complaints.push(String(error.error())));
        await use({ host, client, page });
      });
    } finally {
      await client.close();
    }
    expect(complaints).toEqual(refusals.map((status) => expect.stringContaining(`responded with a status of ${status} `)));
    expect(host.errors).toEqual([]);
  });
}

/** Where the client sends its users to sign in. */
export function startUrl({ url }: ClientApp): string {
  return `${url}/start?${new URLSearchParams({ scope })}`;
}
