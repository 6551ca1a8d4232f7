import { describe, expect, it } from '@jest/globals';
import { suggest } from '../../lib/config/suggest.js';

const client = ['client_id', 'client_secret', 'client_name', 'redirect_uris', 'grant_types', 'token_endpoint_auth_method'];
const options = ['issuer', 'secrets', 'clients', 'users', 'apis', 'basePath', 'lifetimes', 'keys', 'log'];

describe('suggest', () => {
  it.each([
    ['redirectUris', client, 'redirect_uris'],
    ['redirect_uri', client, 'redirect_uris'],
    ['redirect-urls', client, 'redirect_uris'],
    ['callbackUrls', client, 'redirect_uris'],
    ['clientId', client, 'client_id'],
    ['id', client, 'client_id'],
    ['secret', client, 'client_secret'],
    ['grant_type', client, 'grant_types'],
    ['secret', options, 'secrets'],
    ['url', options, 'issuer'],
    ['isuer', options, 'issuer'],
    ['base_path', options, 'basePath'],
    ['lifetmes', options, 'lifetimes'],
    ['logger', options, 'log'],
  ])('takes %s as it was meant', (name, known, meant) => {
    expect(suggest(name, known)).toBe(meant);
  });

  it.each(['banana', 'x', '', 'compression'])('has no guess for %j', (name) => {
    expect(suggest(name, options)).toBeUndefined();
  });

  it('prefers the nearest of several', () => {
    expect(suggest('accessTokn', ['refreshToken', 'accessTokens', 'accessToken'])).toBe('accessToken');
  });
});
