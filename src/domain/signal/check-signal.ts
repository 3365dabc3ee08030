/**
 * Whether a draft is a signal that may be traded: symbol, side, prices on the right sides, ranges.
 * Keeps: pure; names every offending field with the rule that it broke, all at once.
 */
import { splitSymbol } from '../instrument/instrument.js';
import type { Side } from '../instrument/side.js';
import type { PlanSpec } from '../plan/parse-plan.js';
import { Decimal, type DecimalText } from '../money/decimal.js';

export const MAX_TARGETS = 10;
export const MAX_SIGNAL_LEVERAGE = 125;

export interface SignalDraft {
  readonly symbol: string;
  readonly side: Side;
  readonly entry: DecimalText;
  readonly stopLoss: DecimalText;
  readonly targets: readonly DecimalText[];
  readonly tradeType: 'FUTURES' | 'SPOT';
  readonly duration: 'SHORT' | 'LONG';
  readonly leverage: number;
  readonly confidence: number;
  /** The signal's own layer of the plan. */
  readonly plan: PlanSpec;
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface SignalProblem {
  readonly field: string;
  readonly rule: string;
}

/** `BTC/USDT`, `btc-usdt` and `BTCUSDT` are the same symbol: `BTCUSDT`. */
export function canonicalSymbol(text: string): string {
  return text
    .trim()
    .toUpperCase()
    .replace(/[/\-_]/, '');
}

export function checkSignal(draft: SignalDraft): SignalProblem[] {
  const problems: SignalProblem[] = [];
  if (splitSymbol(draft.symbol) === undefined) {
    problems.push({ field: 'symbol', rule: 'must be a pair such as BTCUSDT' });
  }
  if (draft.targets.length < 1 || draft.targets.length > MAX_TARGETS) {
    problems.push({ field: 'tp', rule: `must have between 1 and ${MAX_TARGETS} targets` });
  }
  if (draft.leverage < 1 || draft.leverage > MAX_SIGNAL_LEVERAGE) {
    problems.push({ field: 'leverage', rule: `must be between 1 and ${MAX_SIGNAL_LEVERAGE}` });
  }
  if (draft.confidence < 0 || draft.confidence > 100) {
    problems.push({ field: 'confidence', rule: 'must be between 0 and 100' });
  }
  return [...problems, ...checkSpot(draft), ...checkPrices(draft)];
}

function checkSpot(draft: SignalDraft): SignalProblem[] {
  if (draft.tradeType !== 'SPOT') return [];
  const problems: SignalProblem[] = [];
  if (draft.side === 'SHORT') problems.push({ field: 'side', rule: 'must be LONG for SPOT' });
  if (draft.leverage > 1) problems.push({ field: 'leverage', rule: 'must be 1 for SPOT' });
  return problems;
}

function checkPrices(draft: SignalDraft): SignalProblem[] {
  const entry = Decimal.of(draft.entry);
  const stop = Decimal.of(draft.stopLoss);
  const targets = draft.targets.map((price) => Decimal.of(price));
  const notPositive = [
    ...(entry.isPositive ? [] : ['entry']),
    ...(stop.isPositive ? [] : ['sl']),
    ...(targets.every((target) => target.isPositive) ? [] : ['tp']),
  ];
  if (notPositive.length > 0) return notPositive.map((field) => ({ field, rule: 'must be above 0' }));
  const long = draft.side === 'LONG';
  const problems: SignalProblem[] = [];
  if (long ? stop.gte(entry) : stop.lte(entry)) {
    problems.push({ field: 'sl', rule: `must be ${long ? 'below' : 'above'} the entry of a ${draft.side}` });
  }
  const ladder = [entry, ...targets];
  const rising = targets.every((target, index) => {
    const before = ladder[index] as Decimal;
    return long ? target.gt(before) : target.lt(before);
  });
  if (!rising) {
    const way = long ? 'above the entry and rise' : 'below the entry and fall';
    problems.push({ field: 'tp', rule: `must lie ${way} from target to target for a ${draft.side}` });
  }
  return problems;
}
