/** Which IP addresses are on the public internet. RFC 6890, with the IANA registries of special-purpose addresses that it set up. */
import { BlockList, isIP } from 'node:net';

/** RFC 6890 section 2.2.2; multicast, RFC 5771; relays of 6to4, RFC 7526. */
const specialIPv4 = subnets('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);

/** All that is assigned to the public so far, RFC 4291 section 2.4. Loopback, private, link-local, multicast and NAT64 lie outside. */
const globalIPv6 = subnets('ipv6', ['2000::/3']);

/** What is special inside of it: protocols and Teredo, documentation, 6to4, documentation again. RFC 6890 section 2.2.3, RFC 9637. */
const specialIPv6 = subnets('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

const loopback = subnets('ipv4', ['127.0.0.0/8']);
loopback.addAddress('::1', 'ipv6');

/**
 * Whether a request to this address goes to the public internet. NAT64 (64:ff9b::/96) does not count, although it leads there: what
 * lies behind the translator is its operator's affair.
 */
export function isPublicAddress(address: string): boolean {
  const plain = withoutMapping(address);
  if (isIP(plain) === 4) return !specialIPv4.check(plain, 'ipv4');
  return isIP(plain) === 6 && globalIPv6.check(plain, 'ipv6') && !specialIPv6.check(plain, 'ipv6');
}

/** Whether a request to this address stays on the device. */
export function isLoopbackAddress(address: string): boolean {
  const plain = withoutMapping(address);
  if (isIP(plain) === 4) return loopback.check(plain, 'ipv4');
  return isIP(plain) === 6 && loopback.check(plain, 'ipv6');
}

/** An IPv4-mapped IPv6 address, however it is written, as the IPv4 address that the system connects to. RFC 4291 section 2.5.5.2. */
function withoutMapping(address: string): string {
  if (isIP(address) !== 6 || !URL.canParse(`http://[${address}]`)) return address;
  const [, high, low] = /^\[::ffff:([\da-f]+):([\da-f]+)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  if (high === undefined || low === undefined) return address;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

function subnets(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', bits] = range.split('/');
    list.addSubnet(net, Number(bits), family);
  }
  return list;
}
