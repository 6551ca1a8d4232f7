import { describe, expect, it } from '@jest/globals';
import { type Mismatch, OAuthError } from '../../lib/errors.js';
import { explain, refusalOf, toWire } from '../../lib/rules/explanation.js';
import fc from '../support/fast-check.js';

const registered = 'https://client.example.com/callback?tenant=a';
const ofUri = (asked: string, fitting = [registered]): Mismatch => ({ what: 'redirect_uri', asked, fitting, source: 'registered' });
const ofScope = (asked: string): Mismatch => ({
  what: 'scope',
  asked,
  fitting: ['openid', 'read:contacts', 'create:contacts'],
  source: 'known',
});

describe('the explanation of a URI that was not registered', () => {
  it.each([
    ['http://client.example.com/callback?tenant=a', 'the scheme'],
    ['https://clients.example.com/callback?tenant=a', 'the host'],
    ['https://client.example.com:8443/callback?tenant=a', 'the port'],
    ['https://client.example.com/callbacks?tenant=a', 'the path'],
    ['https://client.example.com/callback/?tenant=a', 'the slash at the end of the path'],
    ['https://client.example.com/Callback?tenant=a', 'upper and lower case in the path'],
    ['https://client.example.com/callback?tenant=b', 'the query'],
    ['https://client.example.com/callback?tenant=a#x', 'the fragment'],
    ['http://client.example.com:80/callback/?tenant=a', 'the scheme, the slash at the end of the path'],
    ['HTTPS://client.example.com:443/callback?tenant=a', 'the way it is written, though it means the same'],
  ])('says of %s that the nearest differs in %s', (asked, difference) => {
    expect(explain(ofUri(asked))).toMatchObject({ nearest: registered, difference });
  });

  it('says of a host without its slash that it means the same', () => {
    expect(explain(ofUri('https://client.example.com', ['https://client.example.com/'])).difference).toMatch(/means the same/);
  });

  it('finds the nearest to the address of a page, too, whatever came to it', () => {
    const asked = `https://client.example.com/callback?code=${'x'.repeat(300)}&state=y`;
    const callback = 'https://client.example.com/callback';
    expect(explain(ofUri(asked, [callback]))).toMatchObject({ nearest: callback, difference: 'the query' });
  });

  it.each(['javascript:alert(1)', 'not a uri', 'https://[', 'x'.repeat(16_384)])('has no nearest to %j', (asked) => {
    expect(explain(ofUri(asked))).not.toHaveProperty('nearest');
  });
});

describe('the explanation of a list of words', () => {
  it('has the nearest to each', () => {
    expect(explain(ofScope('reads:contacts openId'))).toMatchObject({ nearest: 'read:contacts openid' });
  });

  it('does not take a scope for a URI', () => {
    expect(explain(ofScope('reads:contacts'))).not.toHaveProperty('difference');
  });
});

describe('an explanation', () => {
  it('is bounded, whatever was sent and however much is known', () => {
    const text = fc.string({ maxLength: 20_000 });
    fc.assert(
      fc.property(text, fc.array(fc.string(), { maxLength: 200 }), (asked, fitting) => {
        const explanation = explain({ what: 'scope', asked, fitting, source: 'known' });
        return explanation.asked.length <= 201 && explanation.fitting.length <= 50;
      }),
    );
  });
});

describe('what was asked for', () => {
  const random = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY01234'; // 43 characters, as a MAC
  const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.${random}${random}`;

  it.each([
    ['a query', `${registered}&code=abc&state=d%26e`, 'https://client.example.com/callback?tenant=…&code=…&state=…'],
    ['a fragment', 'https://client.example.com/#access_token=abc&expires_in=60', 'https://client.example.com/#access_token=…&expires_in=…'],
    ['a fragment without names', 'https://client.example.com/#abc', 'https://client.example.com/#…'],
    ['a name that is none', `https://client.example.com/?${random}`, 'https://client.example.com/?…'],
    ['a URI that was encoded twice', 'https%3A%2F%2Fclient%3Fcode%3Dabc%26state%3Dd', 'https%3A%2F%2Fclient%3Fcode%3D…%26state%3D…'],
    ['a password in a URI', 'https://alice:hunter2@client.example.com/', 'https://…@client.example.com/'],
    ['parameters in another', 'authorization_code&code=abc', 'authorization_code&code=…'],
    ['a parameter with its name', 'code=abc', 'code=…'],
    ['a code of ours', `abc-d_e.${random}`, '…'],
    ['a code of ours in a path', `https://client.example.com/abc.${random}/x`, 'https://client.example.com/…/x'],
    ['a MAC', random, '…'],
    ['a JWT', jwt, '…'],
    ['a JWT without signature', 'eyJhbGciOiJub25lIn0.e30.', '…'],
    ['what is sealed', `eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..abc.def.ghi`, '…'],
    ['a long word among others', `openid ${'a1'.repeat(33)}`, 'openid …'],
    ['a scope', 'read:contacts offline_access', 'read:contacts offline_access'],
    ['a grant', 'urn:ietf:params:oauth:grant-type:token-exchange', 'urn:ietf:params:oauth:grant-type:token-exchange'],
    ['a media type', 'application/json; charset=utf-8', 'application/json; charset=utf-8'],
    ['a long path', `https://client.example.com${'/callback'.repeat(10)}`, `https://client.example.com${'/callback'.repeat(10)}`],
  ])('is told without what may be secret: %s', (_, asked, told) => {
    expect(explain({ what: 'any', asked, fitting: [], source: 'known' }).asked).toBe(told);
  });

  it('is told without it in the description, in the characters that RFC 6749 allows', () => {
    const error = new OAuthError('invalid_grant', 'No.', { mismatch: ofUri(`${registered}&code=abc`, []) });
    expect(toWire(error, { development: true }).error_description).toBe(
      'No. Asked for: https://client.example.com/callback?tenant=...&code=.... Registered: none.',
    );
  });

  it.each(['.', 'a', '=', '?', '%3d', '//', '/@', '//a@'])('takes little time, however long: %j', (unit) => {
    const before = process.cpuUsage();
    explain({ what: 'any', asked: unit.repeat(16_384), fitting: [], source: 'known' });
    expect(process.cpuUsage(before).user).toBeLessThan(200_000); // microseconds
  });
});

describe('what is sent', () => {
  const error = new OAuthError('invalid_request', 'It does not fit.', {
    mismatch: ofScope('opnid'),
    detail: 'Look again.',
    reason: 'wrong',
  });

  it('says in production what is wrong, and in development all that helps', () => {
    expect(toWire(error, { development: false })).toEqual({ error: 'invalid_request', error_description: 'It does not fit.' });
    expect(toWire(error, { development: true }).error_description).toBe(
      'It does not fit. Look again. Asked for: opnid. Nearest: openid. Known are: openid, read:contacts, create:contacts. Reason: wrong.',
    );
  });

  it('keeps to the characters and the length of RFC 6749, whatever was asked for', () => {
    const text = fc.string({ unit: 'binary', maxLength: 1_000 });
    fc.assert(
      fc.property(text, fc.array(text), (asked, fitting) => {
        const mismatch: Mismatch = { what: 'scope', asked, fitting, source: 'known' };
        const { error_description } = toWire(new OAuthError('invalid_scope', 'No.', { mismatch }), { development: true });
        return /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(error_description) && error_description.length <= 500;
      }),
    );
  });
});

describe('an event', () => {
  it('says all, in either mode', () => {
    const error = new OAuthError('invalid_scope', 'It is not known.', { mismatch: ofScope('opnid') });
    expect(refusalOf(error)).toEqual({
      error: 'invalid_scope',
      description: 'It is not known. Asked for: opnid. Nearest: openid. Known are: openid, read:contacts, create:contacts.',
      explanation: { ...ofScope('opnid'), nearest: 'openid' },
    });
  });
});
