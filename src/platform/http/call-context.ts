/**
 * Where the running request comes from, and by which program. Not part of the log context, because log lines do not name addresses.
 * Keeps: it follows awaits and never leaks from one request into another; outside of a request there is none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface Call {
  readonly address: string;
  via: string | undefined;
  isAudited: boolean;
  shown: number | undefined;
}

const storage = new AsyncLocalStorage<Call>();

export const callContext = {
  run(address: string, work: () => void): void {
    storage.run({ address, via: undefined, isAudited: false, shown: undefined }, work);
  },

  /** The caller's address, as far as trusted proxies tell. */
  address(): string | undefined {
    return storage.getStore()?.address;
  },

  /** Notes the program that makes the call, or answers it: `vzk_0123abcdef`. */
  via(program?: string): string | undefined {
    const call = storage.getStore();
    if (call !== undefined && program !== undefined) call.via = program;
    return call?.via;
  },

  /** Notes that something of this request was audited. */
  audited(): void {
    const call = storage.getStore();
    if (call !== undefined) call.isAudited = true;
  },

  /** Notes whose data the answer shows. */
  shows(userId: number): void {
    const call = storage.getStore();
    if (call !== undefined) call.shown = userId;
  },

  get shown(): number | undefined {
    return storage.getStore()?.shown;
  },

  get isAudited(): boolean {
    return storage.getStore()?.isAudited ?? false;
  },
};
