/**
 * What must hold after every step of a simulation in memory.
 * A new one is an entry in `CHECKS`: it answers what is wrong, or undefined. The names are those of docs/invariants.md.
 */
import { Decimal } from '../../../src/domain/money/decimal.js';
import { marginOf, openLegQty } from '../../../src/domain/position/legs.js';
import { onPrice } from '../../../src/domain/position/on-price.js';
import type { PositionState } from '../../../src/domain/position/position.js';
import { isTerminalPosition } from '../../../src/domain/position/position-status.js';
import { signalOnPrice } from '../../../src/domain/signal/signal-progress.js';
import { isTerminalSignal } from '../../../src/domain/signal/signal.js';
import { type Fill, OPENING } from './books.js';
import type { World } from './world.js';
import { type Figures, figuresOf, NEARLY, SQUARE, units } from './oracle.js';

const LAST_PLACE = Decimal.of('0.000000000002');
const LEG = /^(ENTRY([2-9]|10)?|SAFETY([1-9]|10))$/;

type Check = (world: World) => string | undefined;

const eachPosition =
  (broken: (position: PositionState, world: World) => boolean): Check =>
  (world) => {
    for (const id of world.books.touched.positions) {
      const position = world.books.positions.get(id) as PositionState;
      if (broken(position, world)) return `position ${id}: ${JSON.stringify(position)}`;
    }
    return undefined;
  };

/** Several checks ask for the same figures after the same step. */
const known = new WeakMap<readonly Fill[], { readonly count: number; readonly figures: Figures }>();

function figures(position: PositionState, world: World): Figures {
  const fills = world.books.fills.get(position.id) ?? [];
  const before = known.get(fills);
  if (before?.count === fills.length) return before.figures;
  const computed = figuresOf(fills);
  known.set(fills, { count: fills.length, figures: computed });
  return computed;
}

export const CHECKS: Readonly<Record<string, Check>> = {
  'position.qty-is-its-entry-fills': eachPosition((p, world) => units(String(p.qty)) !== figures(p, world).qty),
  'position.remaining-is-entries-less-exits': eachPosition(
    (p, world) => units(String(p.remainingQty)) !== figures(p, world).remaining,
  ),
  // Whatever the way of sharing cost: what came in and what is still in it is what went out, to the last place.
  'position.pnl-is-its-fills': eachPosition((p, world) => {
    const { entered, left } = figures(p, world);
    const sign = p.side === 'LONG' ? 1n : -1n;
    // A liquidated one has settled with the insurance fund besides.
    if (p.closeReason === 'LIQUIDATION') return false;
    const gross = (units(String(p.realisedPnl)) + units(String(p.fees))) * SQUARE;
    return gross !== sign * (left - entered + units(String(p.cost)) * SQUARE);
  }),
  'position.cost-is-its-fills': eachPosition((p, world) => {
    const off = units(String(p.cost)) * SQUARE - figures(p, world).cost;
    return off > NEARLY || off < -NEARLY;
  }),
  'position.average-is-its-cost': eachPosition((p) => {
    if (p.remainingQty.isZero) return !p.cost.isZero;
    const off = p.entryPrice.times(p.remainingQty).minus(p.cost).abs();
    return off.gt(p.remainingQty.times(LAST_PLACE));
  }),
  'position.fees-are-its-fills': eachPosition((p, world) => units(String(p.fees)) !== figures(p, world).fees),
  'position.quantities-in-order': eachPosition(
    (p) => p.remainingQty.isNegative || p.remainingQty.gt(p.qty) || p.qty.gt(p.plannedQty),
  ),
  'position.status-is-its-quantity': eachPosition((p) => {
    if (p.status === 'OPEN') return !p.remainingQty.eq(p.qty) || p.qty.isZero;
    if (p.status === 'PARTIAL') return p.remainingQty.gte(p.qty) || p.remainingQty.isZero;
    return !p.remainingQty.isZero;
  }),
  'position.ladder-covers-what-remains': eachPosition((p) => {
    if (p.status !== 'OPEN' && p.status !== 'PARTIAL') return false;
    return !Decimal.sum(p.targetQtys.filter((_, rung) => p.targetHitAt[rung] === null)).eq(p.remainingQty);
  }),
  'position.legs-are-its-quantities': eachPosition((p, { books }) => {
    if (!Decimal.sum(p.legQtys).eq(p.plannedQty) || !Decimal.sum(p.legFilled).eq(p.qty)) return true;
    const isOver = (filled: Decimal, leg: number) => filled.gt(p.legQtys[leg] as Decimal);
    const legs = (books.fills.get(p.id) ?? []).filter(({ effect }) => effect === 'ENTRY').map(({ leg }) => leg);
    return p.legFilled.some(isOver) || legs.some((leg) => !LEG.test(leg));
  }),
  'position.margin-is-what-it-needs': eachPosition((p) => {
    if (isTerminalPosition(p.status)) return p.margin.isPositive;
    const waiting = p.legPrices.map((price, leg) => price.times(openLegQty(p, leg)));
    return !p.margin.eq(marginOf(Decimal.sum([p.cost, ...waiting]), p.leverage));
  }),
  'position.held-has-a-stop': eachPosition((p, { books }) => p.stopLoss === null && !books.unstopped.has(p.id)),
  'position.no-entry-after-a-target': eachPosition((p) => {
    const isHit = p.targetHitAt.some((hit) => hit !== null) && p.remainingQty.isPositive;
    return isHit && p.legQtys.some((_, leg) => openLegQty(p, leg).isPositive);
  }),
  'position.held-has-a-target-left': eachPosition(
    (p) => (p.status === 'OPEN' || p.status === 'PARTIAL') && !p.targetHitAt.includes(null),
  ),
  'position.ended-frees-its-margin': eachPosition((p) => p.margin.isPositive === isTerminalPosition(p.status)),
  'position.ended-has-time-and-reason': eachPosition((p) => {
    const isOver = isTerminalPosition(p.status);
    return (p.closedAt !== null) !== isOver || (p.closeReason !== null) !== isOver;
  }),
  'log.tells-every-fill': eachPosition((p, { books }) => books.logs.get(p.id) !== (books.fills.get(p.id) ?? []).length),
  'position.has-one-decision': eachPosition((p, { books }) => !books.decisions.has(`${p.signalId}:${p.userId}`)),
  'account.margin-is-its-live-positions': (world) =>
    eachUser(world, (user, live) => !user.marginUsed.eq(Decimal.sum(live.map(({ margin }) => margin)))),
  'account.count-is-its-live-positions': (world) => eachUser(world, (user, live) => user.openPositions !== live.length),
  'account.balance-is-opening-plus-realised': (world) =>
    eachUser(world, (user) => !user.balance.eq(OPENING.plus(world.realisedOf(user.id)))),
  'account.no-used-up-account-survives': (world) => {
    for (const { id } of world.books.users) {
      if (!world.leader.isSettled(id)) continue;
      if (world.leader.cross.isUsedUp(id, (symbol) => world.latest(symbol))) return `account ${id}`;
    }
    return undefined;
  },
  'signal.status-never-goes-back': (world) => {
    for (const id of world.books.touched.signals) {
      const state = world.books.signals.get(id)?.state;
      if (state === undefined) continue;
      const hits = state.targetHitAt.filter((at) => at !== null).length;
      const all = hits === state.targetPrices.length;
      const fits =
        (state.status === 'NEW' && hits === 0 && state.openedAt === null) ||
        (state.status === 'OPENED' && hits === 0 && state.openedAt !== null) ||
        (state.status === 'PARTIAL' && hits > 0 && !all) ||
        (state.status === 'CLOSED' && all) ||
        (['STOPPED', 'CANCELLED'].includes(state.status) && state.closedAt !== null);
      if (!fits || (state.closedAt !== null) !== isTerminalSignal(state.status)) return JSON.stringify(state);
    }
    return undefined;
  },
  'position.no-trigger-is-missed': (world) => {
    for (const symbol of world.looked) {
      const price = world.latest(symbol);
      if (price === undefined) continue;
      const exact = Decimal.of(price);
      for (const position of world.books.livePositions(symbol)) {
        if (isPassed(position, exact, world)) return `position ${position.id} at ${price}: ${JSON.stringify(position)}`;
        const mayGrow = !world.leader.isHeld(position.id);
        if (onPrice(position, exact, world.fees, world.now, world.leader.peakOf(position), mayGrow) !== undefined) {
          return `position ${position.id} at ${price}: ${JSON.stringify(position)}`;
        }
      }
      for (const { state, dispatched } of world.books.signals.values()) {
        if (!dispatched || state.symbol !== symbol || isTerminalSignal(state.status)) continue;
        // Edited, and not yet in the books: the work that arms it looks at the newest price itself.
        if (world.books.open.some(({ task }) => task.kind === 'edit' && task.signal === state.id)) continue;
        if (signalOnPrice(state, exact, world.now) !== undefined) return `signal ${state.id} at ${price}`;
      }
    }
    return undefined;
  },
};

/** By plain comparison: a stop that the price lies beyond, or, where orders fill exactly, a target that it has reached. */
function isPassed(
  { side, remainingQty, stopLoss, targetPrices, targetHitAt, trail }: PositionState,
  price: Decimal,
  world: World,
): boolean {
  if (remainingQty.isZero) return false;
  const isBelow = (level: Decimal) => (side === 'LONG' ? price.lt(level) : price.gt(level));
  if (stopLoss !== null && isBelow(stopLoss)) return true;
  const last = targetPrices.length - (trail?.takesProfit === true ? 1 : 0);
  const reached = targetPrices.slice(0, last).some((target, index) => targetHitAt[index] === null && !isBelow(target));
  return world.realism === 'off' && reached;
}

function eachUser(
  world: World,
  broken: (user: World['books']['users'][number], live: readonly PositionState[]) => boolean,
): string | undefined {
  for (const user of world.books.touched.users) {
    const live = world.liveOf(user.id);
    if (broken(user, live)) {
      return `user ${user.id}: balance ${user.balance} margin ${user.marginUsed} open ${user.openPositions}, live ${live.length}`;
    }
  }
  return undefined;
}

/** The first thing that is wrong, by name; undefined when all is well. */
export function wrong(world: World): { name: string; detail: string } | undefined {
  for (const [name, check] of Object.entries(CHECKS)) {
    const detail = check(world);
    if (detail !== undefined) return { name, detail };
  }
  const { positions, users, signals } = world.books.touched;
  positions.clear();
  users.clear();
  signals.clear();
  world.looked.clear();
  return undefined;
}
