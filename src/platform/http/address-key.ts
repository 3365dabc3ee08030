/**
 * Whom a limit by address means: one IPv4 address, or the /64 network of an IPv6 address, which is what one customer of a
 * provider gets and can change addresses in at will. Pure.
 */
import { isIPv6 } from 'node:net';

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** `203.0.113.7`, also for its IPv6-mapped form; `2001:db8:0:1::/64`. Anything else is its own key. */
export function addressKey(address: string): string {
  const plain = address.split('%')[0] ?? address;
  if (!isIPv6(plain)) return plain;
  const mapped = /^(?:::|0:0:0:0:0:)ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(plain)?.[1];
  return mapped ?? `${groupsOf(plain).slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

/** The groups of an address without their leading zeros; a trailing IPv4 part stands for two of them. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.replace(/(\d{1,3}\.){3}\d{1,3}$/, '0:0').split('::');
  const split = (part: string) => (part === '' ? [] : part.split(':'));
  const before = split(head);
  const after = split(tail ?? '');
  const gap = tail === undefined ? 0 : GROUPS - before.length - after.length;
  const all = [...before, ...Array.from({ length: gap }, () => '0'), ...after];
  return all.map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
}
