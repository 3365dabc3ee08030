/**
 * What a plan comes to in leverage and margin before anybody decides: for showing, with each limit of the leverage.
 * Keeps: pure; sizes, brackets and the liquidation price are those of the decision, at the planned prices.
 */
import type { InstrumentRules } from '../instrument/instrument.js';
import type { MarginMode } from '../margin/cross.js';
import { leverageWithin } from '../margin/liquidation.js';
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { LayoutRefusal } from '../plan/lay-out.js';
import { investmentOf } from '../sizing/size-entry.js';
import type { SignalPlan } from '../sizing/plan-entry.js';
import { planSizer, withWallet } from './decide-entry.js';
import { leverageCapOf } from './facts.js';
import type { RefusalReason } from './refusals.js';
import { isLiquidatedFirst } from './size-gates.js';

export interface MarginPreview {
  readonly leverage: number;
  readonly mode: MarginMode;
  /** What each says at most; null where it says nothing. The lowest counts. */
  readonly limits: {
    readonly user: number;
    readonly plan: number | null;
    readonly platform: number;
    readonly instrument: number;
    readonly bracket: number | null;
  };
  /** USDT, of all orders. */
  readonly notional: DecimalText;
  readonly margin: DecimalText;
  readonly stopLoss: DecimalText | null;
  readonly liquidation: DecimalText | null;
  readonly refusal: RefusalReason | LayoutRefusal | null;
}

/** `leverage` is the user's, `free` what their account has not in use, in USDT. `refused` says why the plan could not be laid out, if so. */
export function marginPreview(
  plan: SignalPlan,
  perTradeUsdt: DecimalText,
  leverage: number,
  refused: LayoutRefusal | null,
  free: Decimal,
): MarginPreview {
  const { layout, brackets, limits, side } = plan;
  const rules: InstrumentRules = plan.rules;
  const cap = Math.max(1, Math.min(leverage, leverageCapOf(plan)));
  const planned = planSizer(plan)(perTradeUsdt, cap);
  const { size } = plan.isCross ? withWallet(plan, planned, free) : planned;
  const stop = layout?.stopLoss ?? null;
  const money = layout === null ? undefined : investmentOf(layout, Decimal.of(perTradeUsdt));
  const isFatal = stop !== null && size.liquidation !== null && isLiquidatedFirst(side, stop, size.liquidation);
  return {
    leverage: size.leverage,
    mode: plan.isCross ? 'CROSS' : 'ISOLATED',
    limits: {
      user: leverage,
      plan: layout?.leverage ?? null,
      platform: plan.isSpot ? 1 : limits.maxLeverage,
      instrument: rules.maxLeverage,
      bracket:
        money === undefined || brackets === undefined ? null : leverageWithin(rules.maxLeverage, money, brackets),
    },
    notional: size.notional.toString(),
    margin: size.margin.toString(),
    stopLoss: stop?.toString() ?? null,
    liquidation: size.liquidation?.toString() ?? null,
    refusal: refused ?? size.tooSmall ?? (isFatal ? 'LIQUIDATION_BEFORE_STOP' : null),
  };
}
