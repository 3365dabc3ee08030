/**
 * Where the running request comes from. Not part of the log context, because log lines do not name addresses.
 * Keeps: it follows awaits and never leaks from one request into another; outside of a request there is none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

export const callContext = {
  run(address: string, work: () => void): void {
    storage.run(address, work);
  },

  /** The caller's address, as far as trusted proxies tell. */
  address(): string | undefined {
    return storage.getStore();
  },
};
