import { describe, expect, it } from '@jest/globals';
import { answerError } from '../lib/error-answer.js';
import { ConfigurationError, errorStatus, OAuthError, StoreUnavailable } from '../lib/errors.js';
import fc from './support/fast-check.js';

describe('an error', () => {
  it.each(Object.entries(errorStatus))('%s has the status %i, if nothing else is said', (code, status) => {
    expect(new OAuthError(code as keyof typeof errorStatus, 'No.').status).toBe(status);
  });

  it('has the status that is said', () => {
    expect(new OAuthError('invalid_request', 'No.', { status: 413 }).status).toBe(413);
  });

  it('describes itself only in the characters of RFC 6749 section 5.2, whatever was sent', () => {
    const text = fc.string({ unit: 'binary', maxLength: 1_000 });
    fc.assert(
      fc.property(text, (message) => {
        const { error_description } = new OAuthError('invalid_request', message).toParameters();
        return /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(error_description) && error_description.length <= 500;
      }),
    );
  });

  it.each([
    ['The scope "x" is unknown.', "The scope 'x' is unknown."],
    ['a\\b', 'a?b'],
    ['a\r\nb', 'a??b'],
    ['ü', '?'],
  ])('says %j as %j', (message, expected) => {
    expect(new OAuthError('invalid_scope', message).toParameters()).toEqual({ error: 'invalid_scope', error_description: expected });
  });
});

describe('the answer to an error', () => {
  const detail = 'password of db-7.internal';

  function answerTo(thrown: unknown, audience: 'client' | 'user') {
    const logged: unknown[] = [];
    const log = { warn: () => {}, error: (...line: unknown[]) => void logged.push(...line) };
    return { answer: answerError(thrown, { audience, name: 'token' }, { log, settings: { development: true } }), logged };
  }

  it('tells clients in JSON', () => {
    const { answer } = answerTo(new OAuthError('invalid_grant', 'No.', { headers: { 'X-A': 'b' } }), 'client');
    expect(answer).toEqual({
      status: 400,
      headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json; charset=utf-8', 'X-A': 'b' },
      body: '{"error":"invalid_grant","error_description":"No."}',
    });
  });

  it('tells users on a page', () => {
    const { answer } = answerTo(new OAuthError('invalid_request', 'No.'), 'user');
    expect(answer).toMatchObject({
      status: 400,
      screen: { name: 'error', values: { kind: 'link', description: 'No.', code: 'invalid_request' } },
    });
  });

  it.each(['client', 'user'] as const)('tells no %s what went wrong inside, and the operator all of it', (audience) => {
    const mistake = new Error(detail);
    const { answer, logged } = answerTo(mistake, audience);
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toContain(detail);
    expect(logged).toContain(mistake);
  });

  it.each(['client', 'user'] as const)('tells a %s to come again when the store is away', (audience) => {
    const { answer } = answerTo(new StoreUnavailable(detail), audience);
    expect({ status: answer.status, retry: answer.headers?.['Retry-After'], told: JSON.stringify(answer).includes(detail) }).toEqual({
      status: 503,
      retry: '5',
      told: false,
    });
  });

  it.each(['a string', undefined, null, 5, { message: detail }])('is a 500 if %j was thrown', (thrown) => {
    const { answer } = answerTo(thrown, 'client');
    expect({ status: answer.status, told: String(answer.body).includes(detail) }).toEqual({ status: 500, told: false });
  });

  it('logs nothing where the client is at fault', () => {
    expect(answerTo(new OAuthError('invalid_grant', 'No.'), 'client').logged).toEqual([]);
  });
});

describe('mistakes in the options', () => {
  it('are told all at once, each with its cure', () => {
    const problem = { path: 'issuer', problem: 'It is missing.', cure: 'Write it.' };
    expect(new ConfigurationError([problem, { ...problem, path: 'secrets' }]).message).toBe(
      'oauthRouter cannot start, 2 options are wrong:\n  issuer: It is missing. Write it.\n  secrets: It is missing. Write it.',
    );
  });
});
