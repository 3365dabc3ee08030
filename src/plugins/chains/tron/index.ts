/**
 * USDT on TRON (TRC-20), as TronGrid's solidified data and TronScan both tell it.
 * Keeps: a transfer is found only when both sources say the same of it: success, contract, recipient, amount and block;
 * where they differ, or one knows nothing yet, the answer is to wait.
 */
import { z } from 'zod';
import { isTronAddress, tronHex } from '../../../domain/payment/tron-address.js';
import type { ChainCursor, ChainScan, PaymentChain, Verification } from '../../../ports/payment-chain.js';
import type { Plugin } from '../../../ports/plugin.js';
import { type Told, toldByTronGrid, toldByTronScan, type Watched } from './told.js';
import { TronGrid } from './tron-grid.js';
import { TronScan } from './tron-scan.js';

const address = z.string().refine(isTronAddress, 'must be a TRON address (T…) with a right checksum');

const webAddress = z.url({ protocol: /^https?$/, error: 'must be an address such as https://api.example.com' });

const settings = z.object({
  PAYMENT_WALLET_TRC20: address.optional(),
  TRON_USDT_CONTRACT: address.default('TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t'),
  TRON_CONFIRMATIONS: z.coerce.number().int().min(1).max(1_000).default(19),
  TRONGRID_URL: webAddress.default('https://api.trongrid.io'),
  TRONGRID_API_KEY: z.string().optional(),
  TRONSCAN_URL: webAddress.default('https://apilist.tronscanapi.com'),
  TRONSCAN_API_KEY: z.string().optional(),
});

type Settings = z.infer<typeof settings>;

export const plugin: Plugin<PaymentChain, Settings> = {
  code: 'tron',
  summary: 'USDT on TRON, by TronGrid and TronScan',
  settings,
  create: (chosen, host) => new TronChain(chosen, () => host.now()),
};

/** Listed again behind the cursor: an indexer may show a transfer later than the block after it. */
const OVERLAP_MS = 600_000;

/** How far the first scan of a new installation looks back. */
const FIRST_LOOK_MS = 3_600_000;

class TronChain implements PaymentChain {
  readonly code = 'tron';
  readonly isAddress = isTronAddress;
  readonly #grid: TronGrid;
  readonly #scan: TronScan;
  readonly #watched: Watched | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly now: () => Date,
  ) {
    this.#grid = new TronGrid(settings.TRONGRID_URL, settings.TRONGRID_API_KEY);
    this.#scan = new TronScan(settings.TRONSCAN_URL, settings.TRONSCAN_API_KEY);
    const wallet = settings.PAYMENT_WALLET_TRC20;
    const [walletHex, contractHex] = [tronHex(wallet ?? ''), tronHex(settings.TRON_USDT_CONTRACT)];
    if (wallet !== undefined && walletHex !== undefined && contractHex !== undefined) {
      this.#watched = { wallet, walletHex, contract: settings.TRON_USDT_CONTRACT, contractHex };
    }
  }

  async verify(txHash: string): Promise<Verification> {
    const watched = this.#watched;
    if (watched === undefined) return { outcome: 'pending', reason: 'no wallet is configured' };
    const [info, head] = [await this.#grid.transaction(txHash), await this.#grid.head()];
    const first = toldByTronGrid(info, watched);
    if (first === undefined) return { outcome: 'pending', reason: 'the transaction is not final yet, or not known' };
    const confirmations = head.block - first.block + 1;
    if (confirmations < this.settings.TRON_CONFIRMATIONS) {
      return {
        outcome: 'pending',
        reason: `${Math.max(0, confirmations)} of ${this.settings.TRON_CONFIRMATIONS} confirmations`,
      };
    }
    const second = toldByTronScan(await this.#scan.transaction(txHash), watched);
    if (second === undefined) return { outcome: 'pending', reason: 'the second source does not confirm it yet' };
    if (!isSame(first, second)) return { outcome: 'pending', reason: 'the two sources do not agree' };
    return verdict(txHash, first);
  }

  async scan(from: ChainCursor | undefined): Promise<ChainScan> {
    const head = await this.#grid.head();
    const watched = this.#watched;
    if (watched === undefined) return { txHashes: [], cursor: from ?? head };
    // A node that lags behind the last one must not lead the cursor back, nor forward past what it can list.
    if (from !== undefined && head.block < from.block) return { txHashes: [], cursor: from };
    const since = (from?.at.getTime() ?? this.now().getTime() - FIRST_LOOK_MS) - OVERLAP_MS;
    const listed = await this.#grid.transfersTo(watched.wallet, watched.contract, new Date(since), head.at);
    const cursor = listed.isWhole ? head : { block: from?.block ?? 0, at: listed.until };
    return { txHashes: listed.txHashes, cursor };
  }
}

function isSame(a: Told, b: Told): boolean {
  return a.succeeded === b.succeeded && a.amount === b.amount && a.block === b.block;
}

function verdict(txHash: string, told: Told): Verification {
  if (!told.succeeded) {
    return {
      outcome: 'refused',
      code: 'TRANSFER_FAILED',
      reason: 'This transaction failed on the chain; nothing was moved',
    };
  }
  if (told.amount > 0n) {
    const { amount, from, block, at } = told;
    return { outcome: 'found', transfer: { txHash, amount, from, block, at } };
  }
  if (told.otherToken) {
    const reason =
      'This transaction brought another token than USDT (TRC-20), whatever it calls itself; it is not credited';
    return { outcome: 'refused', code: 'WRONG_TOKEN', reason };
  }
  return { outcome: 'refused', code: 'WRONG_RECIPIENT', reason: 'This transaction brought no USDT to our wallet' };
}
