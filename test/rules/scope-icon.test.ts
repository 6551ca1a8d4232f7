import { describe, expect, it } from '@jest/globals';
import { icons } from '../../lib/model/screens.js';
import { iconForScope } from '../../lib/rules/scope-icon.js';

describe('the picture beside a scope', () => {
  it.each([
    ['read:contacts', 'read'],
    ['contacts.read', 'read'],
    ['contacts:list', 'read'],
    ['viewCalendar', 'read'],
    ['https://api.example.com/auth/contacts.readonly', 'person'],
    ['create:contacts', 'write'],
    ['contacts_update', 'write'],
    ['manage:users', 'write'],
    ['delete:contacts', 'delete'],
    ['contacts.remove', 'delete'],
    ['send:email', 'send'],
    ['post', 'send'],
    ['publish:articles', 'send'],
    ['payments', 'pay'],
    ['payments:create', 'pay'],
    ['send:payment', 'pay'],
    ['read:payments', 'read'],
    ['delete:orders', 'delete'],
    ['transfer:money', 'pay'],
    ['orders', 'pay'],
    ['user:email', 'email'],
    ['email:user', 'person'],
    ['contacts', 'person'],
    ['mail', 'email'],
    ['phone', 'phone'],
    ['user-addresses', 'place'],
    ['location', 'place'],
    ['admin', 'settings'],
    ['account:settings', 'settings'],
    ['keys', 'settings'],
    ['read:write:contacts', 'write'],
    ['readWriteDelete', 'delete'],
    ['tools', 'check'],
    ['reader', 'check'], // only whole words
    ['toString', 'check'],
    ['constructor', 'check'],
    ['!', 'check'],
    ['', 'check'],
  ])('%s is %s', (scope, icon) => {
    expect(iconForScope(scope)).toBe(icon);
    expect(icons).toContain(icon);
  });
});
