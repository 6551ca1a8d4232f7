/** The packages of clients that come without types, as far as the tests use them. */

declare module 'express-session' {
  import type { RequestHandler } from 'express';
  export default function session(options: {
    secret: string;
    resave: boolean;
    saveUninitialized: boolean;
    cookie?: { httpOnly: boolean; sameSite: 'lax' };
  }): RequestHandler;
}

declare module 'passport' {
  import type { RequestHandler } from 'express';
  export interface Strategy {
    name: string;
  }
  export class Passport {
    use(strategy: Strategy): this;
    authenticate(name: string, options?: { failureRedirect: string; failureMessage: boolean }): RequestHandler;
    session(): RequestHandler;
    serializeUser(serialize: (user: object, done: (error: unknown, text: string) => void) => void): void;
    deserializeUser(deserialize: (text: string, done: (error: unknown, user: object) => void) => void): void;
  }
  const passport: { Passport: typeof Passport };
  export default passport;
}

declare module 'passport-oauth2' {
  export interface Endpoints {
    authorizationURL: string;
    tokenURL: string;
    clientID: string;
    clientSecret: string;
    callbackURL: string;
  }
  export type Done = (error: unknown, user?: object) => void;
  type Verify = (accessToken: string, refreshToken: string, profile: Record<string, unknown>, done: Done) => void;
  export default class OAuth2Strategy {
    constructor(options: Endpoints & { scope: string; state: boolean; pkce: boolean }, verify: Verify);
    name: string;
    protected _oauth2: {
      useAuthorizationHeaderforGET(use: boolean): void;
      get(url: string, accessToken: string, done: (error: unknown, body: string) => void): void;
    };
    userProfile(accessToken: string, done: (error: unknown, profile?: Record<string, unknown>) => void): void;
  }
}

declare module 'passport-openidconnect' {
  import type { Done, Endpoints } from 'passport-oauth2';

  type Verify = (
    issuer: string,
    profile: Record<string, unknown>,
    context: Record<string, unknown>,
    idToken: string,
    accessToken: string,
    refreshToken: string,
    done: Done,
  ) => void;
  export default class OpenIDConnectStrategy {
    constructor(
      options: Endpoints & {
        issuer: string;
        userInfoURL: string;
        scope: string[];
        nonce: boolean;
        maxAge: number;
        skipUserProfile: boolean;
      },
      verify: Verify,
    );
    name: string;
  }
}

declare module 'simple-oauth2' {
  interface Config {
    client: { id: string; secret: string };
    auth: { tokenHost: string };
    options?: { authorizationMethod?: 'header' | 'body' };
  }
  interface AccessToken {
    readonly token: Record<string, unknown>;
    expired(window?: number): boolean;
    refresh(parameters?: object): Promise<AccessToken>;
  }
  class Grant {
    constructor(config: Config);
    getToken(parameters: object): Promise<AccessToken>;
    createToken(token: object): AccessToken;
  }
  export class AuthorizationCode extends Grant {
    authorizeURL(parameters: object): string;
  }
  export class ClientCredentials extends Grant {}
  export class ResourceOwnerPassword extends Grant {}
}
