/** TronScan, the second source: one transaction as its explorer tells it. */
import { ask } from './ask.js';

export class TronScan {
  readonly #headers: Readonly<Record<string, string>>;

  constructor(
    private readonly base: string,
    apiKey: string | undefined,
  ) {
    this.#headers = apiKey === undefined ? {} : { 'TRON-PRO-API-KEY': apiKey };
  }

  transaction(txHash: string): Promise<unknown> {
    const url = new URL('/api/transaction-info', this.base);
    url.searchParams.set('hash', txHash);
    return ask({ source: 'TronScan', url, headers: this.#headers });
  }
}
