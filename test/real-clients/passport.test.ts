/** passport-oauth2 and passport-openidconnect, as their readmes have them, in an Express app with sessions. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express, { type Express, type RequestHandler } from 'express';
import session from 'express-session';
import passport from 'passport';
import OAuth2Strategy, { type Done } from 'passport-oauth2';
import OpenIDConnectStrategy from 'passport-openidconnect';
import { Agent } from '../support/agent.js';
import { arrive } from '../support/journey.js';
import { type OAuthServer, type Origin, serve, serveOAuth } from '../support/origin.js';
import { profile, users } from '../support/profiles.js';
import { callApi } from '../support/server.js';

const client_secret = 'the secret of a real client';
const clients = [
  { client_id: 'oauth2', client_secret, redirect_uris: ['http://localhost/callback'] },
  // This library knows no PKCE.
  { client_id: 'openidconnect', client_secret, redirect_uris: ['http://localhost/callback'], pkce: false },
];

let server: OAuthServer;

beforeEach(async () => {
  server = await serveOAuth({ clients, users });
});

afterEach(() => server.close());

interface Visitor {
  readonly profile: Record<string, unknown>;
  readonly accessToken: string;
}

/** Starts an app that signs its visitors in by this strategy, at `/login`, and says at `/` who they are. */
async function withApp(name: string, strategyAt: (url: string) => { name: string }, use: (app: Origin) => Promise<void>): Promise<void> {
  const app = express();
  const origin = await serve(app);
  layOut(app, name, strategyAt(origin.url));
  try {
    await use(origin);
  } finally {
    await origin.close();
  }
}

function layOut(app: Express, name: string, strategy: { name: string }): void {
  const authenticator = new passport.Passport().use(strategy);
  authenticator.serializeUser((user, done) => done(null, JSON.stringify(user)));
  authenticator.deserializeUser((text, done) => done(null, JSON.parse(text)));
  const greet: RequestHandler = (req, res) => void res.json((req as { user?: Visitor }).user);
  app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: false }), authenticator.session());
  app.get('/', greet);
  app.get('/login', authenticator.authenticate(name));
  app.get('/callback', authenticator.authenticate(name, { failureRedirect: '/sorry', failureMessage: true }), (_req, res) =>
    res.redirect('/'),
  );
  app.get('/sorry', (req, res) => void res.json((req as { session?: { messages?: string[] } }).session?.messages ?? []));
}

function endpointsFor(clientID: string, url: string) {
  const oauth = `${server.issuer}/oauth`;
  const endpoints = { authorizationURL: `${oauth}/authorize`, tokenURL: `${oauth}/token`, userInfoURL: `${oauth}/userinfo` };
  return { ...endpoints, clientID, clientSecret: client_secret, callbackURL: `${url}/callback` };
}

async function visitorOf(app: Origin, agent = new Agent(app.url)): Promise<Visitor> {
  const { url, text, asked } = await arrive(`${app.url}/login`, { agent });
  expect([url.href, asked]).toEqual([`${app.url}/`, ['login', 'consent']]);
  return JSON.parse(text);
}

async function apiAnswers({ accessToken }: Visitor): Promise<unknown> {
  return (await callApi(server.url, accessToken)).json();
}

describe('passport-oauth2, with PKCE and state', () => {
  /** As the providers' own strategies do it: the profile is fetched with the access token. */
  class Strategy extends OAuth2Strategy {
    override userProfile(accessToken: string, done: Parameters<OAuth2Strategy['userProfile']>[1]): void {
      this._oauth2.useAuthorizationHeaderforGET(true);
      this._oauth2.get(`${server.issuer}/oauth/userinfo`, accessToken, (error, body) => done(error, error ? undefined : JSON.parse(body)));
    }
  }

  const strategyAt = (url: string) =>
    new Strategy(
      { ...endpointsFor('oauth2', url), scope: 'openid profile email read:contacts', state: true, pkce: true },
      (accessToken, _refreshToken, known, done) => done(null, { profile: known, accessToken }),
    );

  it('signs a user in, who has the profile of userinfo and may call the API', async () => {
    await withApp('oauth2', strategyAt, async (app) => {
      const visitor = await visitorOf(app);
      expect(visitor.profile).toEqual(profile);
      expect(await apiAnswers(visitor)).toEqual({ sub: 'alice', clientId: 'oauth2' });
    });
  });

  it('takes a user who denies to its failureRedirect, with our sentence as the message', async () => {
    await withApp('oauth2', strategyAt, async (app) => {
      const { url, text } = await arrive(`${app.url}/login`, { decision: 'deny' });
      expect([url.pathname, JSON.parse(text)]).toEqual(['/sorry', ['The user said no.']]);
    });
  });
});

describe('passport-openidconnect, with nonce and max_age', () => {
  const strategyAt = (url: string) =>
    new OpenIDConnectStrategy(
      {
        ...endpointsFor('openidconnect', url),
        issuer: server.issuer,
        scope: ['profile', 'email', 'read:contacts'],
        nonce: true,
        maxAge: 600,
        skipUserProfile: false,
      },
      (issuer, known, context, _idToken, accessToken, _refreshToken, done: Done) =>
        done(null, { profile: { issuer, ...known, ...context }, accessToken }),
    );

  it('signs a user in, by the ID token and userinfo, who may call the API', async () => {
    await withApp('openidconnect', strategyAt, async (app) => {
      const visitor = await visitorOf(app);
      expect(visitor.profile).toMatchObject({
        issuer: server.issuer,
        id: 'alice',
        displayName: profile.name,
        emails: [{ value: profile.email }],
        methods: ['pwd'],
        timestamp: expect.any(String),
      });
      expect(await apiAnswers(visitor)).toEqual({ sub: 'alice', clientId: 'openidconnect' });
    });
  });

  it('takes a user who denies to its failureRedirect, with our sentence as the message', async () => {
    await withApp('openidconnect', strategyAt, async (app) => {
      const { url, text } = await arrive(`${app.url}/login`, { decision: 'deny' });
      expect([url.pathname, JSON.parse(text)]).toEqual(['/sorry', ['The user said no.']]);
    });
  });
});
