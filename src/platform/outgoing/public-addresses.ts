/**
 * Which addresses of the network belong to the public internet: nothing else may be reached on somebody's behalf.
 * Keeps: what is not known to be public is not; IPv4 in the clothes of IPv6 (mapped, translated, tunnelled) is refused as
 * a whole. Sources: the special-purpose registries of IANA (RFC 6890 and its updates).
 */
import { BlockList, isIP } from 'node:net';

const PRIVATE_V4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Link-local, with the metadata services of clouds.
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, and everything reserved behind it, broadcast included.
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Parts of 2000::/3, outside of which nothing is public. */
const PRIVATE_V6: readonly (readonly [network: string, bits: number])[] = [
  // Protocol assignments, with Teredo.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4 carries any IPv4 address.
  ['2002::', 16],
  ['3fff::', 20],
];

const privateV4 = new BlockList();
for (const [network, bits] of PRIVATE_V4) privateV4.addSubnet(network, bits, 'ipv4');

const privateV6 = new BlockList();
for (const [network, bits] of PRIVATE_V6) privateV6.addSubnet(network, bits, 'ipv6');

const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');

/** Names of this machine and of networks of its own (RFC 6761, 6762, 7686, 8375, and `internal` as ICANN reserved it). */
const LOCAL_NAME = /^[^.]*$|(^|[.])(localhost|local|internal|home[.]arpa|test|invalid|onion)$/;

/** Whether a host's name, as `URL` writes it, can never be one of the public internet: without a point it is a local one. */
export function isLocalName(host: string): boolean {
  return LOCAL_NAME.test(host.replace(/[.]$/, ''));
}

/** False for anything that is not an IP address. */
export function isPublicAddress(address: string): boolean {
  // An address with a zone is of this machine's own links.
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 4) return !privateV4.check(address, 'ipv4');
  return version === 6 && globalV6.check(address, 'ipv6') && !privateV6.check(address, 'ipv6');
}

/** Of this machine itself, in IPv4: what a setting may open for tests. */
export function isLoopbackAddress(address: string): boolean {
  return isIP(address) === 4 && loopback.check(address, 'ipv4');
}
