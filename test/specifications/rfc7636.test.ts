/** The examples of RFC 7636 (PKCE), appendices A and B. Different here: `plain` is refused, as RFC 9700 section 2.1.1 advises. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basic, type ExampleServer, exampleServer } from '../support/examples.js';

const client = { client_id: 's6BhdRkqt3', client_secret: '7Fjfp0ZBr1KtDRbnfVdmIw', redirect_uris: ['https://client.example.com/cb'] };
const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

let server: ExampleServer;

beforeAll(async () => {
  server = await exampleServer({ clients: [client] });
});

afterAll(() => server.close());

const authorize = (parameters: string) =>
  server.authorize(`response_type=code&client_id=s6BhdRkqt3&scope=read:contacts&redirect_uri=https://client.example.com/cb${parameters}`);

async function redeem(parameters: string) {
  const { code } = (await authorize(`&code_challenge=${code_challenge}&code_challenge_method=S256`)).parameters;
  const body = `grant_type=authorization_code&code=${code}&redirect_uri=https://client.example.com/cb${parameters}`;
  return server.post('/token', body, basic(client.client_id, client.client_secret));
}

describe('appendix A', () => {
  it('encodes without padding, and with the letters that a URL needs not escape', () => {
    expect(Buffer.from([3, 236, 255, 224, 193]).toString('base64url')).toBe('A-z_4ME');
  });
});

describe('appendix B', () => {
  it('makes the code_verifier of these 32 octets, and of that the code_challenge', () => {
    const octets = [
      ...[116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186],
      ...[22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121],
    ];
    expect(Buffer.from(octets).toString('base64url')).toBe(code_verifier);
    expect(createHash('sha256').update(code_verifier).digest('base64url')).toBe(code_challenge);
  });

  it('redeems the code for who has the code_verifier', async () => {
    const { status, body } = await redeem(`&code_verifier=${code_verifier}`);
    expect([status, body.token_type]).toEqual([200, 'Bearer']);
  });

  it('4.6: refuses another one with invalid_grant', async () => {
    const { status, body } = await redeem(`&code_verifier=${code_verifier.replace('d', 'e')}`);
    expect([status, body]).toEqual([400, { error: 'invalid_grant', error_description: expect.any(String) }]);
  });
});

describe('section 4.4.1, errors of the authorization endpoint', () => {
  it.each([
    ['no code_challenge, which is required here of every client that was not freed from it', ''],
    ['the code_challenge_method plain, which is refused here', `&code_challenge=${code_verifier}&code_challenge_method=plain`],
    ['no code_challenge_method, which would mean plain', `&code_challenge=${code_challenge}`],
  ])('says invalid_request to %s', async (_, parameters) => {
    expect((await authorize(parameters)).parameters).toMatchObject({ error: 'invalid_request', error_description: expect.any(String) });
  });
});
