/**
 * What a price costs where 100,000 positions of one symbol trail, against the loop over all of them: in a market that
 * keeps making new highs (every trail moves), in one that falls below trails that began one below the other, and in one
 * that then rises through them.
 * Keeps: both see the same prices; the loop is the plain one over typed arrays; whatever fires is counted on both sides.
 */
import { TrailBook } from '../../src/domain/triggers/trail-book.js';

export interface TrailRow {
  readonly market: string;
  readonly trails: number;
  readonly newHighs: number;
  readonly tickNs: number;
  readonly scanNs: number;
  /** Book to loop. */
  readonly ratio: number;
  /** Heap per trail. */
  readonly bytes: number;
  readonly addNs: number;
}

interface Market {
  readonly name: string;
  readonly prices: readonly number[];
}

const TRAILS = 100_000;
const TICKS = 20_000;
/** Of the loop: it is slow, and every tick costs it the same. */
const SCANS = 300;
const START = 50_000;
/** Distances in percent; the closest lies beyond what these markets move back. */
const DISTANCES = [3, 3.5, 4, 5, 6, 7, 8, 10, 12, 15];

function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** Climbs by a hundredth of a percent with noise of as much: about every second price is a new high. */
function rising(): Market {
  const random = numbers(3);
  let price = START;
  const prices = Array.from({ length: TICKS }, () => (price *= 1 + (random() - 0.4) * 0.0001));
  return { name: 'new highs', prices: prices.map((value) => Number(value.toFixed(2))) };
}

/** Followers of one signal begin to trail at the same price. */
const FOLLOWERS = 100;

/** The price at which trail `index` begins where those of each signal begin lower than the ones before: 2 % in all. */
const spread = (index: number): number => START * (1 - (0.02 * (index - (index % FOLLOWERS))) / TRAILS);

/** From the last of those on down by most of what is left to the first that would fire. */
function falling(): Market {
  const prices = Array.from({ length: TICKS }, (_, tick) => START * (0.98 - (0.009 * tick) / TICKS));
  return { name: 'falling', prices };
}

/** From the last of those up through all of them: each best price merges into the newest. */
function recovering(): Market {
  const prices = Array.from({ length: TICKS }, (_, tick) => START * (0.98 + (0.021 * tick) / TICKS));
  return { name: 'recovering', prices };
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const distanceOf = (index: number): number => DISTANCES[index % DISTANCES.length] as number;

function measure(market: Market, startOf: (index: number) => number): TrailRow {
  const before = heapUsed();
  const book = new TrailBook('LONG');
  const began = process.hrtime.bigint();
  for (let index = 0; index < TRAILS; index += 1) {
    const peak = startOf(index);
    book.add(index, distanceOf(index), String(peak), index);
  }
  const addNs = Number(process.hrtime.bigint() - began) / TRAILS;
  const bytes = (heapUsed() - before) / TRAILS;
  const texts = market.prices.map(String);
  let hits = 0;
  let newHighs = 0;
  let best = -Infinity;
  globalThis.gc?.();
  const start = process.hrtime.bigint();
  for (let tick = 0; tick < TICKS; tick += 1) {
    hits += book.cross(market.prices[tick] as number, texts[tick] as string, tick).length;
  }
  const tickNs = Number(process.hrtime.bigint() - start) / TICKS;
  for (const price of market.prices) {
    if (price <= best) continue;
    best = price;
    newHighs += 1;
  }
  const scanNs = scan(market, startOf);
  if (hits > 0) throw new Error(`${hits} trails fired where none should`);
  return { market: market.name, trails: TRAILS, newHighs, tickNs, scanNs, ratio: tickNs / scanNs, bytes, addNs };
}

function scan(market: Market, startOf: (index: number) => number): number {
  const peaks = Float64Array.from({ length: TRAILS }, (_, index) => startOf(index));
  const factors = Float64Array.from({ length: TRAILS }, (_, index) => 1 - distanceOf(index) / 100);
  let fired = 0;
  const start = process.hrtime.bigint();
  for (let tick = 0; tick < SCANS; tick += 1) {
    const price = market.prices[Math.floor((tick * TICKS) / SCANS)] as number;
    for (let index = 0; index < TRAILS; index += 1) {
      const peak = peaks[index] as number;
      if (price > peak) peaks[index] = price;
      else if (price <= peak * (factors[index] as number)) fired += 1;
    }
  }
  const each = Number(process.hrtime.bigint() - start) / SCANS;
  if (fired > 0) throw new Error('the loop fired where the book did not');
  return each;
}

const ROUNDS = 5;

/** For each market the round with the median ratio; the first round warms up both sides and does not count. */
export function measureTrails(): TrailRow[] {
  const markets = [
    { market: rising(), startOf: () => START },
    { market: falling(), startOf: spread },
    { market: recovering(), startOf: spread },
  ];
  const rounds = Array.from({ length: ROUNDS + 1 }, () =>
    markets.map(({ market, startOf }) => measure(market, startOf)),
  ).slice(1);
  return markets.map((_, index) => {
    const rows = rounds.map((round) => round[index] as TrailRow).sort((a, b) => a.ratio - b.ratio);
    return rows[rows.length >> 1] as TrailRow;
  });
}
