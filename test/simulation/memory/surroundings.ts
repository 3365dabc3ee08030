/** What the parts of the world in memory know of it: the stored books, the switches, the time, the newest price. */
import { Decimal } from '../../../src/domain/money/decimal.js';
import type { FeeRates, PositionState } from '../../../src/domain/position/position.js';
import { type Realism, REALISMS } from '../../../src/domain/paper/fill-model.js';
import { paperSettings, termsOf } from '../../../src/plugins/exchanges/paper/settings.js';
import type { Books } from './books.js';
import type { Safety } from './safety.js';

/** The fees and the execution of the paper venue at a realism. */
export function feesOf(realism: Realism): FeeRates {
  return FEES[realism];
}

const FEES = Object.fromEntries(REALISMS.map((realism) => [realism, ratesOf(realism)])) as Record<Realism, FeeRates>;

function ratesOf(realism: Realism): FeeRates {
  const { fills, brackets } = termsOf(paperSettings.parse({ PAPER_REALISM: realism }));
  const rates = { makerPercent: Decimal.of('0.02'), takerPercent: Decimal.of('0.05') };
  return realism === 'off' ? rates : { ...rates, fills, brackets };
}

export interface Surroundings {
  readonly books: Books;
  readonly safety: Safety;
  readonly now: Date;
  readonly fees: FeeRates;
  /** The newest price, for whoever leads. */
  latest(symbol: string): string | undefined;
  /** Live positions that a switch, if it is in force, keeps from growing. */
  isBarred(position: Pick<PositionState, 'userId' | 'accountId' | 'signalId' | 'symbol'>): boolean;
}
