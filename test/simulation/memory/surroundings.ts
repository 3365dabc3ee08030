/** What the parts of the world in memory know of it: the stored books, the time, the newest price. */
import { Decimal } from '../../../src/domain/money/decimal.js';
import type { FeeRates } from '../../../src/domain/position/position.js';
import type { Books } from './books.js';

export const FEES: FeeRates = { makerPercent: Decimal.of('0.02'), takerPercent: Decimal.of('0.05') };

export interface Surroundings {
  readonly books: Books;
  readonly now: Date;
  /** The newest price, for whoever leads. */
  latest(symbol: string): string | undefined;
}
