/** The limit of one address for alerts: ALERTS_PER_MINUTE, over all replicas, off where RATE_LIMIT_ENABLED is. */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { BlockLimits } from '../../platform/http/api-limits.js';
import { RateLimits } from '../../platform/http/rate-limits.js';

@Injectable()
export class AlertLimits extends BlockLimits {
  readonly #isOn: boolean;

  constructor(limits: RateLimits, clock: Clock, @Inject(CONFIG) { alerts, http }: Config) {
    super(limits, clock, 'alerts', alerts.ALERTS_PER_MINUTE);
    this.#isOn = http.RATE_LIMIT_ENABLED;
  }

  override async require(key: string): Promise<void> {
    if (this.#isOn) await super.require(key);
  }
}
