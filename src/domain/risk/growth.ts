/**
 * Gates between an edit of a trade and what the edit adds to it: the follower's own limits hold for it as for an entry.
 * Keeps: the gates are those of entries; only what grows is asked about, so whoever is beyond a limit already may still edit
 * toward it.
 */
import { Decimal } from '../money/decimal.js';
import { percentOf } from '../money/money.js';
import type { EditRefusal } from '../position/edit.js';
import { marginOf, openLegQty } from '../position/legs.js';
import type { FeeRates, PositionState } from '../position/position.js';
import type { Follower } from '../sizing/plan-entry.js';
import type { EntrySize } from './entry-size.js';
import { followerFactsOf, type GateCase, type SharedFacts } from './facts.js';
import { GATES } from './gates.js';
import type { RefusalReason } from './refusals.js';

/** What a trade comes to with everything that waits as if it had filled; in USDT but for the quantity. */
interface Extent {
  readonly qty: Decimal;
  readonly notional: Decimal;
  readonly margin: Decimal;
  /** Lost when all has filled and the stop is hit then, with the fees still to be paid; without a stop the whole margin. */
  readonly atStop: Decimal;
  /** Of what waits. */
  readonly fee: Decimal;
}

type Part = keyof Extent;

/** The codes of the gates below, which edits answer with as well. */
type GrowthReason = Extract<RefusalReason, EditRefusal>;

/** Which gates ask about which part of what grows. */
const ASKED: Readonly<Record<string, Part>> = {
  switches: 'qty',
  account: 'qty',
  daily_loss: 'qty',
  drawdown: 'qty',
  capital: 'margin',
  total_margin: 'margin',
  group_exposure: 'notional',
  worst_case_loss: 'atStop',
  balance: 'margin',
};

/** The first gate that refuses the way from `before` to `after`; undefined where all admit. */
export function limitRefusal(
  before: PositionState,
  after: PositionState,
  follower: Follower,
  fees: FeeRates,
  at: Date,
): GrowthReason | undefined {
  const [from, to] = [extentOf(before, fees), extentOf(after, fees)];
  const grown = (part: Part): Decimal => to[part].minus(from[part]);
  const size: EntrySize = {
    leverage: after.leverage,
    qty: grown('qty'),
    notional: grown('notional'),
    margin: grown('margin'),
    fee: Decimal.max(grown('fee'), Decimal.ZERO),
    lossAtStop: grown('atStop'),
    liquidation: null,
    tooSmall: null,
  };
  const c: GateCase = { shared: sharedOf(after, fees), follower: followerFactsOf(after.symbol, follower, size), at };
  for (const gate of GATES) {
    const part = ASKED[gate.name];
    if (part !== undefined && grown(part).isPositive && gate.admits(c) === false) return gate.code(c) as GrowthReason;
  }
  return undefined;
}

/** The gates that are asked look at the follower; of the signal there is no more than the trade itself. */
function sharedOf(position: PositionState, { makerPercent, takerPercent }: FeeRates): SharedFacts {
  const { plan, stopLoss } = position;
  return {
    symbol: position.symbol,
    side: position.side,
    source_id: 0,
    confidence: 0,
    entry_type: position.entryType,
    entry_price: position.entryPrice.toString(),
    stop_loss: stopLoss?.toString() ?? null,
    is_spot: false,
    margin_mode: position.isCross ? 'CROSS' : 'ISOLATED',
    refusal: null,
    switches: [],
    lot_step: plan.instrument.lotStep,
    min_qty: plan.instrument.minQty,
    min_notional: plan.instrument.minNotional,
    max_leverage: position.leverage,
    max_concurrent_trades: 0,
    allowed_tiers: [],
    require_verified: false,
    entry_fee_percent: makerPercent.toString(),
    taker_fee_percent: takerPercent.toString(),
  };
}

function extentOf(position: PositionState, { makerPercent, takerPercent }: FeeRates): Extent {
  const { legPrices, cost, remainingQty, stopLoss, side } = position;
  const waiting = legPrices.map((_, leg) => openLegQty(position, leg));
  const waitingCost = Decimal.sum(legPrices.map((price, leg) => price.times(waiting[leg] as Decimal)));
  const qty = Decimal.sum([remainingQty, ...waiting]);
  const notional = cost.plus(waitingCost);
  const margin = marginOf(notional, position.leverage);
  const fee = percentOf(waitingCost, makerPercent);
  if (stopLoss === null) return { qty, notional, margin, fee, atStop: margin.plus(fee) };
  const value = stopLoss.times(qty);
  const loss = side === 'LONG' ? notional.minus(value) : value.minus(notional);
  const atStop = Decimal.max(loss, Decimal.ZERO).plus(percentOf(value, takerPercent)).plus(fee);
  return { qty, notional, margin, fee, atStop };
}
