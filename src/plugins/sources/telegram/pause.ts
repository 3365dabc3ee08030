/**
 * Waiting that can be ended for good.
 * Keeps: once ended, nothing waits any more.
 */
import type { PluginHost } from '../../../ports/plugin.js';

export class Pause {
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(private readonly host: PluginHost) {}

  get isEnded(): boolean {
    return this.#isEnded;
  }

  for(ms: number): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.host.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }
}
