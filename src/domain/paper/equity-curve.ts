/**
 * The equity of an account over time, from what its ledger moved and what its open positions were worth at full hours.
 * Keeps: pure and exact; an hour for which nothing was recorded has a balance but no equity, it is not guessed.
 */
import { Decimal } from '../money/decimal.js';

/** A full hour that was recorded, and the moment of its figures. */
export interface RecordedHour {
  readonly at: Date;
  readonly takenAt: Date;
}

export interface EquityPoint {
  readonly at: Date;
  readonly balance: Decimal;
  /** Null where the hour was not recorded. */
  readonly unrealised: Decimal | null;
  readonly equity: Decimal | null;
  /** Deposits minus withdrawals until then. */
  readonly netDeposits: Decimal;
}

/** What the ledger moved until the moment of a point and after that of the one before. */
export interface Movement {
  readonly balance: Decimal;
  readonly deposits: Decimal;
}

export interface Holding {
  readonly balance: Decimal;
  readonly unrealised: Decimal;
}

/** The moment until which the ledger counts for each point: when the hour was recorded, or else the hour itself. */
export function momentsOf(times: readonly Date[], recorded: readonly RecordedHour[]): Date[] {
  const takenAt = new Map(recorded.map((hour) => [hour.at.getTime(), hour.takenAt]));
  return times.map((at) => takenAt.get(at.getTime()) ?? at);
}

/** `movements[i]` belongs to `times[i]`; `holdings` are those of recorded hours in which something was held, by time. */
export function equityCurve(
  times: readonly Date[],
  recorded: readonly RecordedHour[],
  movements: readonly (Movement | undefined)[],
  holdings: ReadonlyMap<number, Holding>,
): EquityPoint[] {
  const known = new Set(recorded.map((hour) => hour.at.getTime()));
  let balance = Decimal.ZERO;
  let netDeposits = Decimal.ZERO;
  return times.map((at, index) => {
    balance = balance.plus(movements[index]?.balance ?? Decimal.ZERO);
    netDeposits = netDeposits.plus(movements[index]?.deposits ?? Decimal.ZERO);
    const held = holdings.get(at.getTime());
    if (held !== undefined) {
      return { at, ...held, equity: held.balance.plus(held.unrealised), netDeposits };
    }
    const unrealised = known.has(at.getTime()) ? Decimal.ZERO : null;
    return { at, balance, unrealised, equity: unrealised === null ? null : balance, netDeposits };
  });
}
