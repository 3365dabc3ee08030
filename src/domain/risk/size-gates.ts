/**
 * Gates on how much a follower holds with this entry: positions, margin, exposure, what the stops may cost, funds.
 * Keeps: what lies exactly on a limit is admitted.
 */
import type { Side } from '../instrument/side.js';
import { Decimal } from '../money/decimal.js';
import { MONEY_SCALE } from '../money/money.js';
import { hasFallenTo } from '../position/prices.js';
import { type CapOwner, tradeCap } from '../subscription/trade-cap.js';
import type { GateCase } from './facts.js';
import { amountGate, type Change, countGate, type Facts, type Gate, gate } from './gate.js';

const concurrent = gate('concurrent_trades', 'MAX_CONCURRENT_TRADES', {
  admits: (c) => c.follower.openPositions < concurrentCap(c),
  input: ({ shared, follower }) => ({
    open: follower.openPositions,
    ...(shared.plan_concurrent_trades === undefined ? {} : { tier: follower.tier }),
  }),
  limit: (c) => ({ max_concurrent_trades: concurrentCap(c), ...bindingLimit(c) }),
  change: (c): Change => {
    const { openPositions: open, maxConcurrentTrades: own } = c.follower;
    if (open >= c.shared.max_concurrent_trades) return closing(c, 'the platform', c.shared.max_concurrent_trades);
    const raise = own > open ? [] : [`raise max_concurrent_trades to ${open + 1}`];
    const data: Facts = own > open ? {} : { max_concurrent_trades: open + 1 };
    const ofPlan = planCap(c, c.follower.tier);
    if (open < ofPlan) return { words: raise.join(), data };
    const tier = c.shared.allowed_tiers.find((name) => open < planCap(c, name));
    if (tier === undefined) return closing(c, `the plan ${c.follower.tier}`, ofPlan);
    return { words: [`have the plan ${tier}`, ...raise].join(' and '), data: { tier, ...data } };
  },
});

function concurrentCap(c: GateCase): number {
  return Math.min(c.follower.maxConcurrentTrades, c.shared.max_concurrent_trades, planCap(c, c.follower.tier));
}

function planCap({ shared }: GateCase, tier: string): number {
  return shared.plan_concurrent_trades?.[tier] ?? Number.POSITIVE_INFINITY;
}

/** Whose limit it is that counts. */
function bindingLimit(c: GateCase): { readonly limited_by?: CapOwner } {
  if (c.shared.plan_concurrent_trades === undefined) return {};
  const ofPlan = c.shared.plan_concurrent_trades[c.follower.tier] ?? null;
  const { limitedBy } = tradeCap(c.follower.maxConcurrentTrades, ofPlan, c.shared.max_concurrent_trades);
  return { limited_by: limitedBy };
}

function closing(c: GateCase, who: string, allowed: number): Change {
  const left = concurrentCap(c) - 1;
  if (left < 0) return { words: 'nothing of yours: no plan allows a trade now', data: { tier: null } };
  const words = `close ${c.follower.openPositions - left} positions: ${who} allows ${allowed}`;
  return { words, data: { open: left } };
}

const perSymbol = countGate(
  'per_symbol',
  'MAX_PER_SYMBOL',
  'max_per_symbol',
  ({ follower }) => follower.state.symbol_positions,
  ({ follower }) => follower.limits.max_per_symbol,
  'symbol_positions',
);

const perDirection = countGate(
  'per_direction',
  'MAX_PER_DIRECTION',
  'max_per_direction',
  ({ follower }) => follower.state.direction_positions,
  ({ follower }) => follower.limits.max_per_direction,
  'direction_positions',
);

const perSource = countGate(
  'per_source',
  'MAX_PER_SOURCE',
  'max_per_source',
  ({ follower }) => follower.state.source_positions,
  ({ follower }) => follower.limits.max_per_source,
  'source_positions',
);

const minQty = gate('min_qty', 'BELOW_MIN_QTY', {
  admits: ({ follower: { size } }) => size.tooSmall !== 'BELOW_MIN_QTY',
  input: ({ follower: { size } }) => ({ qty: size.qty.toString() }),
  limit: ({ shared }) => ({ min_qty: shared.min_qty }),
  change: (c) => biggerTrade(c, Decimal.max(Decimal.of(c.shared.min_qty), Decimal.of(c.shared.lot_step))),
});

const minNotional = gate('min_notional', 'BELOW_MIN_NOTIONAL', {
  admits: ({ follower: { size } }) => size.tooSmall !== 'BELOW_MIN_NOTIONAL',
  input: ({ follower: { size } }) => ({ notional: size.notional.toString() }),
  limit: ({ shared }) => ({ min_notional: shared.min_notional }),
  change: (c) => {
    const lotValue = priceOf(c).times(Decimal.of(c.shared.lot_step));
    const lots = Decimal.of(c.shared.min_notional).dividedBy(lotValue, 0, 'ceil');
    return biggerTrade(c, lots.times(Decimal.of(c.shared.lot_step)));
  },
});

function priceOf({ shared }: GateCase): Decimal {
  return shared.entry_price === null ? Decimal.ONE : Decimal.of(shared.entry_price);
}

/** The margin per trade that makes an entry large enough; before version 4, one that buys `qty` at the planned price. */
function biggerTrade(c: GateCase, qty: Decimal): Change {
  const { size, perTradeUsdt } = c.follower;
  const { min_exposure, max_investment = null } = c.shared;
  const lotStep = Decimal.of(c.shared.lot_step);
  const planned = qty.dividedBy(lotStep, 0, 'ceil').times(lotStep).times(priceOf(c));
  const exposure = Decimal.of(min_exposure ?? planned.toString());
  const margin = exposure.dividedBy(Decimal.ofInteger(size.leverage), MONEY_SCALE, 'ceil');
  const data: Record<string, string> = {};
  if (margin.gt(Decimal.of(perTradeUsdt))) data.per_trade_usdt = margin.toString();
  if (max_investment !== null && margin.gt(Decimal.of(max_investment))) {
    data['safety.max_investment_usdt'] = margin.toString();
  }
  const raised = Object.entries(data).map(([name, value]) => `raise ${name} to ${value}`);
  return { words: `${raised.join(' and ')} (at leverage ${size.leverage})`, data };
}

/** Decimal places of the stop that is named as good enough. */
const STOP_SCALE = 8;
const STOP_UNIT = Decimal.of('0.00000001');

/** A stop at the liquidation price itself comes too late. */
export function isLiquidatedFirst(side: Side, stop: Decimal, liquidationPrice: Decimal): boolean {
  return hasFallenTo(side, stop, liquidationPrice);
}

/** A plan without a stop is ended by its liquidation, which is what it says. */
export const liquidation = gate('liquidation', 'LIQUIDATION_BEFORE_STOP', {
  admits: ({ shared, follower: { size } }) => {
    if (size.liquidation === null || shared.stop_loss === null) return undefined;
    return !isLiquidatedFirst(shared.side, Decimal.of(shared.stop_loss), size.liquidation);
  },
  input: ({ shared }) => ({ stop_loss: shared.stop_loss }),
  limit: ({ shared, follower: { size } }) => ({
    liquidation_price: size.liquidation?.toString() ?? null,
    leverage: size.leverage,
    ...(shared.margin_mode === undefined ? {} : { margin_mode: shared.margin_mode }),
  }),
  change: ({ shared, follower: { size } }) => {
    const price = size.liquidation ?? Decimal.ZERO;
    const nearer =
      shared.side === 'LONG'
        ? price.rounded(STOP_SCALE, 'floor').plus(STOP_UNIT)
        : price.rounded(STOP_SCALE, 'ceil').minus(STOP_UNIT);
    const stop = nearer.toString();
    const word = shared.side === 'LONG' ? 'above' : 'below';
    return {
      words: `lower the leverage from ${size.leverage}, or have the stop ${word} ${price.toString()}`,
      data: { stop_loss: stop },
    };
  },
});

const capital = gate('capital', 'CAPITAL_EXHAUSTED', {
  admits: ({ follower }) => {
    if (follower.capitalUsdt === '0') return undefined;
    const most = Decimal.of(follower.capitalUsdt);
    return most.isPositive ? marginAfter(follower).lte(most) : undefined;
  },
  input: ({ follower }) => ({ margin_used: follower.marginUsed, margin: follower.size.margin.toString() }),
  limit: ({ follower }) => ({ capital_usdt: follower.capitalUsdt }),
  change: ({ follower }) => {
    const needed = marginAfter(follower).toString();
    return { words: `raise capital_usdt to ${needed}`, data: { capital_usdt: needed } };
  },
});

const totalMargin = amountGate(
  'total_margin',
  'MAX_TOTAL_MARGIN',
  'max_total_margin_usdt',
  ({ follower }) => marginAfter(follower),
  ({ follower }) => follower.limits.max_total_margin_usdt,
  ({ follower }) => ({ margin_used: follower.marginUsed, margin: follower.size.margin.toString() }),
);

function marginAfter({ marginUsed, size }: GateCase['follower']): Decimal {
  return Decimal.of(marginUsed).plus(size.margin);
}

const groupExposure = amountGate(
  'group_exposure',
  'MAX_GROUP_EXPOSURE',
  'max_group_exposure_usdt',
  ({ follower: { state, size } }) => Decimal.of(state.group_net_usdt).plus(size.notional),
  ({ follower }) => follower.limits.max_group_exposure_usdt,
  ({ follower: { state, size } }) => ({
    group: state.group,
    group_net: state.group_net_usdt,
    notional: size.notional.toString(),
  }),
);

const worstCase = amountGate(
  'worst_case_loss',
  'MAX_WORST_CASE_LOSS',
  'max_worst_case_loss_usdt',
  ({ follower: { state, size } }) => Decimal.of(state.open_risk_usdt).plus(size.lossAtStop),
  ({ follower }) => follower.limits.max_worst_case_loss_usdt,
  ({ follower: { state, size } }) => ({
    open_risk: state.open_risk_usdt,
    loss_at_stop: size.lossAtStop.toString(),
  }),
);

const balance = gate('balance', 'INSUFFICIENT_BALANCE', {
  admits: ({ follower }) => available(follower).gte(needed(follower)),
  input: ({ follower }) => ({ available: available(follower).toString() }),
  limit: ({ follower }) => ({ needed: needed(follower).toString() }),
  change: ({ follower }) => {
    const missing = needed(follower).minus(available(follower));
    const enough = Decimal.of(follower.balance).plus(missing).toString();
    return { words: `have ${missing.toString()} USDT more on the account`, data: { balance: enough } };
  },
});

function available({ balance: total, marginUsed }: GateCase['follower']): Decimal {
  return Decimal.of(total).minus(Decimal.of(marginUsed));
}

function needed({ size }: GateCase['follower']): Decimal {
  return size.margin.plus(size.fee);
}

export const SIZE_GATES: readonly Gate[] = [
  concurrent,
  perSymbol,
  perDirection,
  perSource,
  minQty,
  minNotional,
  liquidation,
  capital,
  totalMargin,
  groupExposure,
  worstCase,
  balance,
];
