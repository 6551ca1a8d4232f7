/** An app that uses an MCP server by a client of the MCP SDK, of either version, as the documentation of the SDK has it; and its user, in Chromium. */
import { afterAll } from '@jest/globals';
import type {
  OAuthDiscoveryState,
  OAuthClientProvider as ProviderOfVersion2,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import type { OAuthClientProvider as ProviderOfVersion1 } from '@modelcontextprotocol/sdk/client/auth.js';
import express from 'express';
import type { Page } from 'playwright-core';
import { withPage } from './browser.js';
import { type Origin, serve } from './origin.js';
import type { Person } from './walker.js';

/** What an app stores of an MCP server: by the interface of the SDK. */
export class McpStorage implements ProviderOfVersion1, ProviderOfVersion2 {
  information: StoredOAuthClientInformation | undefined;
  saved: StoredOAuthTokens | undefined;
  /** Where the SDK wants the user to go. */
  wanted: URL | undefined;
  /** What the SDK has thrown away, and why. */
  readonly dropped: string[] = [];
  readonly clientMetadataUrl?: string;
  #verifier = '';
  #discovered: OAuthDiscoveryState | undefined;

  constructor(
    readonly redirectUrl: string,
    document: string | undefined,
    readonly grant_types: string[],
  ) {
    if (document !== undefined) this.clientMetadataUrl = document;
  }

  get clientMetadata() {
    const { redirectUrl, grant_types } = this;
    return { client_name: 'Desk', redirect_uris: [redirectUrl], grant_types, token_endpoint_auth_method: 'none' };
  }

  clientInformation() {
    return this.information;
  }
  saveClientInformation(information: StoredOAuthClientInformation) {
    this.information = information;
  }
  tokens() {
    return this.saved;
  }
  saveTokens(tokens: StoredOAuthTokens) {
    this.saved = tokens;
  }
  redirectToAuthorization(url: URL) {
    this.wanted = url;
  }
  saveCodeVerifier(verifier: string) {
    this.#verifier = verifier;
  }
  codeVerifier() {
    return this.#verifier;
  }
  discoveryState() {
    return this.#discovered;
  }
  saveDiscoveryState(state: OAuthDiscoveryState) {
    this.#discovered = state;
  }
  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery') {
    this.dropped.push(scope);
    if (scope === 'all' || scope === 'client') this.information = undefined;
    if (scope === 'all' || scope === 'tokens') this.saved = undefined;
    if (scope === 'all' || scope === 'discovery') this.#discovered = undefined;
  }
}

/** What both versions of the SDK have in common. */
export interface Sdk {
  connect(mcp: URL, storage: McpStorage): Connection;
  isUnauthorized(error: unknown): boolean;
}

export interface Connection {
  /** Shakes hands with the server. */
  open(): Promise<void>;
  callTool(name: string, args: Record<string, unknown>): Promise<string>;
  listTools(): Promise<string[]>;
  /** Redeems what came back to the redirect URI. */
  finish(callback: URLSearchParams): Promise<void>;
  close(): Promise<void>;
}

export interface AppOptions {
  /** The URL of the document that describes the app; left out: it registers. */
  readonly document?: string;
  /** Whether it asks for refresh tokens. Default: yes. */
  readonly refreshing?: boolean;
  /** What it has from an earlier connection. */
  readonly storage?: McpStorage;
}

let desk: Promise<Origin> | undefined;

afterAll(async () => (await desk)?.close());

/** Where the browser ends up: a page that an app on this device shows. */
function redirectUrl(): Promise<string> {
  desk ??= serve(express().get('/callback', (_req, res) => void res.send('<h1>You may close this page</h1>')));
  return desk.then(({ url }) => `${url}/callback`);
}

export async function mcpApp(sdk: Sdk, mcp: string, user: Person, { document, refreshing = true, storage: stored }: AppOptions = {}) {
  const grant_types = ['authorization_code', ...(refreshing ? ['refresh_token'] : [])];
  const storage = stored ?? new McpStorage(await redirectUrl(), document, grant_types);
  const consents: string[] = [];
  let connection = sdk.connect(new URL(mcp), storage);

  /** Sends the user where the SDK wants, and comes back with the answer. */
  async function askUser(): Promise<void> {
    if (!storage.wanted) throw new Error('The SDK does not want to send the user anywhere.');
    const { href } = storage.wanted;
    storage.wanted = undefined;
    await withPage({}, async (page) => {
      consents.push(await allowAt(page, href, user));
      await connection.finish(new URL(page.url()).searchParams);
    });
  }

  return {
    mcp,
    storage,
    askUser,
    /** The texts of the consent pages that were shown. */
    consents,
    /** Connects; sends the user to log in and allow, if need be. */
    async open(): Promise<void> {
      try {
        await connection.open();
      } catch (error) {
        if (!sdk.isUnauthorized(error)) throw error;
        await askUser();
        await connection.close();
        connection = sdk.connect(new URL(mcp), storage);
        await connection.open();
      }
    },
    listTools: () => connection.listTools(),
    /** As it is: no user is asked. */
    call: (name: string, args: Record<string, unknown> = {}) => connection.callTool(name, args),
    /** Sends the user to allow more, if need be. */
    async callAndAsk(name: string, args: Record<string, unknown> = {}): Promise<string> {
      try {
        return await connection.callTool(name, args);
      } catch (error) {
        if (!sdk.isUnauthorized(error)) throw error;
        await askUser();
        return connection.callTool(name, args);
      }
    },
    close: () => connection.close(),
  };
}

export type McpApp = Awaited<ReturnType<typeof mcpApp>>;

/** The user’s part, as far as it is asked for. @returns what the consent page said */
async function allowAt(page: Page, url: string, { username, password }: Person): Promise<string> {
  await page.goto(url);
  const [login, allow] = [page.getByLabel('Password', { exact: true }), page.getByRole('button', { name: 'Allow' })];
  const done = page.getByRole('heading', { name: 'You may close this page' });
  await login.or(done).waitFor();
  if (await done.isVisible()) return '';
  await page.getByLabel('Username').fill(username);
  await login.fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await allow.waitFor();
  const text = (await page.locator('main').textContent()) ?? '';
  await allow.click();
  await done.waitFor();
  return text;
}
