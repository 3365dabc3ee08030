/**
 * The two jobs of paper accounts: funding every eight hours and a snapshot of equity every full hour.
 * Keeps: each tick has its effect once, whichever replicas order and run it. Funding that was missed is made up for, in
 * order; a snapshot that was missed is not, because nobody knows any more what things were worth.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { floorTime, fundingTimesDue, HOUR_MS } from '../../domain/paper/paper-times.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { killPoint } from '../../platform/process/kill-point.js';
import { type NewWork, WorkQueue } from '../../platform/work/work-queue.js';
import { NotYet, WorkRunner } from '../../platform/work/work-runner.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { EquityRepository } from './equity.repository.js';
import { FundingRepository } from './funding.repository.js';
import { PaperRunsRepository } from './paper-runs.repository.js';

export const FUNDING_QUEUE = 'paper.funding';
export const SNAPSHOT_QUEUE = 'paper.snapshot';

/** Positions that are charged in one transaction. */
const CHARGE_PAGE = 1_000;

/**
 * Transactions that began before a funding time may be committed after it: what they opened is charged in a second round,
 * by when every statement has ended or timed out.
 */
const FUNDING_SETTLES_MS = 60_000;

/** An hour that could not be recorded within this time is let go. */
const SNAPSHOT_GRACE_MS = 300_000;

export interface PaperJobParts {
  readonly funding: FundingRepository;
  readonly equity: EquityRepository;
  readonly runs: PaperRunsRepository;
  readonly database: Database;
  readonly work: WorkQueue;
  readonly runner: WorkRunner;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class PaperJobs implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    private readonly parts: PaperJobParts,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    const shared = { concurrency: 1, leaseMs: 60_000, maxAttempts: 0 };
    this.parts.runner.register({
      ...shared,
      queue: FUNDING_QUEUE,
      handle: (work, complete) => this.#funding(new Date(String(work.payload.at)), complete),
    });
    this.parts.runner.register({
      ...shared,
      queue: SNAPSHOT_QUEUE,
      handle: (work, complete) => this.record(new Date(String(work.payload.at)), complete),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.schedule();
  }

  /** Orders what is due; every replica may. */
  @Interval('paper-jobs', 15_000)
  async schedule(): Promise<void> {
    if (this.config.process.ROLE === 'api' || this.client.simulation === undefined) return;
    try {
      await this.parts.work.enqueue([...(await this.#fundingDue()), ...(await this.#snapshotDue())]);
    } catch (error) {
      this.parts.logger.warn('the paper jobs could not be ordered yet', { error });
    }
  }

  async #funding(at: Date, complete: () => Promise<void>): Promise<void> {
    const settled = new Date(at.getTime() + FUNDING_SETTLES_MS);
    if (this.parts.clock.now() >= settled) return void (await this.charge(at, complete));
    await this.#chargeHeld(at);
    throw new NotYet('what was opened in that moment may not be stored yet', settled);
  }

  /** Charges funding for `at` to everything that was held then, for good. Answers how many positions paid. */
  async charge(at: Date, complete: () => Promise<void> = () => Promise.resolve()): Promise<number> {
    const charged = await this.#chargeHeld(at);
    await this.#finish('FUNDING', at, complete);
    return charged;
  }

  async #chargeHeld(at: Date): Promise<number> {
    const rateOf = this.client.simulation?.fundingRatePercent;
    const held = rateOf === undefined ? [] : await this.parts.funding.held(at);
    if (rateOf !== undefined && held.length > 0) {
      await this.parts.funding.fixRates(
        at,
        held.map(({ symbol }) => ({ symbol, ratePercent: rateOf(symbol) })),
      );
    }
    const ids = held.flatMap((symbol) => symbol.ids).sort((a, b) => a - b);
    let charged = 0;
    for (let start = 0; start < ids.length; start += CHARGE_PAGE) {
      const page = ids.slice(start, start + CHARGE_PAGE);
      charged += await this.parts.database.transaction(async () => {
        const paid = await this.parts.funding.charge(at, page, this.parts.clock.now());
        killPoint('ledger:funding-charged');
        return paid;
      });
    }
    if (charged > 0) this.parts.logger.info('funding was charged', { at: at.toISOString(), positions: charged });
    return charged;
  }

  /** Records the hour `at`, unless it has become too late for that. */
  async record(at: Date, complete: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await this.parts.database.transaction(async () => {
      const now = this.parts.clock.now();
      const isTimely = now.getTime() - at.getTime() <= SNAPSHOT_GRACE_MS;
      if (isTimely && (await this.parts.runs.note('SNAPSHOT', at, now))) await this.parts.equity.record(at);
      await this.parts.equity.thin(now);
      await complete();
    });
  }

  #finish(job: 'FUNDING', at: Date, complete: () => Promise<void>): Promise<void> {
    return this.parts.database.transaction(async () => {
      await this.parts.runs.note(job, at, this.parts.clock.now());
      await complete();
    });
  }

  async #fundingDue(): Promise<NewWork[]> {
    if (this.client.simulation?.fundingRatePercent === undefined) return [];
    const times = fundingTimesDue(await this.parts.runs.last('FUNDING'), this.parts.clock.now());
    return times.map((at) => ({ ...workFor(FUNDING_QUEUE, at), serialKey: FUNDING_QUEUE }));
  }

  async #snapshotDue(): Promise<NewWork[]> {
    const now = this.parts.clock.now();
    const at = floorTime(now, HOUR_MS);
    if (now.getTime() - at.getTime() > SNAPSHOT_GRACE_MS) return [];
    return (await this.parts.runs.last('SNAPSHOT'))?.getTime() === at.getTime() ? [] : [workFor(SNAPSHOT_QUEUE, at)];
  }
}

function workFor(queue: string, at: Date): NewWork {
  return { queue, key: at.toISOString(), payload: { at: at.toISOString() } };
}
