/** That speed does not come from work that is not done: what must be refused is refused by the limit as by ours, and their answers are as long. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Browser } from '../../bench/driver/browser.js';
import { openWorker } from '../../bench/driver/drive.js';
import { pathOf } from '../../bench/driver/target.js';
import type { Worker } from '../../bench/jobs/job.js';
import {
  askForTokens,
  callbackOf,
  credentialsOf,
  expectStatus,
  getAs,
  introspect,
  machineForm,
  newRequest,
  postForm,
  redemptionOf,
  signIn,
} from '../../bench/jobs/requests.js';
import { nodeOf } from '../../bench/measure/node.js';
import { type ServerProcess, startServer } from '../../bench/measure/server-process.js';
import { client, type Format, scope } from '../../bench/world.js';
import { type RedisServer, startRedis } from '../support/redis.js';

const node = nodeOf(process.versions.node.split('.')[0] as string);
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

describe.each(['ours', 'limit-express', 'limit-jose'])('%s', (name) => {
  let server: ServerProcess;
  let worker: Worker;

  async function start(format: Format) {
    server = await startServer({ name, node, redis: redis.url, format });
    worker = await openWorker(0, 1, server.target, format);
  }

  async function stop() {
    worker.connection.close();
    await server.stop();
  }

  /** The status of the token endpoint. */
  async function askFor(form: string, credentials = credentialsOf(worker.target)): Promise<number> {
    return (await postForm(worker, pathOf(worker.target, 'token'), `${credentials}&${form}`)).status;
  }

  describe('with JWTs', () => {
    beforeAll(() => start('ES256'));
    afterAll(stop);

    it('refuses a client with another secret', async () => {
      expect(await askFor(machineForm(worker.target))).toBe(200);
      expect(await askFor(machineForm(worker.target), `client_id=${client.client_id}&client_secret=another`)).toBe(401);
    });

    it('refuses a code with another verifier, one that was changed, and one that was used', async () => {
      const { browser } = await signIn(worker, [scope]);
      const redemption = async () => {
        const request = newRequest(worker.target, [scope]);
        return redemptionOf(callbackOf(await browser.get(request.path)), request);
      };
      expect(await askFor((await redemption()).replace(/code_verifier=[^&]+/, `code_verifier=${'x'.repeat(43)}`))).toBe(400);
      expect(await askFor(changed(await redemption(), 'code'))).toBe(400);
      const good = await redemption();
      expect([await askFor(good), await askFor(good)]).toEqual([200, 400]);
    });

    it('refuses a refresh token that was changed, and one that was used', async () => {
      const { tokens } = await signIn(worker, [scope]);
      const formOf = (token = '') => `grant_type=refresh_token&refresh_token=${encodeURIComponent(token)}`;
      const form = formOf(tokens.refresh_token);
      expect(await askFor(changed(form, 'refresh_token'))).toBe(400);
      const { refresh_token } = await askForTokens(worker, form);
      await askForTokens(worker, formOf(refresh_token)); // until then ours gives the same again: the answer may have been lost
      expect(await askFor(form)).toBe(400);
    });

    it('refuses a token whose signature was changed, at userinfo and at the API', async () => {
      for (const [path, scopes] of [
        ['userinfo', ['openid']],
        ['api', [scope]],
      ] as const) {
        const { access_token } = (await signIn(worker, scopes)).tokens;
        const statusOf = async (token: string) => (await getAs(worker, pathOf(worker.target, path), token)).status;
        expect([await statusOf(access_token), await statusOf(changed(access_token))]).toEqual([200, 401]);
      }
    });
  });

  describe('with opaque tokens', () => {
    beforeAll(() => start('opaque'));
    afterAll(stop);

    it('does not call a token active that was changed', async () => {
      const { access_token } = (await signIn(worker, [scope])).tokens;
      const isActive = async (token: string) => JSON.parse(expectStatus(await introspect(worker, token), 200).body).active;
      expect([await isActive(access_token), await isActive(changed(access_token))]).toEqual([true, false]);
    });
  });
});

it('the limit sends documents and pages as long as ours', async () => {
  const lengths = await Promise.all(
    ['ours', 'limit-express'].map(async (name) => {
      const server = await startServer({ name, node, redis: redis.url, format: 'ES256' });
      const { connection, target } = await openWorker(0, 1, server.target, 'ES256');
      const browser = new Browser(connection, target.urls[0] as string);
      const { page } = await browser.follow(await browser.get(newRequest(target, [scope]).path));
      const metadata = await connection.send('GET', pathOf(target, 'metadata'));
      connection.close();
      await server.stop();
      return [page, metadata].map((answer) => Buffer.byteLength(expectStatus(answer, 200).body));
    }),
  );
  const [ours, limit] = lengths as [number[], number[]];
  for (const [index, length] of limit.entries()) expect(Math.abs(length / (ours[index] as number) - 1)).toBeLessThan(0.1);
});

/** Another letter in the middle of the last part of a token, or of the one in a form; at the end it might encode the same bytes. */
function changed(text: string, member?: string): string {
  const end = member === undefined ? text.length : new RegExp(`${member}=[^&]+`).exec(text);
  const last = typeof end === 'number' || end === null ? text.length : end.index + end[0].length;
  const place = last - 8;
  return `${text.slice(0, place)}${text[place] === 'A' ? 'B' : 'A'}${text.slice(place + 1)}`;
}
