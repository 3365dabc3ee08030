/**
 * Seals the audit trail into its chain every few seconds, and logs the chain's end, so that it is known elsewhere too.
 * Keeps: apart from the acts themselves: whoever is audited waits for no lock of the chain; what keeps rows from their seals
 * is told, again every minute.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { AuditChainRepository } from '../../../platform/audit/audit-chain.repository.js';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { Logger } from '../../../platform/logging/logger.js';

const AT_ONCE = 500;

/** Of one run, so that a long tail, as after an upgrade, is sealed without being in the way. */
const BATCHES = 20;

const TELL_MS = 3_600_000;

/** Runs in a row without a seal after which it is told, and told again: a minute. */
const RUNS_UNTIL_TOLD = 12;

@Injectable()
export class AuditSealing {
  #toldAtMs: number | undefined;
  #locked = 0;
  #failed = 0;
  #refused = 0;

  constructor(
    private readonly chain: AuditChainRepository,
    private readonly audit: AuditTrail,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Several replicas may run it at once: one of them seals. */
  @Interval('audit-sealing', 5_000)
  async run(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    await this.database.inLane('worker', async () => {
      try {
        const sealed = await this.sealAll(BATCHES);
        this.#failed = 0;
        await this.#tellHindrances();
        if (sealed > 0) await this.#tell();
      } catch (error) {
        this.#failed += 1;
        if (this.#failed % RUNS_UNTIL_TOLD === 0)
          this.logger.error('the audit trail has not been sealed for a minute: npm run audit:verify', { error });
        else this.logger.warn('the audit trail could not be sealed yet', { error });
      }
    });
  }

  /** Seals what waits, at most `batches` times 500; answers how many. */
  async sealAll(batches: number): Promise<number> {
    await this.#mendEnd();
    let sum = 0;
    for (let batch = 0; batch < batches; batch += 1) {
      const sealed = await this.chain.seal(AT_ONCE);
      this.#locked = sealed === undefined ? this.#locked + 1 : 0;
      sum += sealed ?? 0;
      if (sealed === undefined || sealed < AT_ONCE) break;
    }
    return sum;
  }

  async #mendEnd(): Promise<void> {
    const mended = await this.database.transaction(async () => {
      const moved = await this.chain.mendEnd();
      if (moved !== undefined)
        await this.audit.record({
          actorKind: 'system',
          action: 'audit.end_restored',
          subject: 'platform',
          before: { seq: moved.from },
          after: { seq: moved.to },
        });
      return moved;
    });
    if (mended !== undefined)
      this.logger.error('the end of the audit trail was put back: it stands at the last seal again', mended);
  }

  async #tellHindrances(): Promise<void> {
    if (this.#locked > 0 && this.#locked % RUNS_UNTIL_TOLD === 0)
      this.logger.warn('somebody else has held the lock of the audit trail for a minute: rows wait for their seals');
    const refused = await this.chain.refused();
    if (refused === undefined) {
      this.#refused = 0;
      return;
    }
    const { count, first } = refused;
    if (this.#refused % RUNS_UNTIL_TOLD === 0)
      this.logger.error('rows of the audit trail have no signature and are not sealed', { count, first });
    this.#refused += 1;
  }

  /** Once an hour: a chain that was made anew does not hold the end that a log tells. */
  async #tell(): Promise<void> {
    const now = this.clock.monotonicMs();
    if (this.#toldAtMs !== undefined && now - this.#toldAtMs < TELL_MS) return;
    this.#toldAtMs = now;
    const head = await this.chain.head();
    if (head !== undefined)
      this.logger.info('audit trail sealed', { head: `${head.seq}:${head.hash.toString('hex')}` });
  }
}
