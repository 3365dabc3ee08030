/** What waits behind a price that is being applied: further prices of the symbol, and what is to be armed between them. */
import type { Tick } from '../../../ports/price-feed.js';

/** A price that waits its turn, or what is to be armed after the prices before it. */
export type Waiting = Tick | (() => void);

export interface Lane {
  waiting: Waiting[];
  done: Promise<void>;
}

/** Prices that wait behind one that is being applied; beyond it only their extremes are kept. */
export const MAX_WAITING = 10_000;

/** Of the prices between two armings the lowest, the highest and the last, in order: everything they could set off. */
export function thinned(waiting: readonly Waiting[]): Waiting[] {
  const kept: Waiting[] = [];
  let stretch: Tick[] = [];
  for (const next of waiting) {
    if (typeof next !== 'function') {
      stretch.push(next);
      continue;
    }
    kept.push(...extremes(stretch), next);
    stretch = [];
  }
  return [...kept, ...extremes(stretch)];
}

function extremes(ticks: readonly Tick[]): Tick[] {
  if (ticks.length === 0) return [];
  let low = 0;
  let high = 0;
  ticks.forEach((tick, index) => {
    if (Number(tick.price) < Number((ticks[low] as Tick).price)) low = index;
    if (Number(tick.price) > Number((ticks[high] as Tick).price)) high = index;
  });
  const kept = [...new Set([low, high, ticks.length - 1])].sort((a, b) => a - b);
  return kept.map((index) => ticks[index] as Tick);
}
