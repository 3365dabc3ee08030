/**
 * The instrument rules of paper trading, derived from the price at which an instrument trades.
 * Keeps: one lot is worth at most 0.1 USDT and a tick at most 0.01 % of the price, so that small accounts can follow
 * every signal; a symbol's rules are stored once, by the caller, and stay as they are when the price moves.
 */
import { type InstrumentRules, splitSymbol } from '../../../domain/instrument/instrument.js';
import { Decimal } from '../../../domain/money/decimal.js';

const LOT_VALUE = Decimal.of('0.1');
const TICK_SHARE = Decimal.of('0.0001');
const MIN_NOTIONAL = '1';
const MAX_LEVERAGE = 125;
const FINEST = 12;
const COARSEST = 6;

export function paperRules(symbol: string, near: string): InstrumentRules {
  const pair = splitSymbol(symbol);
  if (pair === undefined) throw new RangeError(`${symbol} is not a pair`);
  const price = Decimal.of(near);
  if (!price.isPositive) throw new RangeError('a price must be above zero');
  const lotStep = powerOfTenAtMost(LOT_VALUE.dividedBy(price, 24, 'floor'));
  return {
    symbol,
    base: pair.base,
    quote: pair.quote,
    tickSize: powerOfTenAtMost(price.times(TICK_SHARE)),
    lotStep,
    minQty: lotStep,
    minNotional: MIN_NOTIONAL,
    maxLeverage: MAX_LEVERAGE,
  };
}

/** The largest power of ten that is not above `value`, between 1e-12 and 1e6. */
function powerOfTenAtMost(value: Decimal): string {
  for (let exponent = COARSEST; exponent > 0; exponent -= 1) {
    const power = `1${'0'.repeat(exponent)}`;
    if (Decimal.of(power).lte(value)) return power;
  }
  for (let places = 0; places < FINEST; places += 1) {
    const power = places === 0 ? '1' : `0.${'0'.repeat(places - 1)}1`;
    if (Decimal.of(power).lte(value)) return power;
  }
  return `0.${'0'.repeat(FINEST - 1)}1`;
}
