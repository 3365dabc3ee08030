/**
 * The markets of a simulation, with prices as whole numbers of their last place.
 * Keeps: prices of very different size, one of which needs more digits than a double has.
 */
import type { InstrumentRules } from '../../../src/domain/instrument/instrument.js';
import { parsePlan } from '../../../src/domain/plan/parse-plan.js';
import { signalPrices } from '../../../src/domain/plan/signal-prices.js';
import type { SignalDraft } from '../../../src/domain/signal/check-signal.js';
import type { Commands } from './commands.js';
import { planOf } from './plans.js';

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

/** What the venue demands of orders on a market. */
const RULES: ReadonlyMap<string, InstrumentRules> = new Map(MARKETS.map(({ symbol }) => [symbol, rulesFor(symbol)]));

export function rulesOf(symbol: string): InstrumentRules {
  return RULES.get(symbol) as InstrumentRules;
}

function rulesFor(symbol: string): InstrumentRules {
  const { places, lotStep, minQty } = marketOf(symbol);
  return {
    symbol,
    base: symbol.slice(0, -4),
    quote: 'USDT',
    tickSize: textOf(symbol, 1n),
    lotStep,
    minQty,
    minNotional: places > 10 ? '0' : '1',
    maxLeverage: 125,
  };
}

/** A post as somebody sends it, and what it says; a draft that may have to be refused. */
export interface Post {
  readonly body: Readonly<Record<string, unknown>>;
  /** Undefined where reading it already finds it wrong. */
  readonly draft: SignalDraft | undefined;
}

export function postOf(fields: Commands['post'], price: bigint): Post {
  const { long, entry, stop, steps, leverage } = fields;
  const symbol = symbolOf(fields.symbol);
  const at = (hundredths: number) => textOf(symbol, moved(price, hundredths));
  const way = long ? 1 : -1;
  let distance = entry;
  const side = long ? ('LONG' as const) : ('SHORT' as const);
  const posted = {
    entry: at(entry),
    sl: at(entry - stop * way),
    tp: steps.map((step) => at((distance += step * way))),
  };
  const plan = planOf(fields.plan, { entry, way, steps, at });
  const { spec, problems } = parsePlan(plan);
  const prices = signalPrices({ side, entry: posted.entry, stop: posted.sl, targets: posted.tp }, spec);
  const body = { symbol, side, leverage, ...posted, plan };
  if (problems.length > 0 || 'problems' in prices) return { body, draft: undefined };
  const draft: SignalDraft = {
    symbol,
    side,
    entry: prices.entry,
    stopLoss: prices.stop,
    targets: prices.targets,
    tradeType: 'FUTURES',
    duration: 'SHORT',
    leverage,
    confidence: 50,
    plan: { 'margin.leverage': leverage, ...spec },
    meta: {},
  };
  return { body, draft };
}
