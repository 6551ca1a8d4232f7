/** What a server must refuse, so that none is fast because it does not look. Each kind is tried beside what is right. @throws Error if it is taken */
import { expectStatus } from '../driver/connection.js';
import { pathOf } from '../driver/target.js';
import { scope } from '../world.js';
import type { Worker } from './job.js';
import {
  askForTokens,
  callbackOf,
  credentialsOf,
  forConsent,
  getAs,
  introspect,
  machineForm,
  newRequest,
  postForm,
  redemptionOf,
  refreshOf,
  signIn,
} from './requests.js';

/** A client with another secret. */
export async function ofSecrets(worker: Worker): Promise<void> {
  const form = machineForm(worker.target);
  await askForTokens(worker, form);
  await refused(worker, 'another secret', form, 'another');
}

/** A code with another verifier, one that was changed, one of another secret, and one that was used. */
export async function ofCodes(worker: Worker): Promise<void> {
  const { browser } = await signIn(worker, [scope]);
  async function redemption(): Promise<string> {
    const request = newRequest(worker.target, [scope]);
    return redemptionOf(callbackOf(await browser.get(request.path)), request);
  }
  await refused(worker, 'another verifier', (await redemption()).replace(/code_verifier=[^&]+/, `code_verifier=${'x'.repeat(43)}`));
  await refused(worker, 'a code that was changed', changed(await redemption(), 'code'));
  await refused(worker, 'another secret', await redemption(), 'another');
  const good = await redemption();
  await askForTokens(worker, good);
  await refused(worker, 'a code that was used', good);
}

/** A refresh token that was changed, and one whose successor was used. */
export async function ofRefreshTokens(worker: Worker, scopes: readonly string[]): Promise<void> {
  const { tokens } = await signIn(worker, scopes, forConsent);
  await refused(worker, 'a refresh token that was changed', changed(refreshOf(tokens.refresh_token), 'refresh_token'));
  const { refresh_token } = await askForTokens(worker, refreshOf(tokens.refresh_token));
  await askForTokens(worker, refreshOf(refresh_token)); // until then some give the same again: the answer may have been lost
  await refused(worker, 'a refresh token that was used', refreshOf(tokens.refresh_token));
}

/** A token that was changed, at userinfo or at an API. */
export async function ofTokens(worker: Worker, where: 'userinfo' | 'api', scopes: readonly string[]): Promise<void> {
  const { access_token } = (await signIn(worker, scopes)).tokens;
  const path = pathOf(worker.target, where);
  expectStatus(await getAs(worker, path, access_token), 200);
  expectStatus(await getAs(worker, path, changed(access_token)), 401);
}

/** The same where a token is asked about. */
export async function ofIntrospection(worker: Worker): Promise<void> {
  const { access_token } = await askForTokens(worker, machineForm(worker.target));
  const isActive = async (token: string) => JSON.parse((await introspect(worker, token)).body).active === true;
  if (!(await isActive(access_token))) throw new Error('A token that is good was not called active.');
  if (await isActive(changed(access_token))) throw new Error('A token that was changed was called active.');
}

/** At the token endpoint. */
async function refused(worker: Worker, what: string, form: string, client_secret?: string): Promise<void> {
  const { target } = worker;
  const credentials = credentialsOf(client_secret === undefined ? target : { ...target, client_secret });
  const { status, body } = await postForm(worker, pathOf(target, 'token'), `${credentials}&${form}`);
  if (status !== 400 && status !== 401) throw new Error(`For ${what} the answer was ${status}: ${body.slice(0, 500)}`);
}

/** Another letter in the middle of the last part of a token, or of the one in a form; at the end it might encode the same bytes. */
function changed(text: string, member?: string): string {
  const found = member === undefined ? undefined : new RegExp(`${member}=[^&]+`).exec(text);
  const place = (found ? found.index + found[0].length : text.length) - 8;
  return `${text.slice(0, place)}${text[place] === 'A' ? 'B' : 'A'}${text.slice(place + 1)}`;
}
