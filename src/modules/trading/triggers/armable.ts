/** How positions and signals are armed: what of them the books hold. */
import { Decimal } from '../../../domain/money/decimal.js';
import type { PositionState, VenueTerms } from '../../../domain/position/position.js';
import { isTerminalPosition } from '../../../domain/position/position-status.js';
import { type Watch, watchesOf } from '../../../domain/position/watch.js';
import type { SignalState } from '../../../domain/signal/signal-progress.js';
import { isTerminalSignal } from '../../../domain/signal/signal.js';
import type { EntryPlan } from '../../../domain/sizing/plan-entry.js';
import { peakSince } from '../../../domain/triggers/trail-book.js';
import type { Armable, Peaks } from './armory.js';
import type { LaidOut } from '../fan-out/entry-writer.repository.js';

export function armablePosition(position: PositionState, terms: VenueTerms): Armable {
  const { trail } = position;
  return {
    id: position.id,
    symbol: position.symbol,
    side: position.side,
    isOver: isTerminalPosition(position.status),
    watches: texts(watchesOf(position, terms)),
    trail:
      trail === null
        ? null
        : { percent: trail.percent.toString(), peak: { price: trail.peak.toString(), at: trail.since.getTime() } },
  };
}

/**
 * What new positions of one plan wait for. Those that wait for their entry wait for the same; of those that are held each
 * size has an entry price and a liquidation price of its own.
 */
export function armableNew(signal: LaidOut, terms: VenueTerms): (plan: EntryPlan) => Omit<Armable, 'id'> {
  if (signal.layout.entryType !== 'MARKET') {
    const shared = newArmable(signal, undefined, terms);
    return () => shared;
  }
  const known = new Map<EntryPlan, Omit<Armable, 'id'>>();
  return (plan) => {
    let armable = known.get(plan);
    if (armable === undefined) known.set(plan, (armable = newArmable(signal, plan, terms)));
    return armable;
  };
}

/** `held` is the plan of what is held at once; undefined while the entry waits. */
function newArmable(signal: LaidOut, held: EntryPlan | undefined, terms: VenueTerms): Omit<Armable, 'id'> {
  const { layout, symbol, side } = signal;
  const legs = [...layout.legs, ...layout.safety];
  const watches = watchesOf(
    {
      status: held === undefined ? 'PENDING' : 'OPEN',
      side,
      leverage: held?.leverage ?? 1,
      isCross: signal.isCross,
      legPrices: legs.map(({ price }) => price),
      legQtys: legs.map(() => Decimal.ONE),
      legFilled: legs.map((_, leg) => (held !== undefined && leg === 0 ? Decimal.ONE : Decimal.ZERO)),
      safetyLegs: layout.safety.length,
      entriesClosed: false,
      entryPrice: held?.entryPrice ?? layout.plannedEntry,
      cost: held === undefined ? Decimal.ZERO : held.entryPrice.times(held.qty),
      remainingQty: held?.qty ?? Decimal.ZERO,
      stopLoss: layout.stopLoss,
      targetPrices: layout.targets,
      targetHitAt: layout.targets.map(() => null),
      trail: null,
      rulesFired: 0,
      plan: layout.plan,
    },
    terms,
  );
  return { symbol, side, isOver: false, watches: texts(watches), trail: null };
}

const texts = (watches: readonly Watch[]): Armable['watches'] =>
  watches.map(({ toward, price }) => ({ toward, price: price.toString() }));

export function armableSignal(signal: SignalState): Armable {
  const isBreakout = signal.entryType === 'BREAKOUT';
  const entry = { toward: isBreakout ? ('PROFIT' as const) : ('LOSS' as const), price: signal.entry.toString() };
  const next = signal.targetPrices[signal.targetHitAt.findIndex((hit) => hit === null)];
  const held = [
    { toward: 'LOSS' as const, price: signal.stopLoss.toString() },
    ...(next === undefined ? [] : [{ toward: 'PROFIT' as const, price: next.toString() }]),
  ];
  return {
    id: signal.id,
    symbol: signal.symbol,
    side: signal.side,
    isOver: isTerminalSignal(signal.status),
    watches: signal.status === 'NEW' ? [entry] : held,
    trail: null,
  };
}

/** The best price of a trail as the peaks of its symbol tell it; undefined when they are older. */
export function peakOf(position: PositionState, peaks: Peaks | undefined): { price: string; at: number } | undefined {
  if (position.trail === null || peaks === undefined) return undefined;
  const at = position.trail.since.getTime();
  const price = peakSince(peaks[position.side], at);
  return price === undefined ? undefined : { price, at };
}
