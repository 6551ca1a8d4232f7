/** The example of OAuth 2.0 Form Post Response Mode, appendix A. Different here: the answer has `iss` (RFC 9207), and the page a button. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/answers.js';
import { type ExampleServer, exampleServer } from '../support/examples.js';

let server: ExampleServer;
let answer: Answer;

beforeAll(async () => {
  server = await exampleServer({
    clients: [{ client_id: 'some_client', redirect_uris: ['https://client.example.org/callback'], response_types: ['id_token'] }],
  });
  answer = await server.authorize(
    'response_type=id_token&response_mode=form_post&client_id=some_client&scope=openid' +
      '&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcallback&state=DcP7csa3hMlvybERqcieLHrRzKBra&nonce=2T1AgaeRTGTMAJyeDMN9IJbgiUG',
  );
});

afterAll(() => server.close());

describe('appendix A', () => {
  it('answers with a page that nobody keeps', () => {
    const { status, headers } = answer;
    expect([status, headers.get('content-type')?.toLowerCase(), headers.get('cache-control')]).toEqual([
      200,
      'text/html; charset=utf-8',
      expect.stringContaining('no-store'),
    ]);
  });

  it('whose form is posted to the client by a script', () => {
    expect(answer.html).toContain('<form method="post" action="https://client.example.org/callback">');
    expect(answer.html).toMatch(/<script nonce="[\w-]+">document\.forms\[0\]\.submit\(\)<\/script>/);
  });

  it('with the ID token and the state in hidden fields', () => {
    expect(answer.parameters).toEqual({ state: 'DcP7csa3hMlvybERqcieLHrRzKBra', id_token: expect.any(String), iss: server.url });
    for (const name of Object.keys(answer.parameters)) expect(answer.html).toContain(`<input type="hidden" name="${name}" value="`);
  });

  it('and the nonce of the request in the ID token', async () => {
    const { claims } = await server.verified(answer.parameters.id_token);
    expect(claims).toMatchObject({ aud: 'some_client', nonce: '2T1AgaeRTGTMAJyeDMN9IJbgiUG' });
  });
});
