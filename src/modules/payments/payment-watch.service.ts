/**
 * Watches the wallet and verifies transactions: what was listed is stored before the cursor moves, and what was stored
 * is verified until it is final.
 * Keeps: a process that dies anywhere in between loses nothing and credits nothing twice; sources are asked outside any
 * transaction.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { killPoint } from '../../platform/process/kill-point.js';
import { type ClaimedWork, WorkQueue } from '../../platform/work/work-queue.js';
import { NotYet, WorkRunner } from '../../platform/work/work-runner.js';
import { type ChainTransfer, PAYMENT_CHAIN, type PaymentChain } from '../../ports/payment-chain.js';
import { claimOf, seenWork, VERIFY_QUEUE, wantedSince, WATCH_QUEUE } from './payment-work.js';
import { ClaimsRepository } from './claims.repository.js';
import { Settlement } from './settlement.service.js';
import { NOT_FOUND, TransfersRepository } from './transfers.repository.js';

/** A hash that was named and that no source comes to know in this time is given up. */
const GIVE_UP_MS = 24 * 3_600_000;

/** What one source has listed, the other may take long to confirm. */
const GIVE_UP_SEEN_MS = 30 * GIVE_UP_MS;

/** Looks at a transaction that is not final: soon at first, then after a quarter of its age, so that names made up cost little. */
const FIRST_PAUSE_MS = 3_000;
const LONGEST_PAUSE_MS = 600_000;

export interface WatchParts {
  readonly settlement: Settlement;
  readonly claims: ClaimsRepository;
  readonly transfers: TransfersRepository;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class PaymentWatch implements OnModuleInit {
  constructor(
    private readonly parts: WatchParts,
    @Inject(PAYMENT_CHAIN) private readonly chain: PaymentChain,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    const shared = { leaseMs: 60_000, maxAttempts: 0 };
    this.parts.runner.register({
      ...shared,
      queue: VERIFY_QUEUE,
      concurrency: 2,
      handle: (work, complete) => this.#verify(work, complete),
    });
    this.parts.runner.register({
      ...shared,
      queue: WATCH_QUEUE,
      concurrency: 1,
      handle: (_work, complete) => this.look(complete),
    });
  }

  /** Orders the look of this moment; every replica may. */
  @Interval('payments-watch', 5_000)
  async schedule(): Promise<void> {
    const { PAYMENT_WALLET_TRC20, PAYMENT_WATCH_SECONDS } = this.config.payments;
    const isOn = this.chain.scan !== undefined && PAYMENT_WALLET_TRC20 !== undefined;
    if (this.config.process.ROLE === 'api' || !isOn) return;
    const tick = Math.floor(this.parts.clock.now().getTime() / (PAYMENT_WATCH_SECONDS * 1_000));
    try {
      await this.parts.work.enqueue([{ queue: WATCH_QUEUE, key: String(tick), serialKey: WATCH_QUEUE }]);
    } catch (error) {
      this.parts.logger.warn('the look at the wallet could not be ordered yet', { error });
    }
  }

  /** Lists what may have arrived since the cursor, and orders its verification. */
  async look(complete: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    if (this.chain.scan === undefined) return complete();
    const { transfers, work, database, clock } = this.parts;
    const from = await transfers.cursor(this.chain.code);
    const { txHashes, cursor } = await this.chain.scan(from);
    await database.transaction(async () => {
      const fresh = await transfers.note(txHashes);
      await work.enqueue(fresh.map(({ tx_hash, created_at }) => seenWork(tx_hash, created_at, clock.now())));
      await transfers.moveCursor(this.chain.code, cursor);
      killPoint('payment:listed');
      await complete();
    });
  }

  async #verify(work: ClaimedWork, complete: () => Promise<void>): Promise<void> {
    const txHash = String(work.payload.tx_hash);
    const result = await this.chain.verify(txHash);
    killPoint('payment:verified');
    switch (result.outcome) {
      case 'by_hand':
        return complete();
      case 'found':
        return this.#credit(result.transfer, complete);
      case 'refused':
        return this.parts.settlement.refuse(txHash, result.reason, result.reason, complete);
      case 'pending':
        return this.#wait(work, result.reason, complete);
    }
  }

  async #credit(transfer: ChainTransfer, complete: () => Promise<void>): Promise<void> {
    const heldUntil = await this.parts.settlement.credit(transfer, complete);
    if (heldUntil !== undefined) throw new NotYet('others may name this transaction', heldUntil);
  }

  async #wait(work: ClaimedWork, reason: string, complete: () => Promise<void>): Promise<void> {
    const { transfers, claims, settlement } = this.parts;
    const txHash = String(work.payload.tx_hash);
    const seen = await transfers.find(txHash);
    if (seen === undefined || (seen.status !== 'SEEN' && seen.status !== 'UNMATCHED')) return complete();
    const claim = claimOf(work);
    const isWanted = claim === undefined || (await claims.stands(claim.paymentId, txHash, claim.claimedAt));
    if (!isWanted) return complete();
    const age = this.#now() - (wantedSince(work) ?? seen.created_at).getTime();
    if (age > (claim === undefined ? GIVE_UP_SEEN_MS : GIVE_UP_MS) && seen.status === 'SEEN') {
      return settlement.refuse(txHash, NOT_FOUND, 'this transaction is not known on the chain', complete);
    }
    const pause = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, age / 4));
    throw new NotYet(reason, new Date(this.#now() + pause));
  }

  #now(): number {
    return this.parts.clock.now().getTime();
  }
}
