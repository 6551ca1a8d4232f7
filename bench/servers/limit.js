/**
 * The limit: the least code that does the same work as we do, job by job, without any of the generality. The same checks of the request, the
 * same things kept in Redis by as many commands in as many round trips, the same signatures, each in the fastest way that we know. Nobody should
 * run this.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hash as hashAtOnce,
  randomFillSync,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { Redis } from 'ioredis';
import { api, authenticate, client, escaped, lifetimes, scope, secret } from '../world.js';

/** @typedef {{ status: number, headers?: Record<string, string>, body?: string | Buffer }} Answer */

/**
 * @typedef {object} Asked
 * @property {string | undefined} method
 * @property {string} path
 * @property {URLSearchParams} query
 * @property {URLSearchParams} form
 * @property {import('node:http').IncomingHttpHeaders} headers
 */

// As KeyObjects: Node 24 takes 9 µs longer for an HMAC with bytes.
const sealKey = createSecretKey(createHash('sha256').update(`seal ${secret}`).digest());
const macKey = createSecretKey(createHash('sha256').update(`mac ${secret}`).digest());
/** What our metadata has besides, in characters. */
const lengthOfOurs = 2_850;

const secretHash = hash(client.client_secret);
const noStore = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' };
const publicly = { 'Cache-Control': 'public, max-age=300', 'Content-Type': 'application/json' };
/** As ours, which a browser needs. */
const asPage = {
  'Content-Type': 'text/html; charset=utf-8',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'unsafe-none',
  'Content-Language': 'en',
};
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
/** What our pages have besides, in characters; not all of them ASCII, and the whole is encoded accordingly. */
const moreOfLogin = `<p>${'x'.repeat(1_777)}…</p>`;
const moreOfConsent = `<p>${'x'.repeat(2_513)}…</p>`;

/** The guesses for a name and those from an address at once, as ours: a command each would be two more for every login. */
const countBoth = `
for _, key in ipairs(KEYS) do redis.call('SET', key, 0, 'EX', 3600, 'NX') end
return {redis.call('INCR', KEYS[1]), redis.call('INCR', KEYS[2])}`;

/** The password was right: nothing was guessed. */
const giveBack = "redis.call('DEL', KEYS[1]) return redis.call('DECR', KEYS[2])";

const swap = `
if redis.call('GETRANGE', KEYS[1], 0, 16) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/**
 * How it encrypts, and how it verifies: in the fastest way, unless another is given.
 *
 * @typedef {object} Ciphers
 * @property {(value: unknown) => string | Promise<string>} seal
 * @property {(text: string) => any} unseal - gives nothing, or a promise of nothing, for what is not ours
 * @property {(jwt: string, publicKey: (alg: 'ES256' | 'RS256') => import('node:crypto').KeyObject) => any} claimsOf - the same, for what is none
 */

/** @type {Ciphers} */
const fastest = { seal, unseal, claimsOf };

/** @param {import('./start.js').Start} start @returns {(asked: Asked) => Promise<Answer> | Answer} */
export function createLimit({ url, redis: source, format, rsaKey }, { seal, unseal, claimsOf } = fastest) {
  const redis = new Redis(/** @type {string} */ (source));
  sendTogether(redis);
  const keys = {
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    RS256: { privateKey: createPrivateKey(rsaKey), publicKey: createPublicKey(rsaKey) },
  };
  const kids = { ES256: thumbprint(keys.ES256.publicKey), RS256: thumbprint(keys.RS256.publicKey) };
  const documents = {
    // As long as what ours has to tell: a shorter one would be less work.
    metadata: document({ issuer: url, token_endpoint: `${url}/token`, jwks_uri: `${url}/jwks`, and_more: 'x'.repeat(lengthOfOurs) }),
    jwks: document({
      keys: /** @type {const} */ (['ES256', 'RS256']).map((alg) => ({
        ...keys[alg].publicKey.export({ format: 'jwk' }),
        ...{ kid: kids[alg], alg, use: 'sig' },
      })),
    }),
  };
  const genuine = memory();
  const tickets = memory();
  /** @type {Set<string>} */
  let ended = new Set();
  let endedReadAt = 0;

  /** @param {Record<string, unknown>} claims @param {'ES256' | 'RS256'} alg @param {string} typ */
  function jwt(claims, alg, typ) {
    const text = `${encode({ alg, kid: kids[alg], typ })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(text), keys[alg].privateKey);
    return `${text}.${(alg === 'ES256' ? rawOf(signature) : signature).toString('base64url')}`;
  }

  /** @param {string} id @param {string} sub @param {string} of */
  function accessToken(id, sub, of) {
    const now = seconds();
    const aud = of === 'openid' ? url : api;
    const claims = {
      iss: url,
      aud,
      sub,
      client_id: client.client_id,
      scope: of,
      iat: now,
      exp: now + lifetimes.accessToken,
      jti: `${id}.${random(8)}`,
    };
    return format === 'opaque' ? seal({ claims, recorded: sub !== client.client_id }) : jwt(claims, format, 'at+jwt');
  }

  /** @param {string} id @param {number} generation @param {string} sub @param {string} of */
  async function tokens(id, generation, sub, of) {
    const access_token = await accessToken(id, sub, of);
    const now = seconds();
    const isOpenId = of.split(' ').includes('openid');
    const at_hash = isOpenId && createHash('sha256').update(access_token).digest().subarray(0, 16).toString('base64url');
    const idClaims = { iss: url, sub, aud: client.client_id, iat: now, exp: now + 3600, auth_time: now, at_hash };
    return answerJson({
      access_token,
      token_type: 'Bearer',
      expires_in: lifetimes.accessToken,
      scope: of,
      refresh_token: `${id}.${generation}.${mac('refresh', `${id}.${generation}`)}`,
      ...(isOpenId && { id_token: jwt(idClaims, 'ES256', 'JWT') }),
    });
  }

  /** @param {string | undefined} token @returns {Promise<Record<string, any> | undefined>} */
  async function check(token) {
    if (token === undefined) return undefined;
    if (token.split('.').length !== 3) {
      const sealed = await genuine.find(token, unseal);
      if (!sealed || sealed.claims.exp <= seconds()) return undefined;
      const { jti } = sealed.claims;
      const id = jti.slice(0, jti.indexOf('.'));
      const [a, b, record] = await Promise.all([
        redis.get(`ended:${jti}`),
        redis.get(`ended:${id}`),
        sealed.recorded ? redis.get(`authorization:${id}`) : 'none is needed',
      ]);
      return a === null && b === null && record !== null ? sealed.claims : undefined;
    }
    const claims = await genuine.find(token, (jwt) => claimsOf(jwt, (alg) => keys[alg].publicKey));
    if (!claims || claims.exp <= seconds() || claims.iss !== url) return undefined;
    if (seconds() !== endedReadAt) {
      ended = new Set(await redis.zrangebyscore('ended', Date.now(), '+inf'));
      endedReadAt = seconds();
    }
    return ended.has(claims.jti) || ended.has(claims.jti.split('.')[0]) ? undefined : claims;
  }

  /** @param {URLSearchParams} query */
  function isGoodRequest(query) {
    return (
      isEachOnce(query) &&
      query.get('client_id') === client.client_id &&
      query.get('redirect_uri') === client.redirect_uri &&
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256' &&
      /^[\w-]{43}$/.test(query.get('code_challenge') ?? '') &&
      wordsOf(query.get('scope')).every((word) => word === scope || word === 'openid') &&
      (query.get('resource') ?? api) === api
    );
  }

  /** @param {Asked} asked */
  async function sessionOf({ headers }) {
    const [, cookie] = /(?:^|; )session=([\w-]+)/.exec(headers.cookie ?? '') ?? [];
    return cookie === undefined ? null : redis.get(`session:${hash(cookie).toString('base64url')}`);
  }

  /** @param {URLSearchParams} query @param {string} sub @param {readonly Promise<unknown>[]} others */
  async function allow(query, sub, others = []) {
    const id = random(16);
    const record = { sub, client_id: client.client_id, scope: query.get('scope'), challenge: query.get('code_challenge'), generation: 0 };
    const expires = seconds() + lifetimes.code;
    await Promise.all([
      redis.set(`authorization:${id}`, `${random(12)} ${JSON.stringify({ ...record, expires })}`, 'EX', lifetimes.code, 'NX'),
      redis.zadd(`authorizations:${sub}`, seconds() + lifetimes.refreshToken, id),
      ...others,
    ]);
    const back = new URLSearchParams({ code: `${id}.${mac('code', id)}`, state: query.get('state') ?? '', iss: url });
    return seeOther(`${client.redirect_uri}?${back}`);
  }

  /** What a page brings back, and for whom it was if it was for somebody. @param {string} request @param {string} [sub] */
  async function ticketFor(request, sub) {
    const content = { request, sub, exp: seconds() + 3600 };
    const ticket = await seal(content);
    tickets.keep(ticket, content);
    return ticket;
  }

  /** @param {URLSearchParams} params */
  async function ticketIn(params) {
    const opened = await tickets.find(params.get('ticket') ?? '', unseal);
    return opened?.exp > seconds() ? opened : undefined;
  }

  /** @type {Record<string, (asked: Asked) => Promise<Answer> | Answer>} */
  const routes = {
    'GET /metadata': () => ({ status: 200, headers: publicly, body: documents.metadata }),
    'GET /jwks': () => ({ status: 200, headers: publicly, body: documents.jwks }),

    async 'POST /token'({ form }) {
      if (!isEachOnce(form)) return refused('invalid_request');
      if (!isClient(form)) return refused('invalid_client', 401);
      const grant = form.get('grant_type');
      if (grant === 'client_credentials') {
        if (!wordsOf(form.get('scope')).every((word) => word === scope)) return refused('invalid_scope');
        if (form.get('resource') !== api) return refused('invalid_target');
        const access_token = await accessToken(random(16), client.client_id, scope);
        return answerJson({ access_token, token_type: 'Bearer', expires_in: lifetimes.accessToken, scope });
      }
      const isCode = grant === 'authorization_code';
      const [id = '', second = '', third = ''] = (form.get(isCode ? 'code' : 'refresh_token') ?? '').split('.');
      if (!(isCode ? isMac('code', id, second) : isMac('refresh', `${id}.${second}`, third))) return refused('invalid_grant');
      const stored = await redis.get(`authorization:${id}`);
      if (stored === null) return refused('invalid_grant');
      const record = JSON.parse(stored.slice(17));
      if (record.generation !== (isCode ? 0 : Number(second)) || record.client_id !== form.get('client_id'))
        return refused('invalid_grant');
      if (isCode && hash(form.get('code_verifier') ?? '').toString('base64url') !== record.challenge) return refused('invalid_grant');
      if (isCode && (form.get('redirect_uri') !== client.redirect_uri || record.expires <= seconds())) return refused('invalid_grant');
      const next = `${random(12)} ${JSON.stringify({ ...record, generation: record.generation + 1 })}`;
      const won = await redis.eval(swap, 1, `authorization:${id}`, stored.slice(0, 17), next, lifetimes.refreshToken * 1000);
      return won === 1 ? tokens(id, record.generation + 1, record.sub, record.scope) : refused('invalid_grant');
    },

    async 'POST /introspect'({ form }) {
      if (!isClient(form)) return refused('invalid_client', 401);
      const claims = await check(form.get('token') ?? undefined);
      return answerJson(claims ? { active: true, ...claims, token_type: 'Bearer' } : { active: false });
    },

    async 'GET /userinfo'({ headers }) {
      const claims = await check(bearer(headers));
      if (claims?.aud !== url || !wordsOf(claims.scope).includes('openid')) return refused('invalid_token', 401);
      const record = await redis.get(`authorization:${claims.jti.split('.')[0]}`);
      return record === null ? refused('invalid_token', 401) : answerJson({ sub: claims.sub });
    },

    async 'GET /api/contacts'({ headers }) {
      const claims = await check(bearer(headers));
      if (claims?.aud !== api || !wordsOf(claims.scope).includes(scope)) return refused('invalid_token', 401);
      return answerJson({ sub: claims.sub });
    },

    async 'GET /authorize'(asked) {
      const { query } = asked;
      if (!isGoodRequest(query)) return refused('invalid_request');
      const session = await sessionOf(asked);
      if (session === null) return loginPage(await ticketFor(`${query}`));
      const { sub } = JSON.parse(session);
      const consent = await redis.get(`consent:${client.client_id}:${sub}`);
      if (query.get('prompt') !== 'consent' && covers(consent, query.get('scope'))) return allow(query, sub);
      return consentPage(await ticketFor(`${query}`, sub));
    },

    async 'POST /login'({ form, headers }) {
      const opened = await ticketIn(form);
      if (!opened || !isFromOurPage(form, headers)) return refused('invalid_request');
      const username = form.get('username') ?? '';
      const counters = [`login:{here}:${username}`, 'login:{here}'];
      const [tries, triesHere] = /** @type {[number, number]} */ (await redis.eval(countBoth, 2, ...counters));
      if (tries > 5 || triesHere > 100) return refused('too_many', 429);
      const user = authenticate(username, form.get('password') ?? '');
      if (!user) return refused('access_denied', 422);
      const cookie = random(32);
      await Promise.all([
        redis.set(
          `session:${hash(cookie).toString('base64url')}`,
          JSON.stringify({ sub: user.id, name: user.name }),
          'EX',
          lifetimes.session,
        ),
        redis.eval(giveBack, 2, ...counters),
      ]);
      const { status, headers: others } = seeOther(`/consent?${new URLSearchParams({ ticket: form.get('ticket') ?? '' })}`);
      return { status, headers: { ...others, 'Set-Cookie': `session=${cookie}; Path=/; HttpOnly; SameSite=Lax` } };
    },

    async 'GET /consent'(asked) {
      const opened = await ticketIn(asked.query);
      const session = await sessionOf(asked);
      if (!opened || session === null) return refused('invalid_request');
      const { sub } = JSON.parse(session);
      const consent = await redis.get(`consent:${client.client_id}:${sub}`);
      const query = new URLSearchParams(opened.request);
      if (query.get('prompt') !== 'consent' && covers(consent, query.get('scope'))) return allow(query, sub);
      return consentPage(await ticketFor(opened.request, sub));
    },

    async 'POST /consent'(asked) {
      const { form, headers } = asked;
      const opened = await ticketIn(form);
      if (!opened || !isFromOurPage(form, headers) || form.get('decision') !== 'allow') return refused('access_denied');
      const session = await sessionOf(asked);
      if (session === null) return refused('access_denied');
      const { sub } = JSON.parse(session);
      if (sub !== opened.sub) return refused('access_denied');
      const query = new URLSearchParams(opened.request);
      return allow(query, sub, [
        redis.set(`consent:${client.client_id}:${sub}`, JSON.stringify({ scope: query.get('scope') }), 'EX', 31_536_000),
        redis.zadd(`consents:${sub}`, seconds() + 31_536_000, client.client_id),
      ]);
    },
  };

  return (asked) => routes[`${asked.method} ${asked.path}`]?.(asked) ?? { status: 404 };
}

/** The commands of one turn leave in one write, which is most of what a command costs. @param {Redis} redis */
function sendTogether(redis) {
  const send = redis.sendCommand.bind(redis);
  let isWaiting = false;
  redis.sendCommand = (...given) => {
    const { stream } = redis;
    if (!isWaiting && stream) {
      isWaiting = true;
      stream.cork();
      setImmediate(() => {
        isWaiting = false;
        stream.uncork();
      });
    }
    return send(...given);
  };
}

/** @type {import('./start.js').Parts} */
export const parts = {
  paths: {
    authorize: '/authorize',
    token: '/token',
    introspect: '/introspect',
    userinfo: '/userinfo',
    metadata: '/metadata',
    jwks: '/jwks',
    api: '/api/contacts',
  },
};

/** @param {string} ticket */
function loginPage(ticket) {
  return page(ticket, '/login', `<input name="username"><input name="password" type="password"><button>Sign in</button>${moreOfLogin}`);
}

/** It has the ticket twice, as ours has: where to sign in as somebody else. @param {string} ticket */
function consentPage(ticket) {
  const other = `<a href="/login?ticket=${escaped(ticket)}">Use another account</a>`;
  return page(ticket, '/consent', `<button name="decision" value="allow">Allow</button>${other}${moreOfConsent}`);
}

/** Text with places to fill in, each escaped. @param {string} ticket @param {string} action @param {string} rest */
function page(ticket, action, rest) {
  const csrf = random(16);
  const nonce = random(16);
  const hidden = `<input type="hidden" name="ticket" value="${escaped(ticket)}"><input type="hidden" name="_csrf" value="${escaped(mac('csrf', csrf))}">`;
  const script = `<script nonce="${escaped(nonce)}" src="/script.js" defer></script>`;
  const body = `<!doctype html><title>Sign in</title><form method="post" action="${action}">${hidden}${rest}</form>${script}`;
  const cookie = `csrf=${csrf}; Path=/; HttpOnly; SameSite=Lax`;
  return {
    status: 200,
    headers: { ...asPage, 'Content-Security-Policy': `${policy}; script-src 'nonce-${nonce}'`, 'Set-Cookie': cookie },
    body: Buffer.from(body), // so that its length is known
  };
}

/** @param {URLSearchParams} form @param {import('node:http').IncomingHttpHeaders} headers */
function isFromOurPage(form, { cookie = '' }) {
  return isMac('csrf', /(?:^|; )csrf=([\w-]+)/.exec(cookie)?.[1] ?? '', form.get('_csrf') ?? '');
}

/** @param {URLSearchParams} form */
function isClient(form) {
  return form.get('client_id') === client.client_id && timingSafeEqual(hash(form.get('client_secret') ?? ''), secretHash);
}

/** RFC 6749 section 3.1. @param {URLSearchParams} params */
function isEachOnce(params) {
  return new Set(params.keys()).size === params.size;
}

/** @param {string | null} words */
function wordsOf(words) {
  return (words ?? '').split(' ');
}

/** Whether the user has agreed to all of it. @param {string | null} consent @param {string | null} asked */
function covers(consent, asked) {
  if (consent === null) return false;
  const agreed = wordsOf(JSON.parse(consent).scope);
  return wordsOf(asked).every((word) => agreed.includes(word));
}

/** As ours: what is known of texts that were found genuine, by their hash, in two halves of which the older is forgotten at once. */
function memory() {
  const half = 1_000;
  /** @type {Map<string, any>} */
  let young = new Map();
  /** @type {Map<string, any>} */
  let old = new Map();

  /** @param {string} name @param {any} known */
  function set(name, known) {
    if (young.size >= half) [old, young] = [young, new Map()];
    young.set(name, known);
  }

  return {
    /** @param {string} text @param {any} known */
    keep(text, known) {
      set(hash(text).toString('base64url'), known);
    },

    /** @param {string} text @param {(text: string) => any} read - gives nothing for what is not genuine */
    async find(text, read) {
      const name = hash(text).toString('base64url');
      const known = young.get(name);
      if (known !== undefined) return known;
      const found = old.get(name) ?? (await read(text));
      if (found !== undefined) set(name, found);
      return found;
    },
  };
}

/** @param {import('node:http').IncomingHttpHeaders} headers */
function bearer({ authorization = '' }) {
  return authorization.startsWith('Bearer ') ? authorization.slice(7) : undefined;
}

/** @param {unknown} value @returns {Answer} */
function answerJson(value) {
  return { status: 200, headers: noStore, body: JSON.stringify(value) };
}

/** Bytes that are made once. @param {unknown} value */
function document(value) {
  return Buffer.from(JSON.stringify(value));
}

/** @param {string} error @returns {Answer} */
function refused(error, status = 400) {
  return { status, headers: noStore, body: JSON.stringify({ error }) };
}

/** @param {string} location */
function seeOther(location) {
  return { status: 303, headers: { 'Cache-Control': 'no-store', Location: location } };
}

/** @param {string} text */
function hash(text) {
  return hashAtOnce('sha256', text, 'buffer');
}

/** @param {string} purpose @param {string} text */
function mac(purpose, text) {
  return createHmac('sha256', macKey).update(`${purpose} ${text}`).digest('base64url');
}

/** @param {string} purpose @param {string} text @param {string} given */
function isMac(purpose, text, given) {
  const right = Buffer.from(mac(purpose, text));
  return given.length === right.length && timingSafeEqual(Buffer.from(given), right);
}

/** @param {unknown} value */
function seal(value) {
  const iv = random(12);
  const cipher = createCipheriv('aes-256-gcm', sealKey, Buffer.from(iv, 'base64url'));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final(), cipher.getAuthTag()]);
  return `${iv}.${sealed.toString('base64url')}`;
}

/** @param {string} text @returns {any} */
function unseal(text) {
  const [iv = '', sealed = ''] = text.split('.');
  const bytes = Buffer.from(sealed, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealKey, Buffer.from(iv, 'base64url'));
    decipher.setAuthTag(bytes.subarray(-16));
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString());
  } catch {
    return undefined;
  }
}

/** @type {Ciphers['claimsOf']} */
function claimsOf(jwt, publicKey) {
  const [head = '', payload = '', signature = ''] = jwt.split('.');
  const { alg, typ } = JSON.parse(Buffer.from(head, 'base64url').toString());
  if (typ !== 'at+jwt') return undefined;
  const bytes = Buffer.from(signature, 'base64url');
  if (!verify('sha256', Buffer.from(`${head}.${payload}`), publicKey(alg), alg === 'ES256' ? derOf(bytes) : bytes)) return undefined;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return required.every((name) => name in claims) ? claims : undefined;
}

/** RFC 9068 section 2.2. */
export const required = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'];

/** RFC 7638, as ours. @param {import('node:crypto').KeyObject} publicKey */
function thumbprint(publicKey) {
  const jwk = Object.entries(publicKey.export({ format: 'jwk' }));
  const sorted = jwk.sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(sorted)))
    .digest('base64url');
}

/**
 * The two numbers of a P-256 signature side by side, as RFC 7518 section 3.4 has them, out of the DER of OpenSSL. On Node 24 `sign` and
 * `verify` take 29 and 20 µs longer if they are asked for this form; by hand it takes half a microsecond.
 *
 * @param {Buffer} der
 */
export function rawOf(der) {
  const afterFirst = 4 + /** @type {number} */ (der[3]);
  const raw = Buffer.alloc(64);
  for (const [end, number] of /** @type {const} */ ([
    [32, der.subarray(4, afterFirst)],
    [64, der.subarray(afterFirst + 2)],
  ])) {
    const digits = number.subarray(-32); // one that begins with a set bit has a zero before it
    digits.copy(raw, end - digits.length);
  }
  return raw;
}

/** @param {Buffer} raw */
function derOf(raw) {
  const numbers = [raw.subarray(0, 32), raw.subarray(32)].map((number) => {
    const digits = number.subarray(number.findIndex((byte) => byte !== 0));
    const sign = /** @type {number} */ (digits[0]) > 127 ? [0] : [];
    return Buffer.concat([Buffer.from([0x02, sign.length + digits.length, ...sign]), digits]);
  });
  const der = Buffer.concat(numbers);
  return Buffer.concat([Buffer.from([0x30, der.length]), der]);
}

/** @param {unknown} value */
function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** @param {number} bytes */
function random(bytes) {
  if (taken + bytes > pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += bytes;
  return pool.toString('base64url', taken - bytes, taken);
}

/** To fetch a few random bytes takes as long as to fetch thousands. */
const pool = Buffer.alloc(4096);
let taken = pool.length;

function seconds() {
  return Math.floor(Date.now() / 1000);
}
