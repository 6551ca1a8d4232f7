import { describe, expect, it, jest } from '@jest/globals';
import { sectorOf } from '../../lib/clients/sector-identifier.js';
import { FetchRefused, type GuardedFetch } from '../../lib/platform/fetch.js';

const sector_identifier_uri = 'https://sector.example.com:8443/list.json';
const redirect_uris = ['https://one.example.com/callback', 'https://two.example.com/callback', 'com.example.app:/callback'];

function publishing(body: string, status = 200) {
  return jest.fn<GuardedFetch>(async () => ({ status, headers: {}, body }));
}

describe('sectorOf', () => {
  it.each([
    [['https://client.example.com/a', 'https://client.example.com/b'], 'client.example.com'],
    [['https://client.example.com/a', 'https://CLIENT.example.com:8443/b'], 'client.example.com'],
    [['http://localhost/a'], 'localhost'],
  ])('is the one host of the redirect URIs %p', async (uris, host) => {
    const fetch = publishing('');
    expect(await sectorOf({ redirect_uris: uris }, { fetch })).toBe(host);
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([[redirect_uris], [[]], [['com.example.app:/callback']]])('cannot be told from the redirect URIs %p', async (uris) => {
    await expect(sectorOf({ redirect_uris: uris }, { fetch: publishing('') })).rejects.toMatchObject({
      code: 'unauthorized_client',
      message: 'A client with pairwise subject identifiers needs redirect URIs that all have the same host, or a sector_identifier_uri.',
    });
  });

  it('is the host of a sector_identifier_uri that lists all redirect URIs', async () => {
    const fetch = publishing(JSON.stringify([...redirect_uris, 'https://three.example.com/callback']));
    expect(await sectorOf({ sector_identifier_uri, redirect_uris }, { fetch })).toBe('sector.example.com');
    expect(fetch).toHaveBeenCalledWith(sector_identifier_uri, { accept: 'application/json', maxBytes: 65_536 });
  });

  it('is asked for once', async () => {
    const fetch = publishing(JSON.stringify(redirect_uris));
    const client = { sector_identifier_uri, redirect_uris };
    await Promise.all([sectorOf(client, { fetch }), sectorOf(client, { fetch })]);
    await sectorOf({ ...client }, { fetch });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('is asked for again, once there are other redirect URIs', async () => {
    const fetch = publishing(JSON.stringify(redirect_uris));
    await sectorOf({ sector_identifier_uri, redirect_uris }, { fetch });
    const more = [...redirect_uris, 'https://evil.example/callback'];
    await expect(sectorOf({ sector_identifier_uri, redirect_uris: more }, { fetch })).rejects.toMatchObject({
      code: 'unauthorized_client',
      message: 'The sector_identifier_uri does not list the redirect URI https://evil.example/callback.',
    });
  });

  it.each([
    ['{"uris":[]}', 200, 'unauthorized_client', 'The sector_identifier_uri does not answer with a JSON array.'],
    ['<html>', 200, 'unauthorized_client', 'The sector_identifier_uri does not answer with a JSON array.'],
    ['"https://one.example.com/callback"', 200, 'unauthorized_client', 'The sector_identifier_uri does not answer with a JSON array.'],
    ['[]', 404, 'temporarily_unavailable', 'The sector_identifier_uri answers with the status 404.'],
  ])('is refused where %s comes with %d', async (body, status, code, message) => {
    const refused = sectorOf({ sector_identifier_uri, redirect_uris }, { fetch: publishing(body, status) });
    await expect(refused).rejects.toMatchObject({ code, message });
  });

  it('is asked for again after a failure', async () => {
    const fetch = publishing(JSON.stringify(redirect_uris));
    fetch.mockRejectedValueOnce(new FetchRefused('The host sector.example.com has no public address.'));
    const client = { sector_identifier_uri, redirect_uris };
    await expect(sectorOf(client, { fetch })).rejects.toMatchObject({
      code: 'temporarily_unavailable',
      message: 'The sector_identifier_uri cannot be fetched. The host sector.example.com has no public address.',
    });
    expect(await sectorOf(client, { fetch })).toBe('sector.example.com');
  });
});
