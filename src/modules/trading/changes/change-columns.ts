/**
 * The columns in which changes of positions are handed to set-based statements: one array a column, one place a row.
 * Keeps: the order of the arrays is the order of the columns in the statements that take them; money goes as decimal text.
 */
import { postingsOf } from '../../../domain/ledger/ledger.js';
import { Decimal } from '../../../domain/money/decimal.js';
import { clientOrderId } from '../../../domain/order/client-order-id.js';
import type { Execution, PositionChange, PositionState } from '../../../domain/position/position.js';
import { numberArray } from '../../../platform/database/number-array.js';
import { SAME_STREAK, streakAfter, type StreakChange } from '../../../domain/risk/losing-streak.js';

/** An execution and the position as it is after the change. */
export interface Booked {
  readonly position: PositionState;
  readonly execution: Execution;
}

export function shapeColumns(positions: readonly PositionState[]): unknown[] {
  return [
    numberArray(positions.map((position) => position.entryPrice)),
    numberArray(positions.map((position) => position.plannedQty)),
    numberArray(positions.map((position) => position.stopLoss)),
    positions.map((position) => numberArray(position.legPrices)),
    positions.map((position) => numberArray(position.legQtys)),
    positions.map((position) => numberArray(position.legFilled)),
    positions.map((position) => position.entriesClosed),
    positions.map((position) => numberArray(position.targetPrices)),
    positions.map((position) => numberArray(position.targetQtys)),
    positions.map((position) => position.trail?.percent.toString() ?? null),
    positions.map((position) => position.trail?.peak.toString() ?? null),
    positions.map((position) => position.trail?.since.toISOString() ?? null),
    positions.map((position) => position.trail?.takesProfit ?? false),
    numberArray(positions.map((position) => position.rulesFired)),
    positions.map((position) => position.entryExpiresAt?.toISOString() ?? null),
    positions.map((position) => position.exitAt?.toISOString() ?? null),
    positions.map((position) => position.isDetached),
    numberArray(positions.map((position) => position.partPrice)),
  ];
}

export function positionColumns(positions: readonly PositionState[]): unknown[] {
  return [
    numberArray(positions.map((position) => position.id)),
    positions.map((position) => position.status),
    numberArray(positions.map((position) => position.qty)),
    numberArray(positions.map((position) => position.remainingQty)),
    numberArray(positions.map((position) => position.exitPrice)),
    positions.map((position) => timesLiteral(position.targetHitAt)),
    numberArray(positions.map((position) => position.margin)),
    numberArray(positions.map((position) => position.realisedPnl)),
    numberArray(positions.map((position) => position.fees)),
    positions.map((position) => position.closeReason),
    positions.map((position) => position.openedAt?.toISOString() ?? null),
    positions.map((position) => position.closedAt?.toISOString() ?? null),
    numberArray(positions.map((position) => position.cost)),
  ];
}

function timesLiteral(times: readonly (Date | null)[]): string {
  return `{${times.map((time) => (time === null ? 'NULL' : `"${time.toISOString()}"`)).join(',')}}`;
}

/** Twelve columns of the orders and fills that end a position or a part of it. */
export function exitColumns(exits: readonly Booked[]): unknown[] {
  return [
    numberArray(exits.map(({ position }) => position.id)),
    numberArray(exits.map(({ position }) => position.userId)),
    numberArray(exits.map(({ position }) => position.accountId)),
    exits.map(({ position: { id, accountId }, execution: { leg } }) =>
      clientOrderId({ accountId, cause: `position:${id}`, leg, attempt: 1 }),
    ),
    exits.map(({ execution }) => execution.leg),
    exits.map(({ execution }) => execution.side),
    exits.map(({ execution }) => execution.type),
    numberArray(exits.map(({ execution }) => execution.price)),
    numberArray(exits.map(({ execution }) => execution.qty)),
    numberArray(exits.map(({ execution }) => execution.fee)),
    exits.map(({ execution }) => execution.liquidity),
    numberArray(exits.map(({ execution }) => execution.grossPnl)),
  ];
}

export function logColumns(changes: readonly PositionChange[]): unknown[] {
  const lines = changes.flatMap(({ after, log }) => log.map((entry) => ({ position: after, entry })));
  return [
    numberArray(lines.map(({ position }) => position.id)),
    numberArray(lines.map(({ position }) => position.userId)),
    numberArray(lines.map(({ position }) => position.signalId)),
    lines.map(({ entry }) => entry.type),
    lines.map(({ entry }) => entry.message),
    lines.map(({ entry }) => JSON.stringify(entry.meta)),
  ];
}

interface AccountSum {
  readonly balance: Decimal;
  readonly margin: Decimal;
  readonly open: number;
  readonly streak: StreakChange;
}

const NO_SUM: AccountSum = { balance: Decimal.ZERO, margin: Decimal.ZERO, open: 0, streak: SAME_STREAK };

export function accountColumns(changes: readonly PositionChange[]): unknown[] {
  const sums = new Map<number, AccountSum>();
  for (const change of changes) {
    const sum = sums.get(change.after.accountId) ?? NO_SUM;
    sums.set(change.after.accountId, {
      balance: sum.balance.plus(change.balanceDelta),
      margin: sum.margin.plus(change.marginDelta),
      open: sum.open + change.openDelta,
      streak: streakAfter(sum.streak, change),
    });
  }
  const accounts = [...sums.entries()].sort(([a], [b]) => a - b);
  return [
    numberArray(accounts.map(([id]) => id)),
    numberArray(accounts.map(([, sum]) => sum.balance)),
    numberArray(accounts.map(([, sum]) => sum.margin)),
    numberArray(accounts.map(([, sum]) => sum.open)),
    accounts.map(([, sum]) => sum.streak.endsStreak),
    numberArray(accounts.map(([, sum]) => sum.streak.losses)),
  ];
}

/** One ledger transaction for each change that moves money. */
export function ledgerColumns(changes: readonly PositionChange[]): unknown[] {
  const booked = changes.flatMap((change) => {
    const transaction = postingsOf(change);
    return transaction === undefined ? [] : [{ position: change.after, ...transaction }];
  });
  return [
    numberArray(booked.map(({ position }) => position.accountId)),
    numberArray(booked.map(({ position }) => position.id)),
    booked.map(({ cause }) => cause),
    numberArray(booked.map(({ postings }) => postings.cash)),
    numberArray(booked.map(({ postings }) => postings.margin)),
    numberArray(booked.map(({ postings }) => postings.fees)),
    numberArray(booked.map(({ postings }) => postings.realised)),
    numberArray(booked.map(({ postings }) => postings.liquidation)),
  ];
}
