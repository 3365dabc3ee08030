/**
 * A switch that somebody or something has thrown against new entries, as the decision sees it. Which switches apply to a
 * follower is decided elsewhere; here each one that is given refuses.
 */
export const SWITCH_CODES = ['KILL_SWITCH', 'CIRCUIT_BREAKER', 'TRADING_PAUSED'] as const;
export type SwitchCode = (typeof SWITCH_CODES)[number];

export interface TradingSwitch {
  readonly code: SwitchCode;
  /** Scope, mode and reason, for the follower to read. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}
