/** A position as the domain sees it, for specs of rules that need one. Lots of 0.1, an even ladder. */
import type { Side } from '../../src/domain/instrument/side.js';
import { Decimal } from '../../src/domain/money/decimal.js';
import type { PositionState } from '../../src/domain/position/position.js';
import { splitEvenly } from '../../src/domain/sizing/ladder.js';
import { marginOf } from '../../src/domain/sizing/plan-entry.js';

export interface PositionShape {
  readonly id?: number;
  readonly symbol?: string;
  readonly side?: Side;
  readonly entry?: string;
  readonly stop?: string;
  readonly targets?: readonly string[];
  readonly lots?: bigint;
  readonly pending?: boolean;
  readonly leverage?: number;
}

const LOT = Decimal.of('0.1');
const OPENED = new Date('2026-01-01T00:00:00Z');

export function positionState(shape: PositionShape = {}): PositionState {
  const { side = 'LONG', entry = '100', lots = 10n, pending = false, leverage = 10 } = shape;
  const isLong = side === 'LONG';
  const targets = shape.targets ?? (isLong ? ['102', '104', '106'] : ['98', '96', '94']);
  const qty = Decimal.ofInteger(lots).times(LOT);
  const held = pending ? Decimal.ZERO : qty;
  return {
    id: shape.id ?? 1,
    userId: 1,
    accountId: 1,
    signalId: 1,
    symbol: shape.symbol ?? 'TESTUSDT',
    side,
    leverage,
    status: pending ? 'PENDING' : 'OPEN',
    entryType: pending ? 'LIMIT' : 'MARKET',
    plannedQty: qty,
    qty: held,
    remainingQty: held,
    entryPrice: Decimal.of(entry),
    exitPrice: null,
    stopLoss: Decimal.of(shape.stop ?? (isLong ? '95' : '105')),
    targetPrices: targets.map((price) => Decimal.of(price)),
    targetQtys: splitEvenly(lots, targets.length).map((rung) => Decimal.ofInteger(rung).times(LOT)),
    targetHitAt: targets.map(() => null),
    margin: marginOf(qty.times(Decimal.of(entry)), leverage),
    realisedPnl: Decimal.ZERO,
    fees: Decimal.ZERO,
    closeReason: null,
    openedAt: pending ? null : OPENED,
    closedAt: null,
  };
}
