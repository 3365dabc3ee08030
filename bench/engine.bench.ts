/**
 * Pure decisions and fills per second on one core, for full plans: ten targets, three safety orders, moving stops, limits
 * of every kind. Against the same figures computed in binary floating point without rules around them, which is less than
 * any engine must do; and the memory of an open position in the trigger books.
 * Keeps: both sides make one result object for each decision and each fill; what they come to is compared.
 */
import { Decimal } from '../src/domain/money/decimal.js';
import { onPrice } from '../src/domain/position/on-price.js';
import type { FeeRates, PositionState } from '../src/domain/position/position.js';
import { entryPlanner } from '../src/domain/risk/decide-entry.js';
import type { EntryPlan, Follower } from '../src/domain/sizing/plan-entry.js';
import { armablePosition } from '../src/modules/trading/triggers/armable.js';
import { Armory } from '../src/modules/trading/triggers/armory.js';
import { AT, fullLayout, fullSignal, manyFollowers, positionOf } from './support/engine-cases.js';

const FOLLOWERS = 20_000;
const ROUNDS = 7;
const ARMED = 100_000;

/** Least share of the speed of bare floating point. */
const GOALS = { decisions: 0.03, fills: 0.02 } as const;

/** Most heap and buffers of an open position in the books. */
const BYTES_CEILING = 1_024;

const FEES: FeeRates = { makerPercent: Decimal.of('0.02'), takerPercent: Decimal.of('0.05') };
const TARGETS = [102, 104, 106, 108, 110, 112, 114, 116, 118, 120];
const PRICES = TARGETS.map((price) => Decimal.of(String(price)));

interface Work {
  readonly seconds: number;
  readonly done: number;
  /** What must be the same on both sides, within the error of doubles. */
  readonly sum: number;
}

function timed(work: () => { readonly done: number; readonly sum: number }): Work {
  globalThis.gc?.();
  const start = process.hrtime.bigint();
  const result = work();
  return { ...result, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
}

const layout = fullLayout();
const signal = fullSignal(layout);
const followers = manyFollowers(FOLLOWERS);

/** As the fan-out does: a planner for each page of 2,000. */
function decide(): EntryPlan[] {
  const entries: EntryPlan[] = [];
  for (let start = 0; start < FOLLOWERS; start += 2_000) {
    const planner = entryPlanner(signal, AT);
    for (const follower of followers.slice(start, start + 2_000)) {
      const { outcome } = planner.decide(follower);
      if (outcome.verdict !== 'OPENED') throw new Error(outcome.reason);
      entries.push(outcome);
    }
  }
  return entries;
}

interface Plain {
  readonly qty: number;
  readonly margin: number;
  readonly fee: number;
  readonly rungs: readonly number[];
  readonly legs: readonly number[];
  readonly facts: string;
}

function plainDecision({ perTradeUsdt, leverage, balance, marginUsed, openPositions }: Follower): Plain {
  const exposure = Number(perTradeUsdt) * leverage;
  const qty = Math.floor(exposure / 100 / 0.001 + 1e-9) * 0.001;
  const legs = [100, 99.5, 99, 98.5].map((price) => Math.floor(exposure / price / 0.001 + 1e-9) * 0.001);
  const rung = Math.floor(qty / 10 / 0.001 + 1e-9) * 0.001;
  const rungs = TARGETS.map((_, index) => (index < 9 ? rung : qty - 9 * rung));
  const margin = (qty * 100 + (legs[1] ?? 0) * 99.5 + (legs[2] ?? 0) * 99 + (legs[3] ?? 0) * 98.5) / leverage;
  const facts = JSON.stringify([7, 'VIP', 0, perTradeUsdt, leverage, 50, '0', balance, marginUsed, openPositions, qty]);
  return { qty, margin, fee: qty * 0.05, rungs, legs, facts };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function decisions(): { ours: Work; plain: Work } {
  const ours = timed(() => {
    const entries = decide();
    return { done: entries.length, sum: sumOf(entries.map(({ qty }) => Number(qty.toString()))) };
  });
  const plain = timed(() => {
    const entries = followers.map(plainDecision);
    return { done: entries.length, sum: sumOf(entries.map(({ qty }) => qty)) };
  });
  return { ours, plain };
}

interface PlainFill {
  readonly price: number;
  readonly qty: number;
  readonly fee: number;
  readonly pnl: number;
  readonly left: number;
  readonly margin: number;
}

function fills(positions: readonly PositionState[]): { ours: Work; plain: Work } {
  const ours = timed(() => {
    let done = 0;
    let sum = 0;
    for (const position of positions) {
      let state = position;
      for (const price of PRICES) {
        const change = onPrice(state, price, FEES, AT);
        if (change === undefined) throw new Error(`nothing happened at ${price}`);
        state = change.after;
        done += change.executions.length;
      }
      sum += Number(state.realisedPnl.toString());
    }
    return { done, sum };
  });
  const plain = timed(() => {
    let done = 0;
    let sum = 0;
    for (const { targetQtys, qty, leverage } of positions) {
      let left = Number(qty.toString());
      let realised = -left * 0.05;
      const rungs = targetQtys.map((rung) => Number(rung.toString()));
      const booked = rungs.map((rung, index): PlainFill => {
        const price = TARGETS[index] as number;
        const fee = rung * price * 0.0002;
        left -= rung;
        return { price, qty: rung, fee, pnl: rung * (price - 100), left, margin: (left * 100) / leverage };
      });
      for (const fill of booked) realised += fill.pnl - fill.fee;
      done += booked.length;
      sum += realised;
    }
    return { done, sum };
  });
  return { ours, plain };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

function row(name: keyof typeof GOALS, runs: readonly { ours: Work; plain: Work }[]) {
  for (const { ours, plain } of runs) {
    if (Math.abs(ours.sum - plain.sum) > 1e-6 * Math.abs(plain.sum)) {
      throw new Error(`${name}: ${ours.sum} against ${plain.sum}`);
    }
  }
  const rate = ({ done, seconds }: Work): number => done / seconds;
  const ours = median(runs.map((run) => rate(run.ours)));
  const plain = median(runs.map((run) => rate(run.plain)));
  const ratio = Number((ours / plain).toFixed(3));
  return { what: name, perSecond: Math.round(ours), doublesPerSecond: Math.round(plain), ratio, goal: GOALS[name] };
}

/** Heap and buffers of an open position with its stop and next target, and of one that also trails. */
function memory(position: PositionState): { bytes: number; trailingBytes: number } {
  const of = (state: PositionState): number => {
    globalThis.gc?.();
    const before = process.memoryUsage();
    const armory = new Armory();
    for (let id = 1; id <= ARMED; id += 1) armory.arm('position', armablePosition({ ...state, id }, FEES));
    globalThis.gc?.();
    const after = process.memoryUsage();
    if (armory.triggers < ARMED) throw new Error('not everything is armed');
    return Math.round((after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / ARMED);
  };
  const trail = { percent: Decimal.of('3'), since: AT, peak: Decimal.of('101'), takesProfit: false };
  return { bytes: of(position), trailingBytes: of({ ...position, trail }) };
}

const positions = decide().map((entry, index) => positionOf(layout, entry, index + 1));
const decided = Array.from({ length: ROUNDS + 1 }, decisions).slice(1);
const filled = Array.from({ length: ROUNDS + 1 }, () => fills(positions)).slice(1);
const table = [row('decisions', decided), row('fills', filled)];
const { bytes, trailingBytes } = memory(positions[0] as PositionState);
const passed = table.every(({ ratio, goal }) => ratio >= goal) && Math.max(bytes, trailingBytes) <= BYTES_CEILING;
if (process.argv.includes('--json')) {
  const ratio = Math.min(...table.map((line) => line.ratio));
  console.log(JSON.stringify({ bench: 'engine', ratio, passed, bytes, trailingBytes, table }));
} else {
  console.table(table);
  console.log(`An open position takes ${bytes} bytes in the books, ${trailingBytes} while it trails.`);
}
if (!passed) process.exitCode = 1;
