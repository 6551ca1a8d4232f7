/** The judge of the fuzzer complains where it should: one good answer, spoiled in one place each. */
import { describe, expect, it } from '@jest/globals';
import { complaintsOf, type Knowledge, marker } from './oracles.js';
import type { Answer } from './socket.js';

const redirectUris = new Set(['https://client.example.com/callback', 'http://127.0.0.1/callback', 'com.example.app:/callback']);
const knowledge: Knowledge = {
  redirectUris,
  redirectUrisOf: (client_id) => (client_id === 'web' ? ['https://client.example.com/callback'] : undefined),
  ownPaths: ['/oauth/consent'],
  secrets: ['the secret of somebody else'],
};
const asked = { method: 'GET', path: '/oauth/authorize', client_id: 'web' };
const policy = ['content-security-policy', "frame-ancestors 'none'"] as const;

function answer(changes: Partial<Answer>): Answer {
  return { status: 200, headers: [], body: '', surplus: '', took: 5, ...changes };
}

function page(body: string): Answer {
  return answer({ headers: [['content-type', 'text/html; charset=utf-8'], policy], body });
}

function redirect(target: string, header = 'location'): Answer {
  return answer({ status: 303, headers: [[header, target]] });
}

describe('the judge complains of', () => {
  it.each<[string, Answer]>([
    ['no answer', answer({ status: 0 })],
    ['an error of the server', answer({ status: 500 })],
    ['one by a gateway', answer({ status: 502 })],
    ['a hang', answer({ took: 1_001 })],
    ['two answers to one request', answer({ surplus: 'HTTP/1.1 200 OK' })],
    ['JSON that does not parse', answer({ headers: [['content-type', 'application/json; charset=utf-8']], body: '{' })],
    ['a header that a parameter has made', answer({ headers: [['x-split', 'zq']] })],
    ['control characters in a header', answer({ headers: [['vary', 'a\x01']] })],
    ['a cookie that is not ours', answer({ headers: [['set-cookie', 'zq=1; HttpOnly']] })],
    ['a cookie that scripts can read', answer({ headers: [['set-cookie', 'oauth_session=1; Path=/']] })],
    ['CORS with cookies', answer({ headers: [['access-control-allow-credentials', 'true']] })],
    ['the secret of somebody else in the body', answer({ body: 'the secret of somebody else' })],
    ['the same in a header', answer({ headers: [['location', '/oauth/consent?x=the secret of somebody else']] })],
    ['a page with a value unescaped', page(`<p>${marker}</p>`)],
    ['brackets alone', page('<zq>')],
    ['a quote in an attribute', page('<input value="zq"zq">')],
    ['a page that may be framed', answer({ headers: [['content-type', 'text/html']], body: '<p>' })],
    ['a form that posts elsewhere', page('<form action="https://evil.example/">')],
    ['a form that runs a script', page('<form action="javascript:alert(1)">')],
    ['a link that runs a script', page('<a href="java&#115;cript:alert(1)">'.replace('&#115;', 's'))],
    ['a picture from a scheme of its own', page('<img src="file:///etc/passwd">')],
    ['an open redirect', redirect('https://evil.example/')],
    ['one without a scheme', redirect('//evil.example/')],
    ['one with a backslash', redirect('/\\evil.example/')],
    ['one by a path that is not ours', redirect('/elsewhere')],
    ['one in Refresh', redirect('0; url=https://evil.example/', 'refresh')],
    ['one to a longer host', redirect('https://client.example.com/callback.evil.example/')],
    ['one to the address of another client', redirect('com.example.app:/callback?code=x')],
    ['one to another path of the client', redirect('https://client.example.com/callback/../evil?code=x')],
  ])('%s', (_what, spoiled) => {
    expect(complaintsOf(spoiled, asked, knowledge)).not.toEqual([]);
  });
});

describe('the judge has nothing to say of', () => {
  it.each<[string, Answer]>([
    ['a page with a value escaped', page('<p>zq&#34;zq&#39;zq&lt;zq&gt;zq</p>')],
    ['the way back to the client', redirect('https://client.example.com/callback?code=x&state=y')],
    ['the same by a fragment', redirect('https://client.example.com/callback#access_token=x')],
    ['the same by a form', page('<form action="https://client.example.com/callback">')],
    ['one of our own pages', redirect('/oauth/consent?ticket=x')],
    ['a refusal for a while', answer({ status: 503 })],
    ['a method that nobody knows', answer({ status: 501 })],
    ['our own cookie', answer({ headers: [['set-cookie', 'oauth_session=1; Max-Age=9; Path=/; HttpOnly; SameSite=Lax']] })],
  ])('%s', (_what, good) => {
    expect(complaintsOf(good, asked, knowledge)).toEqual([]);
  });

  it('an answer to a loopback address at another port', () => {
    const other = { ...asked, path: '/oauth/consent' };
    expect(complaintsOf(redirect('http://127.0.0.1:5000/callback?code=x'), other, knowledge)).toEqual([]);
  });
});
