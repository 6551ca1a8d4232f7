/** Whom an address stands for. */
import { isIPv6 } from 'node:net';

/** Who has one of IPv6 has all of a /64, and could take a new one for each guess. RFC 6177 section 2. */
export function networkOf(address: string): string {
  const plain = withoutZone(address);
  const groups = isIPv6(plain) ? groupsOf(plain) : undefined;
  if (!groups) return plain;
  return embedded(groups) ?? `${groups.slice(0, 4).join(':')}::/64`;
}

/** What a site has of IPv6, and one person may: 65 536 times as much. Nothing for IPv4, where each address is dear. RFC 6177 section 2. */
export function siteOf(address: string): string | undefined {
  const plain = withoutZone(address);
  const groups = isIPv6(plain) ? groupsOf(plain) : undefined;
  return groups && embedded(groups) === undefined ? `${groups.slice(0, 3).join(':')}::/48` : undefined;
}

/** The zone is a matter of this machine. RFC 4007 section 11. */
function withoutZone(address: string): string {
  return address.split('%', 1)[0] ?? '';
}

/** An address of IPv4 as a socket for both families has it, or a translator. RFC 4291 section 2.5.5.2; RFC 6052 section 2.1. */
function embedded(groups: readonly string[]): string | undefined {
  if (!['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0'].includes(groups.slice(0, 6).join(':'))) return undefined;
  const bytes = groups.slice(6).flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
  return bytes.join('.');
}

/** All eight, in one spelling. RFC 4291 section 2.2. */
function groupsOf(address: string): string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== '')) as [string[], string[]];
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
}
