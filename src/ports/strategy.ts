/**
 * The house's bots: each folder of `src/plugins/strategies` is one, chosen by its code.
 * Keeps: what a strategy is stands in `src/domain/strategy`; a bot reads no environment and has no settings but those of
 * its schema.
 */
import type { Strategy } from '../domain/strategy/strategy.js';

export type { Strategy } from '../domain/strategy/strategy.js';

/** What a strategy folder exports as `strategy`. */
export interface StrategyPlugin {
  readonly strategy: Strategy;
}

/** Injection token of the known strategies, by code. */
export const STRATEGIES = Symbol('STRATEGIES');

export type Strategies = ReadonlyMap<string, Strategy>;
