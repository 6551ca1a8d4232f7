/** A client names the API that a token is for; a token is for one, and worth nothing at the others. RFC 8707. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Agent } from '../support/agent.js';
import { answerTo } from '../support/answers.js';
import { verified } from '../support/jwt.js';
import { authorizeUrl, openConsent, pkce, type TokenAnswer, web } from '../support/server.js';
import { as, calendar, clients, contacts, type Fields, post, reports, type TokenServer, tokenServer } from '../support/token-server.js';

const signing = await generateKeyPair('ES256', { extractable: true });

let server: TokenServer;
let url: string;

beforeAll(async () => {
  const jwks = { keys: [await exportJWK(signing.publicKey)] };
  server = await tokenServer({
    clients: [
      ...clients,
      { ...web, client_id: 'scoped', scope: 'openid read:contacts read:events', grant_types: ['authorization_code', 'client_credentials'] },
      { ...web, client_id: 'signing', jwks, request_object_signing_alg: 'ES256' },
    ],
  });
  url = server.url;
});

afterAll(() => server.close());

/** What the API is told that the token is for. */
async function meaning({ body }: Pick<TokenAnswer, 'body'>) {
  const { access_token = '' } = body;
  if (access_token.split('.').length === 5) {
    const { aud, scope } = (await server.introspect(access_token, 'calendar-api')).body;
    return { aud, scope };
  }
  const { aud, scope } = (await verified(url, access_token)).claims;
  return { aud, scope };
}

const all = { resource: [contacts, calendar, reports], scope: 'read:contacts read:events read:reports' };

async function refusalOf(fields: Fields): Promise<Record<string, string>> {
  const { callback } = await server.authorize(fields);
  expect(`${callback.origin}${callback.pathname}`).toBe('https://client.example.com/callback');
  return Object.fromEntries(callback.searchParams);
}

describe('at the authorization endpoint', () => {
  it('names the API that the token is for', async () => {
    const answer = await server.tokens({ resource: reports, scope: 'read' });
    expect(await meaning(answer)).toEqual({ aud: reports, scope: 'read' });
    expect(answer.body.scope).toBe('read');
  });

  it('names several, of which the first is the default at the token endpoint', async () => {
    expect(await meaning(await server.tokens(all))).toEqual({ aud: contacts, scope: 'read:contacts' });
    const reversed = { ...all, resource: [...all.resource].reverse() };
    expect(await meaning(await server.tokens(reversed))).toEqual({ aud: reports, scope: 'read:reports' });
  });

  it('may be left out: then it is the API that has the scopes', async () => {
    expect(await meaning(await server.tokens({ scope: 'read:events' }))).toEqual({ aud: calendar, scope: 'read:events' });
    expect(await meaning(await server.tokens({ scope: 'read' }))).toEqual({ aud: contacts, scope: 'read' }); // the first that has it
  });

  it('may not be left out where the scopes belong to different APIs', async () => {
    expect(await refusalOf({ scope: 'read:contacts read:events' })).toMatchObject({
      error: 'invalid_scope',
      error_description: expect.stringContaining('resource'),
    });
  });

  it('tells apart two APIs that have a scope of the same name', async () => {
    const both = { resource: [contacts, reports], scope: 'read' };
    const [one, other] = [await server.tokens(both), await server.tokens(both, { resource: reports })];
    expect([await meaning(one), await meaning(other)]).toEqual([
      { aud: contacts, scope: 'read' },
      { aud: reports, scope: 'read' },
    ]);
  });

  it('asks the user for such a scope at each of them, once', async () => {
    const agent = new Agent(url);
    const bob = { username: 'bob', password: 'battery staple' };
    const request = (resource: string) => `${authorizeUrl(url, pkce().code_challenge, { scope: 'read', resource })}`;
    const { html } = await openConsent(agent, bob, `${request(contacts)}&resource=${encodeURIComponent(reports)}`);
    expect([html.includes('See all contacts'), html.includes('See all reports')]).toEqual([true, true]);
    const first = await answerTo(request(contacts), { agent, person: bob });
    expect(first.asked).toEqual(['consent']);
    expect((await answerTo(request(contacts), { agent, person: bob })).asked).toEqual([]);
    expect((await answerTo(request(reports), { agent, person: bob })).asked).toEqual(['consent']); // another API, though the same word
  });

  it.each([
    ['an unknown one', 'https://unknown.example.com/'],
    ['a relative one', '/contacts'],
    ['a name', 'contacts'],
    ['one with a fragment', `${contacts}#part`],
    ['one with an empty fragment', `${contacts}#`],
    ['another path of the same origin', `${contacts}/friends`],
    ['a parent', 'https://api.example.com'],
    ['one with a query', `${contacts}?x=y`],
    ['one in capitals', contacts.toUpperCase()],
    ['one with a user', contacts.replace('//', '//user@')],
    ['a member of every object', '__proto__'],
  ])('is refused with invalid_target, by redirect: %s', async (_, resource) => {
    expect(await refusalOf({ resource, state: 'xyz' })).toEqual({
      error: 'invalid_target',
      error_description: expect.any(String),
      state: 'xyz',
      iss: url,
    });
  });

  it('is refused as a whole if one of several is unknown', async () => {
    expect(await refusalOf({ resource: [contacts, 'https://unknown.example.com'] })).toMatchObject({ error: 'invalid_target' });
  });

  it('is refused with scopes that are none of the named APIs’', async () => {
    expect(await refusalOf({ resource: contacts, scope: 'read:contacts read:events' })).toMatchObject({
      error: 'invalid_scope',
      error_description: expect.stringContaining('read:events'),
    });
  });

  it('counts as absent if it is empty', async () => {
    expect(await meaning(await server.tokens({ resource: '' }))).toEqual({ aud: contacts, scope: 'read:contacts' });
  });

  it('goes together with scopes about the user', async () => {
    const answer = await server.tokens({ resource: calendar, scope: 'openid read:events' });
    expect(await meaning(answer)).toEqual({ aud: calendar, scope: 'openid read:events' });
    expect(answer.body.id_token).toEqual(expect.any(String));
  });

  it.each([
    ['without a slash, registered without', reports],
    ['with a slash, registered without', `${reports}/`],
  ])('may be an origin %s: aud is as registered', async (_, resource) => {
    expect(await meaning(await server.tokens({ resource, scope: 'read' }))).toEqual({ aud: reports, scope: 'read' });
  });

  it('may be posted, and repeated', async () => {
    const agent = new Agent(url);
    const { code_challenge, code_verifier } = pkce();
    const start = new URL(authorizeUrl(url, code_challenge, { scope: 'read:contacts read:events' }));
    for (const resource of [contacts, calendar]) start.searchParams.append('resource', resource);
    const posted = await fetch(`${url}/oauth/authorize`, { method: 'POST', body: start.searchParams, redirect: 'manual' });
    const { parameters } = await answerTo(new URL(posted.headers.get('location') ?? start.href, url).href, { agent });
    const redemption = { grant_type: 'authorization_code', code: parameters.code, code_verifier, resource: calendar, ...as('web') };
    expect(await meaning((await post(`${url}/oauth/token`, redemption)) as never)).toEqual({ aud: calendar, scope: 'read:events' });
  });

  it.each([
    ['one', calendar, 'read:events', calendar],
    ['several, as a list', [calendar, contacts], 'read:events read:contacts', calendar],
  ])('may stand in a request object: %s', async (_, resource, scope, aud) => {
    const request = await new SignJWT({ resource, scope, iss: 'signing', aud: url })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(signing.privateKey);
    const answer = await server.tokens({ client_id: 'signing', request, resource: reports });
    expect(await meaning(answer)).toEqual({ aud, scope: 'read:events' });
  });
});

describe('the parameter audience', () => {
  it('says the same', async () => {
    expect(await meaning(await server.tokens({ audience: reports, scope: 'read' }))).toEqual({ aud: reports, scope: 'read' });
  });

  it('says the same at the token endpoint', async () => {
    expect(await meaning(await server.tokens(all, { audience: calendar }))).toEqual({ aud: calendar, scope: 'read:events' });
    expect(await meaning(await server.machineToken({ audience: reports }))).toEqual({ aud: reports, scope: 'read:reports' });
  });

  it('may stand beside resource, and name another or the same', async () => {
    const answer = await server.tokens({ resource: contacts, audience: calendar, scope: 'read:contacts read:events' });
    expect(await meaning(answer)).toEqual({ aud: contacts, scope: 'read:contacts' });
    const { body } = await server.machineToken({ resource: reports, audience: `${reports}/` });
    expect(await meaning({ body })).toEqual({ aud: reports, scope: 'read:reports' });
  });

  it('is refused like resource', async () => {
    expect(await refusalOf({ audience: 'https://unknown.example.com' })).toMatchObject({ error: 'invalid_target' });
    const unknown = await server.machineToken({ audience: 'https://unknown.example.com' });
    expect([unknown.status, unknown.body.error]).toEqual([400, 'invalid_target']);
  });
});

describe('at the token endpoint', () => {
  it.each([
    [contacts, 'read:contacts'],
    [calendar, 'read:events'],
    [reports, 'read:reports'],
  ])('chooses one of those that the user allowed: %s', async (resource, scope) => {
    const answer = await server.tokens(all, { resource });
    expect(await meaning(answer)).toEqual({ aud: resource, scope });
    expect(answer.body.scope).toBe(scope);
  });

  it('chooses another at each refresh', async () => {
    let { body } = await server.tokens(all);
    for (const [resource, scope] of [
      [calendar, 'read:events'],
      [reports, 'read:reports'],
      [contacts, 'read:contacts'],
    ]) {
      ({ body } = await server.refresh(body.refresh_token, { resource }));
      expect(await meaning({ body })).toEqual({ aud: resource, scope });
    }
  });

  it('a refresh without one is for the first, or for the one whose scope it asks', async () => {
    const { body } = await server.tokens(all, { resource: reports });
    const again = await server.refresh(body.refresh_token);
    expect(await meaning(again)).toEqual({ aud: contacts, scope: 'read:contacts' });
    expect(await meaning(await server.refresh(again.body.refresh_token, { scope: 'read:events' }))).toMatchObject({ aud: calendar });
  });

  it('does not narrow what can be had later: the refresh token stays as good as it was', async () => {
    const { body } = await server.tokens({ ...all, scope: `${all.scope} create:contacts` }, { resource: calendar });
    const narrow = await server.refresh(body.refresh_token, { resource: contacts, scope: 'create:contacts' });
    expect(await meaning(narrow)).toEqual({ aud: contacts, scope: 'create:contacts' });
    const wide = await server.refresh(narrow.body.refresh_token, { resource: contacts });
    expect(await meaning(wide)).toEqual({ aud: contacts, scope: 'read:contacts create:contacts' });
  });

  it('a refresh that is repeated within the grace time may be for another, with the same successor', async () => {
    const { body } = await server.tokens(all);
    const one = await server.refresh(body.refresh_token, { resource: calendar });
    const other = await server.refresh(body.refresh_token, { resource: reports });
    expect(other.body.refresh_token).toBe(one.body.refresh_token);
    expect([await meaning(one), await meaning(other)]).toMatchObject([{ aud: calendar }, { aud: reports }]);
  });

  it.each<[string, Fields, string]>([
    ['one that the user was not asked for', { resource: reports }, 'invalid_target'],
    ['an unknown one', { resource: 'https://unknown.example.com' }, 'invalid_target'],
    ['a relative one', { resource: 'contacts' }, 'invalid_target'],
    ['one with a fragment', { resource: `${contacts}#` }, 'invalid_target'],
    ['several', { resource: [contacts, calendar] }, 'invalid_target'],
    ['several, one of them as audience', { resource: contacts, audience: calendar }, 'invalid_target'],
    ['this server itself', { resource: 'issuer' }, 'invalid_target'],
  ])('refuses %s, and nothing is spent', async (_, fields, error) => {
    const request = { resource: [contacts, calendar], scope: 'read:contacts read:events' };
    const more = fields.resource === 'issuer' ? { resource: url } : fields;
    const { callback, code_verifier } = await server.authorize(request);
    const redemption = { grant_type: 'authorization_code', code: callback.searchParams.get('code') ?? '', code_verifier, ...as('web') };
    expect(await post(`${url}/oauth/token`, { ...redemption, ...more })).toMatchObject({ status: 400, body: { error } });
    const { status, body } = await post(`${url}/oauth/token`, redemption);
    expect(status).toBe(200);
    const refused = await server.refresh(body.refresh_token as string, more);
    expect([refused.status, refused.body.error]).toEqual([400, error]);
    expect((await server.refresh(body.refresh_token as string)).status).toBe(200);
  });

  it('refuses a scope of one API for another, although the user allowed both', async () => {
    const { body } = await server.tokens(all);
    const answer = await server.refresh(body.refresh_token, { resource: contacts, scope: 'read:events' });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_scope']);
  });

  it('refuses a scope of the same name at an API where the user did not allow it', async () => {
    const { body } = await server.tokens({ resource: contacts, scope: 'read' });
    const answer = await server.refresh(body.refresh_token, { resource: reports, scope: 'read' });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_target']);
  });

  it('gives the scopes about the user with any of them', async () => {
    const { body } = await server.tokens({ ...all, scope: `openid ${all.scope}` });
    expect(await meaning(await server.refresh(body.refresh_token, { resource: calendar }))).toMatchObject({ scope: 'openid read:events' });
  });
});

describe('a machine', () => {
  it('names the API, and gets its default scopes', async () => {
    for (const [resource, scope] of [
      [contacts, 'read:contacts'],
      [calendar, 'read:events'],
      [reports, 'read:reports'],
    ]) {
      expect(await meaning(await server.machineToken({ resource }))).toEqual({ aud: resource, scope });
    }
  });

  it('gets a token for the first API where it names none', async () => {
    expect(await meaning(await server.machineToken())).toEqual({ aud: contacts, scope: 'read:contacts' });
  });

  it.each<[Fields, string]>([
    [{ resource: [contacts, calendar] }, 'invalid_target'],
    [{ resource: 'https://unknown.example.com' }, 'invalid_target'],
    [{ resource: contacts, scope: 'read:events' }, 'invalid_scope'],
    [{ scope: 'read:contacts read:events' }, 'invalid_scope'],
  ])('is refused %j: %s', async (fields, error) => {
    const answer = await server.machineToken(fields);
    expect([answer.status, answer.body.error]).toEqual([400, error]);
  });
});

describe('the password grant', () => {
  const user = { grant_type: 'password', username: 'alice', password: 'correct horse' };
  const ask = (fields: Fields) => server.machineToken({ ...user, ...as('trusted'), ...fields });

  it('names the API, also for its refresh tokens', async () => {
    const answer = await ask({ resource: reports, scope: 'read' });
    expect(await meaning(answer)).toEqual({ aud: reports, scope: 'read' });
    const again = await server.refresh(answer.body.refresh_token, as('trusted'));
    expect(await meaning(again)).toEqual({ aud: reports, scope: 'read' });
    const other = await server.refresh(again.body.refresh_token, { ...as('trusted'), resource: contacts });
    expect([other.status, other.body.error]).toEqual([400, 'invalid_target']);
  });

  it('refuses several', async () => {
    const answer = await ask({ resource: [contacts, reports], scope: 'read' });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_target']);
  });
});

describe('a client that is registered for scopes', () => {
  it('gets those of the API that it names, and those about the user', async () => {
    const at = async (resource: string) => meaning(await server.tokens({ client_id: 'scoped', scope: undefined, resource }));
    expect(await at(contacts)).toEqual({ aud: contacts, scope: 'openid read:contacts' });
    expect(await at(calendar)).toEqual({ aud: calendar, scope: 'openid read:events' });
  });

  it('gets them by client_credentials too, without the user', async () => {
    expect(await meaning(await server.machineToken({ ...as('scoped'), resource: calendar }))).toEqual({
      aud: calendar,
      scope: 'read:events',
    });
  });

  it('may not ask for others', async () => {
    expect(await refusalOf({ client_id: 'scoped', resource: reports, scope: 'read:reports' })).toMatchObject({ error: 'invalid_scope' });
  });
});

describe('the implicit grant', () => {
  const ask = async (fields: Fields) => {
    const { callback } = await server.authorize({ client_id: 'implicit', response_type: 'token', ...fields });
    return Object.fromEntries(new URLSearchParams(callback.hash.slice(1)));
  };

  it('gives a token for the API that is named', async () => {
    expect(await meaning({ body: await ask({ resource: calendar, scope: 'read:events' }) })).toMatchObject({ aud: calendar });
    expect(await meaning({ body: await ask({ resource: reports, scope: 'read' }) })).toMatchObject({ aud: reports });
  });

  it.each(['token', 'code token'])('refuses several at once, before the user is asked: %s', async (response_type) => {
    const start = new URL(authorizeUrl(url, pkce().code_challenge, { client_id: 'implicit', response_type, scope: 'read' }));
    for (const resource of [contacts, reports]) start.searchParams.append('resource', resource);
    const { asked, place, parameters } = await answerTo(start.href);
    expect({ asked, place, parameters }).toMatchObject({ asked: [], place: 'fragment', parameters: { error: 'invalid_target' } });
  });
});

describe('a token', () => {
  it('is refused by the other API, whichever way that checks it', async () => {
    const { body } = await server.tokens(all);
    const { body: other } = await server.refresh(body.refresh_token, { resource: calendar });
    expect([await server.callContacts(body.access_token), await server.callEvents(body.access_token)]).toEqual([200, 401]);
    expect([await server.callContacts(other.access_token), await server.callEvents(other.access_token)]).toEqual([401, 200]);
  });

  it('with a scope of the same name is refused by the other API', async () => {
    const { body } = await server.tokens({ resource: reports, scope: 'read' });
    expect([await server.callContacts(body.access_token), await server.isActive(body.access_token)]).toEqual([401, false]);
  });

  it.each([
    [contacts, 'ES256', 600],
    [reports, 'RS256', 60],
  ])('is signed, and lasts, as its API wants: %s', async (resource, alg, lifetime) => {
    const { body } = await server.tokens(all, { resource });
    const { header, claims } = await verified(url, body.access_token);
    expect([header.alg, header.typ, body.expires_in]).toEqual([alg, 'at+jwt', lifetime]);
    expect(claims.exp).toBe((claims.iat as number) + lifetime);
  });

  it('is a reference for the API that wants it so', async () => {
    const { body } = await server.tokens(all, { resource: calendar });
    expect([body.access_token?.split('.').length, body.expires_in]).toEqual([5, 300]);
  });
});

describe('when time goes by', () => {
  let clock: TokenServer;

  beforeAll(async () => {
    clock = await tokenServer({});
  });
  afterAll(() => clock.close());

  it.each([
    [contacts, 600, 'contacts-api'],
    [calendar, 300, 'calendar-api'],
    [reports, 60, 'reports-api'],
  ])('a token is active until its last second: %s', async (resource, lifetime, client) => {
    const { body } = await clock.tokens(all, { resource });
    clock.sleep(lifetime - 1);
    expect(await clock.isActive(body.access_token, client)).toBe(true);
    clock.sleep(1);
    expect(await clock.isActive(body.access_token, client)).toBe(false);
  });

  it.each([
    ['the strictest', [contacts, calendar], 'read:contacts read:events', 3600],
    ['the usual one', [contacts, reports], 'read:contacts read:reports', 14 * 86_400],
  ])('a refresh token lasts as long as %s of its APIs allows', async (_, resource, scope, lifetime) => {
    const { body } = await clock.tokens({ resource, scope });
    clock.sleep(lifetime - 1);
    const { body: next } = await clock.refresh(body.refresh_token, { resource: contacts }); // whichever is asked for
    expect(next.refresh_token).toEqual(expect.any(String));
    clock.sleep(lifetime);
    expect((await clock.refresh(next.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('a longer access token outlives the refresh token of its authorization', async () => {
    const short = await tokenServer({ lifetimes: { refreshToken: 100 } });
    try {
      const { body } = await short.tokens({ scope: 'read:contacts' });
      short.sleep(101);
      expect([await short.callContacts(body.access_token), (await short.refresh(body.refresh_token)).status]).toEqual([200, 400]);
    } finally {
      await short.close();
    }
  });
});

describe('an API that is registered with a slash', () => {
  it('is named without it as well', async () => {
    const slashed = 'https://slashed.example.com/';
    const other = await tokenServer({
      apis: { [contacts]: { scopes: { 'read:contacts': 'x', 'create:contacts': 'y' } }, [slashed]: { scopes: { use: 'Use it' } } },
      clients: [web],
    });
    try {
      for (const resource of [slashed, 'https://slashed.example.com']) {
        const { body } = await other.tokens({ resource, scope: 'use' });
        expect((await verified(other.url, body.access_token)).claims.aud).toBe(slashed);
      }
    } finally {
      await other.close();
    }
  });
});
