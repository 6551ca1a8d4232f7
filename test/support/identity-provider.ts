/** An issuer of assertions on an https origin of its own, which publishes metadata and keys: an enterprise's, or a platform's. */
import { createServer } from 'node:https';
import express from 'express';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { type Certificates, makeCertificates } from './certificates.js';
import { listen } from './server.js';

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>> & { readonly jwk: JWK };

export interface IdentityProvider {
  readonly issuer: string;
  /** Its certificate authority, and its host as `outgoing.allow` has it. */
  readonly outgoing: { readonly allow: readonly string[]; readonly ca: string };
  /** The paths that were asked for. */
  readonly requests: readonly string[];
  /** The public key in use. */
  readonly jwk: JWK;
  /** Signs with the key in use, or another; `undefined` takes a claim out. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>, key?: SigningKey): Promise<string>;
  /** A new key takes the place of the one in use. */
  rotate(): Promise<void>;
  /** Answers everything with 503, or breaks off connections, until it is told otherwise. */
  break(how: 'answers 503' | 'hangs up' | 'publishes others’ metadata' | undefined): void;
  close(): Promise<void>;
}

let certificates: Certificates | undefined;

export async function identityProvider(path = ''): Promise<IdentityProvider> {
  certificates ??= makeCertificates('DNS:localhost');
  const requests: string[] = [];
  let keys = 0;
  let broken: Parameters<IdentityProvider['break']>[0];
  let current = await signingKey(`key-${keys}`);
  const app = express();
  app.use((req, res, next) => {
    requests.push(req.path);
    if (broken === 'hangs up') req.socket.destroy();
    else if (broken === 'answers 503') res.status(503).end();
    else next();
  });
  app.get(`${path}/.well-known/openid-configuration`, (_req, res) => {
    res.json({ issuer: broken ? 'https://other.example' : issuer, jwks_uri: `${origin}/keys` });
  });
  app.get('/keys', (_req, res) => void res.json({ keys: [current.jwk] }));
  const listener = createServer({ ...certificates }, app);
  const origin = (await listen(listener)).replace('http:', 'https:');
  const issuer = `${origin}${path}`;
  return {
    issuer,
    outgoing: { allow: [new URL(origin).host], ca: certificates.ca },
    requests,
    get jwk() {
      return current.jwk;
    },
    sign(claims, header = {}, key = current) {
      const { alg = 'ES256', kid } = key.jwk;
      return new SignJWT(claims).setProtectedHeader({ alg, ...(kid !== undefined && { kid }), ...header }).sign(key.privateKey);
    },
    async rotate() {
      keys += 1;
      current = await signingKey(`key-${keys}`);
    },
    break(how) {
      broken = how;
    },
    async close() {
      listener.closeAllConnections();
      await new Promise((closed) => listener.close(closed));
    },
  };
}

/** A key that nobody publishes, until somebody does. */
export async function signingKey(kid: string): Promise<SigningKey> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  return { ...pair, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' } };
}
