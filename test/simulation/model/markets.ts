/**
 * The markets of a simulation, with prices as whole numbers of their last place.
 * Keeps: prices of very different size, one of which needs more digits than a double has.
 */
import type { SignalDraft } from '../../../src/domain/signal/check-signal.js';
import type { Commands } from './commands.js';

export const MARKETS = [
  { symbol: 'AUSDT', places: 2, start: 4_300_050n, lotStep: '0.001', minQty: '0.001' },
  { symbol: 'BUSDT', places: 8, start: 1_234n, lotStep: '1', minQty: '1' },
  { symbol: 'CUSDT', places: 4, start: 1_000_000n, lotStep: '0.01', minQty: '0.01' },
  { symbol: 'DUSDT', places: 18, start: 1_234_567_890_123_456_789n, lotStep: '0.1', minQty: '0.1' },
] as const;

export type MarketRules = (typeof MARKETS)[number];

export function marketOf(symbol: string): MarketRules {
  return MARKETS.find((market) => market.symbol === symbol) as MarketRules;
}

export function symbolOf(pick: number): string {
  return (MARKETS[pick % MARKETS.length] as MarketRules).symbol;
}

export function moved(units: bigint, hundredthsOfPercent: number): bigint {
  return units + (units * BigInt(hundredthsOfPercent)) / 10_000n;
}

export function textOf(symbol: string, units: bigint): string {
  const { places } = marketOf(symbol);
  const digits = (units < 0n ? 0n : units).toString().padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** The signal that a post command means at a market price; it may be one that must be refused. */
export function draftOf({ symbol, long, entry, stop, steps, leverage }: Commands['post'], price: bigint): SignalDraft {
  const name = symbolOf(symbol);
  const at = (hundredths: number) => textOf(name, moved(price, hundredths));
  const way = long ? 1 : -1;
  let distance = entry;
  const targets = steps.map((step) => at((distance += step * way)));
  return {
    symbol: name,
    side: long ? 'LONG' : 'SHORT',
    entry: at(entry),
    stopLoss: at(entry - stop * way),
    targets,
    tradeType: 'FUTURES',
    duration: 'SHORT',
    leverage,
    confidence: 50,
    meta: {},
  };
}
