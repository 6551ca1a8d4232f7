import { describe, expect, it } from '@jest/globals';
import { clientAuthMethods } from '../../lib/client-auth/index.js';
import { readClient } from '../../lib/clients/metadata.js';
import { asMetadata, readRegistration } from '../../lib/clients/registration.js';
import { clientsOfHost, readHostsClient } from '../../lib/config/clients.js';
import type { ConfigurationProblem } from '../../lib/errors.js';
import { type Client, wordsOf } from '../../lib/model/client.js';

const context = {
  scopes: new Set(['read:contacts']),
  known: {
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: [{ name: 'code', grantTypes: ['authorization_code'] }],
    authMethods: clientAuthMethods,
    signingAlgs: ['RS256'],
  },
};
const app = { client_id: 'app', client_name: 'Calendar', redirect_uris: ['com.example.app:/callback'] };
const tagged = {
  'client_name#de': 'Kalender',
  'client_name#pt-BR': 'Calendário',
  'client_uri#de': 'https://app.example/de',
  'logo_uri#de': 'https://app.example/de.png',
  'policy_uri#de': 'https://app.example/de/policy',
  'tos_uri#de': 'https://app.example/de/tos',
};

const read = (more: object) => readClient({ ...app, ...more }, context, 'client');
const register = (more: object) => {
  const server = { settings: { clientContext: context } as never, grants: [] };
  return readRegistration(
    { ...app, token_endpoint_auth_method: 'none', ...more },
    { client_id: 'app', client_secret: '', vouched: false },
    server,
  );
};
const inLanguages = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`client_name#de-x-a${i}`, 'Kalender']));

describe('what people read of a client', () => {
  it('can be said by language', () => {
    expect(read(tagged).client).toMatchObject(tagged);
  });

  it('is told to the client as it was understood', () => {
    expect(asMetadata(register({ ...tagged, 'client_name#PT-br': 'Calendário' }))).toMatchObject({ ...app, ...tagged });
  });

  it('is kept by tags as they are written at their best', () => {
    expect(read({ 'client_name#zh-hant-tw': '日曆' }).client).toHaveProperty(['client_name#zh-Hant-TW'], '日曆');
  });

  it.each<readonly [string, object, string, string]>([
    ['no language', { 'client_name#': 'x' }, "client['client_name#']", 'What is behind the # is no language tag.'],
    ['no language that could be', { 'client_name#de_DE': 'x' }, "client['client_name#de_DE']", 'What is behind the # is no language tag.'],
    ['two', { 'client_name#de#fr': 'x' }, "client['client_name#de#fr']", 'What is behind the # is no language tag.'],
    ['an empty name', { 'client_name#de': ' ' }, "client['client_name#de']", 'It is empty.'],
    ['a name on two lines', { 'client_name#de': 'a\nb' }, "client['client_name#de']", 'It has control characters.'],
    ['a name that is a number', { 'client_name#de': 1 }, "client['client_name#de']", 'It is not a string.'],
    ['a link that is a program', { 'client_uri#de': 'javascript:alert(1)' }, "client['client_uri#de']", 'It is not an https URL.'],
    ['a link without https', { 'tos_uri#de': 'http://app.example' }, "client['tos_uri#de']", 'It is not an https URL.'],
    ['more languages than anybody reads', inLanguages(21), 'client.client_name', 'It is given in more than 20 languages.'],
  ])('cannot be in %s', (_, more, path, problem) => {
    expect(read(more).problems).toEqual([{ path, problem, cure: expect.any(String) }]);
  });

  it('can be in twenty languages', () => {
    expect(read(inLanguages(20)).problems).toEqual([]);
  });

  it('is nothing else: other members have no languages', () => {
    const { client, problems } = read({ 'redirect_uris#de': ['https://evil.example'], 'scope#de': 'read:contacts' });
    expect([client?.redirect_uris, client?.scope, problems]).toEqual([app.redirect_uris, undefined, []]);
  });

  it.each([
    ['too long', 'x'.repeat(101), 'client_name#de: It has more than 100 characters.'],
    ['with what turns the sentence around it', 'Kalender\u202e', 'client_name#de: It has characters that cannot be seen.'],
  ])('cannot, of a client that registers itself, be a name %s', (_, name, message) => {
    expect(() => register({ 'client_name#de': name })).toThrow(message);
  });

  it('is known to the host by the same names, and a slip is not', () => {
    const problems: ConfigurationProblem[] = [];
    expect(readHostsClient({ ...app, ...tagged }, context, 'clients[0]', problems)).toMatchObject(tagged);
    expect(problems).toEqual([]);
    readHostsClient({ ...app, 'client_nam#de': 'x', 'jwks#de': 'x' }, context, 'clients[0]', problems);
    expect(problems.map(({ path }) => path)).toEqual(["clients[0]['client_nam#de']", "clients[0]['jwks#de']"]);
  });

  it('is found in the columns of a table of the host', async () => {
    const find = clientsOfHost(async () => ({ ...app, ...tagged, 'client_name#fr': null }) as never, context);
    expect(await find('app')).toMatchObject(tagged);
    expect(await find('app')).not.toHaveProperty(['client_name#fr']);
  });

  it.each([
    [app, 'client_name', 'Calendar'],
    [app, 'client_uri', undefined],
    [{ ...app, ...tagged }, 'client_name', { de: 'Kalender', 'pt-BR': 'Calendário', und: 'Calendar' }],
    [{ ...app, ...tagged }, 'client_uri', { de: 'https://app.example/de' }],
  ] as const)('is read from %j: %s', (client, member, words) => {
    expect(wordsOf(client as unknown as Client, member)).toEqual(words);
  });
});
