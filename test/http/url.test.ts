import { describe, expect, it } from '@jest/globals';
import { isHttpsOrLoopback } from '../../lib/http/url.js';

describe('isHttpsOrLoopback', () => {
  it.each([
    'https://app.example.com',
    'https://app.example.com:8443/a/b?c=d#e',
    'http://localhost',
    'http://localhost:3000/callback',
    'http://127.0.0.1:3000',
    'http://[::1]:3000/',
    'https://[2001:db8::1]/',
  ])('trusts %s', (url) => {
    expect(isHttpsOrLoopback(url)).toBe(true);
  });

  it.each([
    'http://app.example.com',
    'http://localhost.evil.example',
    'http://localhost:3000@evil.example',
    'http://localhost\\@evil.example',
    'http://127.1/',
    'http://127.0.0.1.evil.example/',
    'https:app.example.com',
    'https:///app.example.com',
    'https://',
    'https://user:password@app.example.com',
    'https://app.example.com\\.evil.example',
    'https://app.example.com/a b',
    ' https://app.example.com',
    'https://app.example.com\n',
    'https://app.example.com:99999',
    'HTTPS://app.example.com',
    '//app.example.com',
    'ftp://app.example.com',
    'javascript:alert(1)',
    '',
  ])('does not trust %j', (url) => {
    expect(isHttpsOrLoopback(url)).toBe(false);
  });
});
