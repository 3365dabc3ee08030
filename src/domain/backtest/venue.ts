/**
 * The venue of a run from what a simulated exchange says of itself: its fees, its terms, and its rules for the symbols of the
 * run, which are asked for beforehand because a run asks nobody.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import type { MarginBracket } from '../margin/liquidation.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { FillModel } from '../paper/fill-model.js';
import type { BacktestVenue } from './terms.js';

export interface VenueDescription {
  readonly fees: { readonly makerPercent: DecimalText; readonly takerPercent: DecimalText };
  readonly simulation?:
    | {
        readonly fills: FillModel;
        readonly brackets?: readonly MarginBracket[] | undefined;
        readonly fundingRatePercent?: ((symbol: string) => DecimalText) | undefined;
      }
    | undefined;
}

export function venueOf(described: VenueDescription, rules: ReadonlyMap<string, InstrumentRules>): BacktestVenue {
  const { fees, simulation } = described;
  return {
    fees: {
      makerPercent: Decimal.of(fees.makerPercent),
      takerPercent: Decimal.of(fees.takerPercent),
      fills: simulation?.fills,
      brackets: simulation?.brackets,
    },
    fundingRatePercent: simulation?.fundingRatePercent,
    rules: (symbol) => {
      const known = rules.get(symbol);
      if (known === undefined) throw new RangeError(`there are no rules of ${symbol}`);
      return known;
    },
  };
}
