/**
 * The addresses of this machine, as far as it is allowed to know them.
 */
import { networkInterfaces } from 'node:os';

/** IPv4 addresses of interfaces that are not loopback; none where the system does not tell (a hardened unit, a sandbox). */
export function localAddresses(read: typeof networkInterfaces = networkInterfaces): string[] {
  try {
    return Object.values(read())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => !address.internal && address.family === 'IPv4')
      .map((address) => address.address);
  } catch {
    return [];
  }
}
