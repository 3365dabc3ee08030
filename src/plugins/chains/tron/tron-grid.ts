/**
 * TronGrid: solidified transactions, the solidified head, and the list of transfers to an address.
 * Keeps: only data that a fork cannot take back is read.
 */
import { z } from 'zod';
import type { ChainCursor } from '../../../ports/payment-chain.js';
import { ask } from './ask.js';

const PAGE = 200;

/** More than this in one scan is left for the next one. */
const MOST_PAGES = 50;

const HEAD = z.object({
  block_header: z.object({
    raw_data: z.object({ number: z.number().int().nonnegative(), timestamp: z.number().int().positive() }),
  }),
});

const LISTED = z.object({
  success: z.boolean().default(true),
  data: z
    .array(z.object({ transaction_id: z.string().regex(/^[0-9a-f]{64}$/i), block_timestamp: z.number().int() }))
    .max(PAGE),
  meta: z.object({ fingerprint: z.string().max(1_000).optional() }).default({}),
});

export interface Listed {
  readonly txHashes: readonly string[];
  /** False when there was more than one scan reads: everything up to `until` is listed. */
  readonly isWhole: boolean;
  readonly until: Date;
}

export class TronGrid {
  readonly #headers: Readonly<Record<string, string>>;

  constructor(
    private readonly base: string,
    apiKey: string | undefined,
  ) {
    this.#headers = apiKey === undefined ? {} : { 'TRON-PRO-API-KEY': apiKey };
  }

  transaction(txHash: string): Promise<unknown> {
    return this.#ask('/walletsolidity/gettransactioninfobyid', {}, { value: txHash });
  }

  async head(): Promise<ChainCursor> {
    const { number, timestamp } = HEAD.parse(await this.#ask('/walletsolidity/getnowblock', {}, {})).block_header
      .raw_data;
    return { block: number, at: new Date(timestamp) };
  }

  async transfersTo(wallet: string, contract: string, since: Date, until: Date): Promise<Listed> {
    const txHashes: string[] = [];
    let fingerprint: string | undefined;
    let last = since;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = {
        only_confirmed: 'true',
        only_to: 'true',
        contract_address: contract,
        min_timestamp: String(since.getTime()),
        max_timestamp: String(until.getTime()),
        order_by: 'block_timestamp,asc',
        limit: String(PAGE),
        ...(fingerprint === undefined ? {} : { fingerprint }),
      };
      const { data, meta, success } = LISTED.parse(await this.#ask(`/v1/accounts/${wallet}/transactions/trc20`, query));
      if (!success) throw new Error('TronGrid: the list was refused');
      txHashes.push(...data.map((row) => row.transaction_id.toLowerCase()));
      last = new Date(Math.max(last.getTime(), ...data.map((row) => row.block_timestamp)));
      fingerprint = meta.fingerprint;
      if (fingerprint === undefined) return { txHashes, isWhole: true, until };
    }
    return { txHashes, isWhole: false, until: last };
  }

  #ask(path: string, query: Readonly<Record<string, string>>, body?: unknown): Promise<unknown> {
    const url = new URL(path, this.base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return ask({ source: 'TronGrid', url, headers: this.#headers, body });
  }
}
