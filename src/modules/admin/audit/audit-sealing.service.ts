/**
 * Seals the audit trail into its chain every few seconds, and logs the chain's end, so that it is known elsewhere too.
 * Keeps: apart from the acts themselves: whoever is audited waits for no lock of the chain.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../../config/config.module.js';
import type { Config } from '../../../config/schema.js';
import { AuditChainRepository } from '../../../platform/audit/audit-chain.repository.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { Logger } from '../../../platform/logging/logger.js';

const AT_ONCE = 500;

/** Of one run, so that a long tail, as after an upgrade, is sealed without being in the way. */
const BATCHES = 20;

const TELL_MS = 3_600_000;

@Injectable()
export class AuditSealing {
  #toldAtMs: number | undefined;

  constructor(
    private readonly chain: AuditChainRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Several replicas may run it at once: one of them seals. */
  @Interval('audit-sealing', 5_000)
  async run(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    try {
      const sealed = await this.database.inLane('worker', () => this.sealAll(BATCHES));
      if (sealed > 0) await this.database.inLane('worker', () => this.#tell());
    } catch (error) {
      this.logger.warn('the audit trail could not be sealed yet', { error });
    }
  }

  /** Seals what waits, at most `batches` times 500; answers how many. */
  async sealAll(batches: number): Promise<number> {
    let sum = 0;
    for (let batch = 0; batch < batches; batch += 1) {
      const sealed = await this.chain.seal(AT_ONCE);
      sum += sealed ?? 0;
      if (sealed === undefined || sealed < AT_ONCE) break;
    }
    return sum;
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
