/** The limits of circuit breakers as the settings give them: one set for accounts, one for the platform. */
import type { Config } from '../../config/schema.js';
import type { BreakerSettings } from '../../domain/safety/circuit-breaker.js';
import { Decimal } from '../../domain/money/decimal.js';

export function accountRules({ safety }: Config): BreakerSettings {
  return {
    windowMinutes: safety.BREAKER_WINDOW_MINUTES,
    lossPercent: Decimal.of(safety.BREAKER_LOSS_PERCENT),
    lossesInARow: safety.BREAKER_LOSSES_IN_A_ROW,
    cooloffMinutes: safety.BREAKER_COOLOFF_MINUTES,
    halfOpenEntries: safety.BREAKER_HALF_OPEN_ENTRIES,
  };
}

export function platformRules(config: Config): BreakerSettings {
  const { safety } = config;
  return {
    ...accountRules(config),
    lossPercent: Decimal.of(safety.BREAKER_PLATFORM_LOSS_PERCENT),
    lossesInARow: safety.BREAKER_PLATFORM_LOSSES_IN_A_ROW,
  };
}

/** Whether any rule looks at results at all. */
export function isWatchingResults(config: Config): boolean {
  const rules = [accountRules(config), platformRules(config)];
  return rules.some(({ lossPercent, lossesInARow }) => lossPercent.isPositive || lossesInARow > 0);
}
