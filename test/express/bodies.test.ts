/** Whatever the host has in front of the router, or behind it, forms are read and answers arrive. RFC 6749 appendix B. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import { Agent } from '../support/agent.js';
import { expresses, type Host, type LayOut, startHost, withHost } from '../support/host.js';
import { devour, middlewares, sessionOf, sessions, slow } from '../support/middlewares.js';
import { authorizeUrl, form, freshCode, pkce, token, walk, web } from '../support/server.js';
import { completeFlow, endpointsAt, formOn, success } from '../support/walker.js';

const versions = [4, 5] as const;
const formType = 'application/x-www-form-urlencoded';

describe.each(versions)('on Express %i', (express) => {
  const names = Object.keys(middlewares(expresses[express]));

  it.each(names)('a user signs in and a client calls the API behind %s', async (name) => {
    const before = middlewares(expresses[express])[name] ?? [];
    await withHost({ express, layOut: (app, oauth) => void app.use('/', ...before, oauth) }, async ({ url }) => {
      expect(await completeFlow(new Agent(url), endpointsAt(`${url}/oauth`))).toMatchObject(success);
    });
  });

  it.each(names)('a user signs in and a client calls the API before %s', async (name) => {
    const behind = middlewares(expresses[express])[name] ?? [];
    await withHost({ express, layOut: (app, oauth) => void app.use('/', oauth, ...behind) }, async ({ url }) => {
      expect(await completeFlow(new Agent(url), endpointsAt(`${url}/oauth`))).toMatchObject(success);
    });
  });

  it("reads no body but its own, so the host's parsers behind it have theirs", async () => {
    const { json, urlencoded } = expresses[express];
    const echo: RequestHandler = (req, res) => void res.json(req.body);
    await withHost(
      { express, layOut: (app, oauth) => void app.use(oauth).post('/echo', json(), urlencoded({ extended: false }), echo) },
      async ({ url }) => {
        const asJson = { method: 'POST', body: '{"a":"b"}', headers: { 'Content-Type': 'application/json' } };
        expect(await (await fetch(`${url}/echo`, asJson)).json()).toEqual({ a: 'b' });
        expect(await (await fetch(`${url}/echo`, { method: 'POST', body: form({ a: 'b' }) })).json()).toEqual({ a: 'b' });
      },
    );
  });

  describe.each(['nothing', 'express.urlencoded({ extended: true })', "express.text({ type: '*/*' })", "express.raw({ type: '*/*' })"])(
    'behind %s',
    (name) => {
      let host: Host;

      beforeAll(async () => {
        host = await startHost({
          express,
          layOut: (app, oauth) => void app.use('/', ...(middlewares(expresses[express])[name] ?? []), oauth),
        });
      });

      afterAll(() => host.close());

      it('a parameter that stands there twice is refused', async () => {
        const body = `${form({ ...(await freshCode(host.url)), ...credentials })}&grant_type=refresh_token`;
        expect(await post(host.url, { body })).toEqual([400, 'invalid_request', 'The parameter grant_type must not be repeated.']);
      });

      it('a parameter in brackets is no parameter', async () => {
        const { grant_type, ...rest } = await freshCode(host.url);
        const body = `${form({ ...rest, ...credentials })}&grant_type[x]=${grant_type}&grant_type%5By%5D=${grant_type}`;
        expect(await post(host.url, { body })).toEqual([400, 'invalid_request', 'The parameter grant_type is missing.']);
      });

      it('a parameter without a value is missing', async () => {
        const { grant_type, ...rest } = await freshCode(host.url);
        const body = `${form({ ...rest, ...credentials })}&${grant_type}&grant_type=&__proto__=x&constructor=y&toString`;
        expect(await post(host.url, { body })).toEqual([400, 'invalid_request', 'The parameter grant_type is missing.']);
      });

      it('plus signs, percent signs and umlauts come as they were meant', async () => {
        const agent = new Agent(host.url);
        const { searchParams } = await walk(agent, authorizeUrl(host.url, pkce().code_challenge, { state: 'a+b%20c ä&=€' }));
        expect(searchParams.get('state')).toBe('a+b%20c ä&=€');
        const page = await (await agent.get(authorizeUrl(host.url, pkce().code_challenge, { scope: 'create:contacts' }))).text();
        const { action, fields } = formOn(page, host.url);
        expect((await agent.post(action, { ...fields, decision: 'ä+€' })).status).toBe(400);
      });

      it.each(['; charset=utf-8', ';charset=UTF-8', '; charset="utf-8"; x=y'])('the type of a form may end with %s', async (suffix) => {
        const body = String(form({ ...(await freshCode(host.url)), ...credentials }));
        expect(await post(host.url, { body, type: `${formType}${suffix}` })).toEqual([200, undefined, undefined]);
      });

      it('a body may come in pieces', async () => {
        const body = String(form({ ...(await freshCode(host.url)), ...credentials }));
        expect(await post(host.url, { body: inPieces(body) })).toEqual([200, undefined, undefined]);
      });

      it.each([
        ['', ''],
        [', in no pieces', inPieces('')],
      ])('an empty body%s is a request without parameters', async (_, body) => {
        expect(await post(host.url, { body })).toEqual([401, 'invalid_client', expect.stringContaining('did not authenticate')]);
      });
    },
  );

  it.each([
    ['JSON', 'application/json', '{"grant_type":"authorization_code"}'],
    ['plain text', 'text/plain', 'grant_type=authorization_code'],
    ['multipart', 'multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\na\r\n--x--\r\n'],
    ['something without a type', '', 'grant_type=authorization_code'],
  ])('a body of %s is refused, whichever parser has read it', async (_, type, body) => {
    const { json, text, urlencoded } = expresses[express];
    const parsers: (readonly RequestHandler[])[] = [[], [json(), urlencoded({ extended: true })], [text({ type: '*/*' })]];
    for (const before of parsers) {
      await withHost({ express, layOut: (app, oauth) => void app.use('/', ...before, oauth) }, async ({ url }) => {
        expect(await post(url, { type, body })).toEqual([415, 'invalid_request', expect.stringContaining(formType)]);
      });
    }
  });

  describe('behind a middleware that has read the body and left nothing', () => {
    let host: Host;

    beforeAll(async () => {
      host = await startHost({ express, layOut: (app, oauth) => void app.use('/', devour, oauth) });
    });

    afterAll(() => host.close());

    it('a client is told at once that it is not its fault, and the operator what to do', async () => {
      const logged = host.errors.length;
      const { body: answer, status } = await token(host.url, { grant_type: 'authorization_code', code: 'x' });
      expect({ status, error: answer.error }).toEqual({ status: 500, error: 'server_error' });
      expect(JSON.stringify(answer)).not.toContain('middleware');
      expect(host.errors.slice(logged)).toEqual([
        ['token: The body was read before it came here.', expect.stringContaining('Mount oauthRouter before it.')],
      ]);
    });

    it('a request that had nothing to read is answered, however late it comes', async () => {
      const layOut: LayOut = (app, oauth) => void app.use('/', devour, slow, oauth);
      await withHost({ express, layOut }, async ({ url }) => {
        expect(await post(url, { body: '' })).toEqual([401, 'invalid_client', expect.stringContaining('did not authenticate')]);
      });
    });

    it('a user sees a page', async () => {
      const logged = host.errors.length;
      const agent = new Agent(host.url);
      const page = await (await agent.get(authorizeUrl(host.url, pkce().code_challenge))).text();
      const { action, fields } = formOn(page, host.url);
      const answer = await agent.post(action, { ...fields, username: 'alice', password: 'correct horse' });
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain('Something went wrong');
      expect(host.errors.slice(logged)).toEqual([
        ['login: The body was read before it came here.', expect.stringContaining('Mount oauthRouter before it.')],
      ]);
    });
  });

  it('the session of the host is none of its business', async () => {
    const layOut: Parameters<typeof startHost>[0] = {
      express,
      layOut: (app, oauth) => {
        app.use('/', sessions, oauth).get('/mine', (req, res) => void res.json(sessionOf(req)));
      },
    };
    await withHost(layOut, async ({ url }) => {
      const agent = new Agent(url);
      await completeFlow(agent, endpointsAt(`${url}/oauth`));
      expect([...agent.cookies.keys()].sort()).toEqual(['host.sid', 'oauth_csrf', 'oauth_session']);
      expect(await (await agent.get('/mine')).json()).toEqual({ visits: 7 });
    });
  });
});

const credentials = { client_id: web.client_id, client_secret: web.client_secret };

/** Status, error and its description. */
async function post(url: string, { body, type = formType }: { body: string | ReadableStream; type?: string }) {
  const headers = type === '' ? {} : { 'Content-Type': type };
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', headers, body: bytes, duplex: 'half' });
  const { error, error_description } = (await answer.json()) as Record<string, string>;
  return [answer.status, error, error_description];
}

/** Sent without a length, eleven characters at a time. */
function inPieces(body: string): ReadableStream {
  return ReadableStream.from((body.match(/.{1,11}/g) ?? []).map((piece) => new TextEncoder().encode(piece)));
}
