/**
 * Positions for the domain's specs: a held or waiting LONG of 1 at 100 with a stop at 95 and targets 102, 104, 106,
 * unless told otherwise. Quantities are multiples of 0.1, prices of 0.01.
 */
import { marginBrackets } from '../../src/domain/margin/liquidation.js';
import { Decimal } from '../../src/domain/money/decimal.js';
import { fillModel } from '../../src/domain/paper/fill-model.js';
import type { PositionPlan } from '../../src/domain/plan/position-plan.js';
import { marginOf } from '../../src/domain/position/legs.js';
import type { FeeRates, PositionState } from '../../src/domain/position/position.js';
import { lotsToQty, minLotsAt, splitLots } from '../../src/domain/sizing/ladder.js';

export const AT = new Date('2026-01-01T00:00:00Z');
export const LATER = new Date('2026-01-01T00:01:00Z');
export const fees: FeeRates = { makerPercent: Decimal.of('0.02'), takerPercent: Decimal.of('0.05') };
export const noFees: FeeRates = { makerPercent: Decimal.ZERO, takerPercent: Decimal.ZERO };

const book = {
  halfSpreadBps: Decimal.ONE,
  volatilityPercent: Decimal.of('60'),
};

/** With liquidation at a maintenance margin of 0.5 %. */
export const withLiquidation: FeeRates = {
  ...fees,
  brackets: marginBrackets([{ upTo: null, ratePercent: '0.5' }]),
};

const fillsWith = (depthUsdt: string): FeeRates['fills'] => {
  const shape = { ...book, depthUsdt: Decimal.of(depthUsdt) };
  return fillModel({
    realism: 'full',
    books: { major: shape, large: shape, other: shape },
    classOf: () => 'other',
    latencyMs: 0,
    throughBps: Decimal.of('5'),
    maxSlippagePercent: Decimal.of('5'),
  });
};

/** A venue that does not flatter: 1 bp of half spread, 5 bp to trade through, no latency, liquidation. */
export const strict: FeeRates = {
  ...withLiquidation,
  fills: fillsWith('100000'),
};

/** The same with 150 USDT of depth: resting orders of more than 1.4 or 1.5 at 100 fill in parts. */
export const shallow: FeeRates = { ...withLiquidation, fills: fillsWith('150') };

export const dec = (text: string): Decimal => Decimal.of(text);

export interface Shape {
  readonly side?: 'LONG' | 'SHORT';
  readonly entry?: string;
  readonly stop?: string | null;
  readonly targets?: readonly string[];
  readonly lots?: bigint;
  /** Nothing has filled yet. */
  readonly pending?: boolean;
  readonly leverage?: number;
  /** Further entries: price and lots. */
  readonly ladder?: readonly (readonly [string, bigint])[];
  /** Safety orders: price and lots. */
  readonly safety?: readonly (readonly [string, bigint])[];
  readonly plan?: Partial<PositionPlan>;
  readonly entryExpiresAt?: Date;
  readonly cross?: boolean;
}

export const SHORT: Shape = { side: 'SHORT', stop: '105', targets: ['98', '96', '94'] };

const LOT = dec('0.1');

export function positionOf(shape: Shape = {}): PositionState {
  const { side = 'LONG', stop = '95', targets = ['102', '104', '106'], lots = 10n, pending = false } = shape;
  const ladder = [[shape.entry ?? '100', lots] as const, ...(shape.ladder ?? [])];
  const legs = [...ladder, ...(shape.safety ?? [])];
  const legPrices = legs.map(([price]) => dec(price));
  const legQtys = legs.map(([, size]) => lotsToQty(size, LOT));
  const held = pending ? Decimal.ZERO : (legQtys[0] as Decimal);
  const entry = legPrices[0] as Decimal;
  const leverage = shape.leverage ?? 10;
  const plan = planOf(targets.length, shape.plan);
  const prices = targets.map((price) => dec(price));
  const toShare = pending ? ladder.reduce((sum, [, size]) => sum + size, 0n) : lots;
  const minLots = prices.map((price) => minLotsAt(price, plan.instrument));
  return {
    id: 1,
    userId: 1,
    accountId: 1,
    signalId: 1,
    symbol: 'TESTUSDT',
    side,
    leverage,
    status: pending ? 'PENDING' : 'OPEN',
    entryType: pending ? (plan.entryTrigger === 'BREAKOUT' ? 'BREAKOUT' : 'LIMIT') : 'MARKET',
    legPrices,
    safetyLegs: shape.safety?.length ?? 0,
    legQtys,
    legFilled: legQtys.map((qty, leg) => (leg === 0 && !pending ? qty : Decimal.ZERO)),
    entriesClosed: false,
    plannedQty: Decimal.sum(legQtys),
    qty: held,
    remainingQty: held,
    entryPrice: entry,
    cost: held.times(entry),
    exitPrice: null,
    stopLoss: stop === null ? null : dec(stop),
    trail: null,
    rulesFired: 0,
    targetPrices: prices,
    targetQtys: splitLots(toShare, plan.weights, minLots).map((rung) => lotsToQty(rung, LOT)),
    targetHitAt: targets.map(() => null),
    margin: marginOf(
      Decimal.sum(legs.map((_, leg) => (legPrices[leg] as Decimal).times(legQtys[leg] as Decimal))),
      leverage,
    ),
    realisedPnl: Decimal.ZERO,
    fees: Decimal.ZERO,
    closeReason: null,
    openedAt: pending ? null : AT,
    closedAt: null,
    entryExpiresAt: shape.entryExpiresAt ?? null,
    exitAt: null,
    isDetached: false,
    isCross: shape.cross ?? false,
    partPrice: null,
    plan,
  };
}

export function planOf(targets: number, over: Partial<PositionPlan> = {}): PositionPlan {
  return {
    entryTrigger: 'LIMIT',
    cancelAtTarget: null,
    weights: Array.from({ length: targets }, () => 1),
    targetAnchor: 'SIGNAL',
    targetPercents: Array.from({ length: targets }, (_, index) => Decimal.ofInteger(2 * (index + 1))),
    stopRules: [],
    trailingTakeProfit: null,
    safetyLevels: [],
    exitAfterSeconds: null,
    onOpposite: null,
    instrument: { tickSize: '0.01', lotStep: '0.1', minQty: '0.1', minNotional: '1' },
    ...over,
  };
}
