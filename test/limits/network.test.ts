import { describe, expect, it } from '@jest/globals';
import { networkOf, siteOf } from '../../lib/limits/network.js';

describe('an address stands for', () => {
  it.each([
    ['itself', '203.0.113.7', '203.0.113.7'],
    ['the same, as a socket for both families writes it', '::ffff:203.0.113.7', '203.0.113.7'],
    ['the same, in hexadecimal', '::ffff:cb00:7107', '203.0.113.7'],
    ['the same, behind a translator', '64:ff9b::cb00:7107', '203.0.113.7'],
    ['its /64', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['its /64, in another spelling', '2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['its /64, where that has zeros', '2001:db8::1', '2001:db8:0:0::/64'],
    ['its /64, on one link', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['this machine', '::1', '0:0:0:0::/64'],
    ['nobody, where there is none', '', ''],
    ['a name that a proxy gives', '_hidden', '_hidden'],
  ])('%s: %s', (_, address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:db8:1:ffff::1', '2001:db8:1::/48'],
    ['2001:db8:2::1', '2001:db8:2::/48'],
    ['203.0.113.7', undefined],
    ['::ffff:203.0.113.7', undefined],
    ['64:ff9b::cb00:7107', undefined],
    ['_hidden', undefined],
    ['', undefined],
  ])('a site of IPv6, and of nothing else: %s is of %s', (address, site) => {
    expect(siteOf(address)).toBe(site);
  });

  it('somebody else in the next /64', () => {
    expect(networkOf('2001:db8:1:3::1')).not.toBe(networkOf('2001:db8:1:2::1'));
  });
});
