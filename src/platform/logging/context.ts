/**
 * What the current piece of work is about: request, user, signal. Every log line and error answer carries it.
 * Keeps: the context follows awaits and never leaks from one request into another.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface LogContext {
  request_id?: string;
  user_id?: number;
  signal_id?: number;
  work_id?: number;
}

const storage = new AsyncLocalStorage<LogContext>();

export const logContext = {
  run<T>(context: LogContext, work: () => T): T {
    return storage.run({ ...storage.getStore(), ...context }, work);
  },

  /** Adds to the context of the running piece of work; outside of any it does nothing. */
  add(context: LogContext): void {
    const current = storage.getStore();
    if (current !== undefined) Object.assign(current, context);
  },

  get(): Readonly<LogContext> {
    return storage.getStore() ?? {};
  },
};
