/**
 * What a price costs that fires nothing, with 1,000 to 1,000,000 open triggers of its symbol, against the least it can
 * cost: two comparisons. Also what a trigger costs to open, to cancel and to fire, and in memory.
 * Then the same for positions that trail, which move with every new high, against a loop over all of them.
 * Keeps: bare check and books are measured in the same run, in turns; the medians count. Ceilings fail the run.
 */
import { TriggerBook } from '../src/domain/triggers/trigger-book.js';
import { measureTrails } from './support/trails.js';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const TICKS = 4_096;
const PASSES = 500;
const ROUNDS = 15;
const MIDDLE = 50_000;

/** Highest allowed ratio of a quiet tick to the bare check. */
const CEILING = 3;

/** Highest allowed memory of an open trigger. */
const BYTES_CEILING = 64;

/** Highest allowed ratio of a price among trails to the loop over all of them. */
const TRAIL_CEILING = 0.01;

interface Row {
  readonly triggers: number;
  readonly tickNs: number;
  readonly ratio: number;
  readonly addNs: number;
  readonly cancelNs: number;
  readonly hitNs: number;
  readonly bytes: number;
}

/** A small generator of its own, so that every run sees the same prices. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

/** Prices that wander within the gap in which nothing fires. */
function quietPrices(): Float64Array {
  const random = numbers(7);
  return Float64Array.from({ length: TICKS }, () => MIDDLE + (random() - 0.5));
}

/** Half above, half below, at distances of 1 to 10,000 from the middle. */
function filled(triggers: number): { book: TriggerBook; handles: number[]; addNs: number } {
  const random = numbers(11);
  const distances = Float64Array.from({ length: triggers }, () => 1 + random() * 9_999);
  const book = new TriggerBook();
  const handles = new Array<number>(triggers);
  const start = process.hrtime.bigint();
  for (let index = 0; index < triggers; index += 1) {
    const distance = distances[index] as number;
    handles[index] =
      index % 2 === 0
        ? book.add(index, 0, 'AT_OR_ABOVE', MIDDLE + distance)
        : book.add(index, 1, 'AT_OR_BELOW', MIDDLE - distance);
  }
  return { book, handles, addNs: since(start) / triggers };
}

function since(start: bigint): number {
  return Number(process.hrtime.bigint() - start);
}

class BareCheck {
  above = MIDDLE + 1;
  below = MIDDLE - 1;

  cross(price: number): boolean {
    return price >= this.above || price <= this.below;
  }
}

let sink = 0;

/** The two loops are alike but separate, so that each has its own call site. */
function bareNs(check: BareCheck, prices: Float64Array): number {
  const start = process.hrtime.bigint();
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (let index = 0; index < prices.length; index += 1) if (check.cross(prices[index] as number)) sink += 1;
  }
  return since(start) / (PASSES * prices.length);
}

function bookNs(book: TriggerBook, prices: Float64Array): number {
  const start = process.hrtime.bigint();
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (let index = 0; index < prices.length; index += 1) sink += book.cross(prices[index] as number).length;
  }
  return since(start) / (PASSES * prices.length);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

function cancelNs(book: TriggerBook, handles: readonly number[]): number {
  const some = handles.filter((_, index) => index % 3 === 0);
  const start = process.hrtime.bigint();
  for (const handle of some) book.cancel(handle);
  return since(start) / some.length;
}

function hitNs(book: TriggerBook): number {
  const start = process.hrtime.bigint();
  const hits = book.cross(MIDDLE * 2).length + book.cross(1).length;
  return since(start) / hits;
}

/** Lets the compiler see adding, cancelling and firing before they are timed. */
function warmUp(): void {
  for (let turn = 0; turn < 5; turn += 1) {
    const { book, handles } = filled(20_000);
    cancelNs(book, handles);
    hitNs(book);
  }
}

function measure(): { bareNs: number; rows: Row[] } {
  warmUp();
  const prices = quietPrices();
  const check = new BareCheck();
  const books = SIZES.map((triggers) => ({ triggers, ...filled(triggers) }));
  const bare: number[] = [];
  const ticks = new Map<number, number[]>(SIZES.map((triggers) => [triggers, []]));
  for (let round = -2; round < ROUNDS; round += 1) {
    const ofCheck = bareNs(check, prices);
    if (round >= 0) bare.push(ofCheck);
    for (const { triggers, book } of books) {
      const ofBook = bookNs(book, prices);
      if (round >= 0) ticks.get(triggers)?.push(ofBook);
    }
  }
  const bareMedian = median(bare);
  const rows = books.map(({ triggers, book, handles, addNs }) => {
    const tickNs = median(ticks.get(triggers) ?? []);
    const bytes = book.bytes / book.size;
    return {
      triggers,
      tickNs,
      ratio: tickNs / bareMedian,
      addNs,
      bytes,
      cancelNs: cancelNs(book, handles),
      hitNs: hitNs(book),
    };
  });
  return { bareNs: bareMedian, rows };
}

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

const { bareNs: bare, rows } = measure();
if (sink !== 0) throw new Error('a quiet price fired something');
const worst = Math.max(...rows.map((row) => row.ratio));
const flatness = Math.max(...rows.map((row) => row.tickNs)) / Math.min(...rows.map((row) => row.tickNs));
const bytes = Math.max(...rows.map((row) => row.bytes));
const trails = measureTrails();
const worstTrail = Math.max(...trails.map((row) => row.ratio));
const passed = worst <= CEILING && bytes <= BYTES_CEILING && worstTrail <= TRAIL_CEILING;

if (process.argv.includes('--json')) {
  const line = {
    bench: 'ticks',
    ratio: round(worst),
    ceiling: CEILING,
    passed,
    bareNs: round(bare),
    flatness: round(flatness),
  };
  const rest = { bytesPerTrigger: round(bytes, 1), trailRatio: worstTrail, rows: rows.map(rounded), trails };
  console.log(JSON.stringify({ ...line, ...rest }));
} else {
  console.table(rows.map(rounded));
  console.log(`Bare two comparisons: ${round(bare)} ns. Worst ratio ${round(worst)} (ceiling ${CEILING}).`);
  console.log(`Slowest size against fastest: ${round(flatness)}. Bytes per open trigger: at most ${round(bytes, 1)}.`);
  console.table(trails.map((row) => ({ ...row, ratio: row.ratio.toExponential(1), ...roundedTrail(row) })));
  console.log(`Trails against a loop over them: ${worstTrail.toExponential(1)} (ceiling ${TRAIL_CEILING}).`);
}
if (!passed) process.exitCode = 1;

function roundedTrail({ tickNs, scanNs, bytes: heap, addNs }: (typeof trails)[number]) {
  return { tickNs: round(tickNs), scanNs: round(scanNs, 0), bytes: round(heap, 0), addNs: round(addNs, 0) };
}

function rounded(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, round(value as number)]),
  ) as unknown as Row;
}
