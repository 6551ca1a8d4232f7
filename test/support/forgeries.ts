/** An attacker's workshop: access tokens that are good but for one thing. RFC 8725, RFC 9068 section 4. */
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { CompactSign, importJWK, type JWK } from 'jose';

export type Members = Readonly<Record<string, unknown>>;

export interface Workshop {
  /** What the server must be given as its keys. */
  readonly keys: readonly JWK[];
  /** The claims of a good access token, but for these changes; `undefined` takes one out. */
  claims(changes?: Members): Members;
  /** By the key of the server, unless it is another. */
  sign(claims: Members, header?: Members, key?: JWK): Promise<string>;
  readonly forgeries: readonly Forgery[];
}

/** What is wrong with a token, and how to make it. `trap` is a URL that must not be asked, where the attacker's key is. */
export type Forgery = readonly [string, (workshop: Workshop, trap: string) => string | Promise<string>];

function newKey(kid: string): JWK {
  return { ...(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JWK), kid };
}

const ourKey = newKey('ours');
export const theirKey = newKey('theirs');
const ourPublicKey = createPublicKey({ key: ourKey as JsonWebKey, format: 'jwk' });

export const goodHeader = { alg: 'ES256', kid: 'ours', typ: 'at+jwt' };

export function publicOf({ d: _, ...jwk }: JWK): JWK {
  return jwk;
}

/** For an issuer and one of its APIs. */
export function workshop(issuer: () => string, audience: () => string): Workshop {
  return {
    keys: [ourKey],
    forgeries,
    claims(changes = {}) {
      const now = nowInSeconds();
      return {
        iss: issuer(),
        aud: audience(),
        sub: 'alice',
        client_id: 'web',
        scope: 'read:contacts',
        iat: now,
        exp: now + 600,
        jti: 'authorization.token',
        ...changes,
      };
    },
    async sign(claims, header = {}, key = ourKey) {
      const signing = new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ ...goodHeader, ...header });
      return signing.sign(await importJWK({ ...key, alg: 'ES256' }), { crit: { x: true } });
    },
  };
}

export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Header, claims, and whatever an attacker puts in place of the signature. */
function assemble(header: Members | string, claims: Members, signature: string | ((text: string) => string)): string {
  const parts = [typeof header === 'string' ? header : JSON.stringify(header), JSON.stringify(claims)];
  const text = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${text}.${typeof signature === 'string' ? signature : signature(text)}`;
}

function hmac(key: string | Buffer) {
  return (text: string) => createHmac('sha256', key).update(text).digest('base64url');
}

const megabyte = 1_000_000;

const forgeries: readonly Forgery[] = [
  ['is no JWT', () => 'abc'],
  ['has empty parts', () => '..'],
  ['has an empty header', async (made) => `.${(await made.sign(made.claims())).split('.').slice(1).join('.')}`],
  ['has no claims', async (made) => (await made.sign(made.claims())).replace(/\.[^.]+\./, '..')],
  ['has two parts', async (made) => (await made.sign(made.claims())).split('.').slice(0, 2).join('.')],
  ['has four parts', async (made) => `${await made.sign(made.claims())}.a`],
  ['was cut off', async (made) => (await made.sign(made.claims())).slice(0, -1)],
  ['was cut in two', async (made) => (await made.sign(made.claims())).slice(0, 120)],
  ['is two good ones', async (made) => (await made.sign(made.claims())) + (await made.sign(made.claims()))],
  ['is two good ones with a period', async (made) => `${await made.sign(made.claims())}.${await made.sign(made.claims())}`],
  ['is encrypted', () => `${Buffer.from('{"alg":"dir","enc":"A256GCM","kid":"ours"}').toString('base64url')}..YWFhYWFhYWFhYWFh.YQ.YWFh`],
  ['has JSON in none of its parts', () => 'YQ.YQ.YQ'],
  ['has a list as claims', (made) => made.sign([] as unknown as Members)],
  ['has expired', (made) => made.sign(made.claims({ exp: nowInSeconds() - 11 }))],
  ['is not valid yet', (made) => made.sign(made.claims({ nbf: nowInSeconds() + 600 }))],
  ['never expires', (made) => made.sign(made.claims({ exp: undefined }))],
  ['expires at no number', (made) => made.sign(made.claims({ exp: '9999999999' }))],
  ['is for another API', (made) => made.sign(made.claims({ aud: 'https://api.example.com/calendar' }))],
  ['is for nobody', (made) => made.sign(made.claims({ aud: undefined }))],
  ['is for an API whose name begins alike', (made) => made.sign(made.claims({ aud: `${made.claims().aud}/` }))],
  ['is of another issuer', (made) => made.sign(made.claims({ iss: 'https://evil.example' }))],
  ['is of the issuer with a slash', (made) => made.sign(made.claims({ iss: `${made.claims().iss}/` }))],
  ['is of no issuer', (made) => made.sign(made.claims({ iss: undefined }))],
  ['has no subject', (made) => made.sign(made.claims({ sub: undefined }))],
  ['has no client', (made) => made.sign(made.claims({ client_id: undefined }))],
  ['has no name', (made) => made.sign(made.claims({ jti: undefined }))],
  ['has a list as scope', (made) => made.sign(made.claims({ scope: ['read:contacts'] }))],
  ['is an ID token', (made) => made.sign(made.claims(), { typ: 'JWT' })],
  ['is a logout token', (made) => made.sign(made.claims(), { typ: 'logout+jwt' })],
  ['has no type', (made) => made.sign(made.claims(), { typ: undefined })],
  ['names a key that is not ours', (made) => made.sign(made.claims(), { kid: 'theirs' }, theirKey)],
  ['names our key, and is signed with another', (made) => made.sign(made.claims(), {}, theirKey)],
  ['brings its key in jwk', (made) => made.sign(made.claims(), { jwk: publicOf(theirKey) }, theirKey)],
  ['brings its key in jwk alone', (made) => made.sign(made.claims(), { kid: undefined, jwk: publicOf(theirKey) }, theirKey)],
  ['brings its key in jku', (made, trap) => made.sign(made.claims(), { jku: trap }, theirKey)],
  ['brings its key in jku, by name', (made, trap) => made.sign(made.claims(), { jku: trap, kid: 'theirs' }, theirKey)],
  ['brings its key in x5u', (made, trap) => made.sign(made.claims(), { x5u: trap }, theirKey)],
  ['brings its key in x5c', (made) => made.sign(made.claims(), { x5c: ['MIIB'] }, theirKey)],
  ['names a URL as its key', (made, trap) => made.sign(made.claims(), { kid: trap }, theirKey)],
  ['names a file as its key', (made) => made.sign(made.claims(), { kid: '../../../dev/null' }, theirKey)],
  ['asks for what we do not understand', (made) => made.sign(made.claims(), { crit: ['x'], x: 1 })],
  ['has alg none', (made) => assemble({ ...goodHeader, alg: 'none' }, made.claims(), '')],
  ['has alg NONE', (made) => assemble({ ...goodHeader, alg: 'NONE' }, made.claims(), '')],
  ['has alg none, and ES256', (made) => assemble('{"alg":"ES256","alg":"none","kid":"ours","typ":"at+jwt"}', made.claims(), '')],
  ['has ES256, and alg none', (made) => assemble('{"alg":"none","alg":"ES256","kid":"ours","typ":"at+jwt"}', made.claims(), '')],
  ['has no signature', async (made) => (await made.sign(made.claims())).replace(/[^.]+$/, '')],
  ['has a signature of zeros', (made) => assemble(goodHeader, made.claims(), 'A'.repeat(86))],
  [
    'has the signature of another one',
    async (made) => assemble(goodHeader, made.claims({ sub: 'root' }), (await made.sign(made.claims())).split('.')[2] ?? ''),
  ],
  ['has HS256 by our public key in PEM', (made) => assemble({ ...goodHeader, alg: 'HS256' }, made.claims(), hmac(pem()))],
  [
    'has HS256 by our public key in DER',
    (made) =>
      assemble({ ...goodHeader, alg: 'HS256' }, made.claims(), hmac(ourPublicKey.export({ type: 'spki', format: 'der' }) as Buffer)),
  ],
  [
    'has HS256 by our public key as JWK',
    (made) => assemble({ ...goodHeader, alg: 'HS256' }, made.claims(), hmac(JSON.stringify(publicOf(ourKey)))),
  ],
  ['has HS256 by nothing', (made) => assemble({ ...goodHeader, alg: 'HS256' }, made.claims(), hmac(''))],
  ['has another alg with our key', (made) => assemble({ ...goodHeader, alg: 'ES384' }, made.claims(), 'A'.repeat(86))],
  ['is 12 kB long', (made) => made.sign(made.claims({ padding: 'a'.repeat(9_000) }), {}, theirKey)],
  ['is 20 kB long, and good', (made) => made.sign(made.claims({ padding: 'a'.repeat(15_000) }))],
  ['is 1 MB long, and good', (made) => made.sign(made.claims({ padding: 'a'.repeat(megabyte * 0.74) }))],
  ['is 1 MB of one letter', () => 'a'.repeat(megabyte)],
  ['is 1 MB of periods', () => '.'.repeat(megabyte)],
  ['is 1 MB of what a token does not have', () => '"'.repeat(megabyte)],
];

function pem(): string {
  return ourPublicKey.export({ type: 'spki', format: 'pem' }) as string;
}
