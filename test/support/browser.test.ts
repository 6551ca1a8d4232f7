import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withPage } from './browser.js';

const html = `<!doctype html><title>Hello</title>
<style>body { background: white } @media (prefers-color-scheme: dark) { body { background: black } }</style>
<h1>Good morning</h1><script>document.querySelector('h1').textContent = 'Good evening'</script>`;

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_req, res) => res.writeHead(200, { 'content-type': 'text/html' }).end(html));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const background = 'getComputedStyle(document.body).backgroundColor'; // in the page

describe('the browser', () => {
  it('runs the scripts of a page', async () => {
    const heading = await withPage({}, async (page) => {
      await page.goto(url);
      return page.getByRole('heading').textContent();
    });
    expect(heading).toBe('Good evening');
  });

  it('runs none where JavaScript is off', async () => {
    const heading = await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(url);
      return page.getByRole('heading').textContent();
    });
    expect(heading).toBe('Good morning');
  });

  it('has the colour scheme that is asked for', async () => {
    const colour = await withPage({ colorScheme: 'dark' }, async (page) => {
      await page.goto(url);
      return page.evaluate(background);
    });
    expect(colour).toBe('rgb(0, 0, 0)');
  });

  it('takes a picture as large as its window', async () => {
    const png = await withPage({ viewport: { width: 390, height: 844 } }, async (page) => {
      await page.goto(url);
      return page.screenshot();
    });
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([390, 844]);
    expect(png.length).toBeGreaterThan(2_000); // an empty page of this size compresses to less
  });
});
