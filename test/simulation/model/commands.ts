/**
 * What can happen in a simulation: plain data, so that a failing list can be stored, shortened and told again, in memory
 * and on a database. Keeps: indexes are taken modulo what is there, so every list makes sense.
 * A new command is one entry in `ARBITRARIES` and one method of each world.
 */
import fc from 'fast-check';
import type { SwitchMode, SwitchScope } from '../../../src/domain/safety/switches.js';
import { type PlanShape, planShapes } from './plans.js';

type Nothing = { readonly nothing?: undefined };

export interface Commands {
  /** Prices are in hundredths of a percent of the market's; `steps` are the distances from target to target. */
  post: {
    symbol: number;
    long: boolean;
    entry: number;
    stop: number;
    steps: number[];
    leverage: number;
    plan: PlanShape;
  };
  /** The same post again, with the same idempotency key. */
  repost: { signal: number };
  target: { signal: number; target: number };
  stop: { signal: number };
  cancel: { signal: number };
  /** A part of what is held, in percent; or what waits. */
  reduce: { signal: number; percent: number };
  withdraw: { signal: number };
  /** An edit of a signal, or of one position by its owner; each part in hundredths of a percent, null leaves it. */
  edit: { signal: number; stop: number | null; targets: number | null; entry: number | null };
  editByHand: { position: number; stop: number | null; targets: number | null; entry: number | null };
  /** `share` of what remains, in percent; 100 closes the whole. */
  close: { position: number; share: number };
  tick: { symbol: number; move: number };
  /** The market goes exactly to a price that something waits for. */
  reach: { position: number; what: 'entry' | 'deepest-entry' | 'stop' | 'target' | 'last-target' };
  /** All that an account with cross margin holds goes `percent` of the way to where each alone would use it up. */
  press: { account: number; percent: number };
  /** Something that is no price. */
  noise: { symbol: number; text: string };
  /** A price that comes late: older than the last. */
  late: { symbol: number; move: number; ms: number };
  /** The last price once more. */
  again: { symbol: number };
  /** One piece of work, whichever. */
  work: { pick: number };
  drain: Nothing;
  /** A worker takes work and stands still until its lease has run out; another does it; then it wakes up. */
  stall: { pick: number };
  wake: Nothing;
  /** The leader dies after `after` positions of the next crossing; nobody leads until `lead`. */
  die: { symbol: number; move: number; after: number };
  lead: Nothing;
  clock: { ms: number };
  /** What time alone changes: entries that expire, timed exits, pauses that end. */
  round: Nothing;
  /** A kill switch, or a pause when `seconds` is given. */
  switch: { scope: SwitchScope; pick: number; mode: SwitchMode; seconds: number | null };
  clear: { pick: number };
  settings: {
    user: number;
    perTrade: number;
    leverage: number;
    cap: number;
    capital: number;
    reversal: boolean;
    on: boolean;
  };
}

export type Command = { [Kind in keyof Commands]: { readonly do: Kind } & Readonly<Commands[Kind]> }[keyof Commands];

const index = fc.nat({ max: 60 });
const symbol = fc.nat({ max: 3 });
const move = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -60, max: 60 }) },
  { weight: 3, arbitrary: fc.integer({ min: -400, max: 400 }) },
  { weight: 1, arbitrary: fc.integer({ min: -4_000, max: 6_000 }) },
);
const nothing: fc.Arbitrary<Nothing> = fc.constant({});

const NOISE = ['NaN', 'Infinity', '-Infinity', '1e400', '1e-7', '0', '0.0', '-5', '', ' ', 'null', '0x10', '٣', '1,5'];

type Arbitraries = {
  readonly [Kind in keyof Commands]: readonly [weight: number, fields: fc.Arbitrary<Commands[Kind]>];
};

const part = fc.option(fc.integer({ min: -150, max: 150 }), { freq: 2 });
const edit = { stop: part, targets: part, entry: part };

export const ARBITRARIES: Arbitraries = {
  post: [
    14,
    fc.record({
      symbol,
      long: fc.boolean(),
      entry: fc.oneof(fc.constant(0), fc.integer({ min: -250, max: 250 })),
      // Now and then on the wrong side: must be refused.
      stop: fc.integer({ min: -20, max: 500 }),
      steps: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
      leverage: fc.constantFrom(1, 5, 10, 50, 125),
      plan: planShapes,
    }),
  ],
  repost: [2, fc.record({ signal: index })],
  target: [3, fc.record({ signal: index, target: fc.integer({ min: 1, max: 5 }) })],
  stop: [2, fc.record({ signal: index })],
  cancel: [4, fc.record({ signal: index })],
  reduce: [3, fc.record({ signal: index, percent: fc.constantFrom(1, 25, 50, 99, 100) })],
  withdraw: [2, fc.record({ signal: index })],
  edit: [3, fc.record({ signal: index, ...edit })],
  editByHand: [1, fc.record({ position: index, ...edit })],
  close: [6, fc.record({ position: index, share: fc.constantFrom(1, 30, 50, 99, 100, 100) })],
  tick: [24, fc.record({ symbol, move })],
  reach: [
    10,
    fc.record({ position: index, what: fc.constantFrom('entry', 'deepest-entry', 'stop', 'target', 'last-target') }),
  ],
  press: [8, fc.record({ account: index, percent: fc.integer({ min: 10, max: 110 }) })],
  noise: [2, fc.record({ symbol, text: fc.constantFrom(...NOISE) })],
  late: [2, fc.record({ symbol, move, ms: fc.integer({ min: 1, max: 90_000 }) })],
  again: [2, fc.record({ symbol })],
  work: [16, fc.record({ pick: index })],
  drain: [10, nothing],
  stall: [2, fc.record({ pick: index })],
  wake: [2, nothing],
  die: [3, fc.record({ symbol, move, after: fc.nat({ max: 6 }) })],
  lead: [6, nothing],
  clock: [
    2,
    fc.record({ ms: fc.oneof(fc.integer({ min: -120_000, max: 120_000 }), fc.integer({ min: 0, max: 86_400_000 })) }),
  ],
  round: [10, nothing],
  switch: [
    2,
    fc.record({
      scope: fc.constantFrom('platform', 'source', 'user', 'symbol', 'account'),
      pick: index,
      mode: fc.constantFrom('block_entries', 'reduce_only', 'flatten'),
      seconds: fc.constantFrom(null, null, 20, 600),
    }),
  ],
  clear: [6, fc.record({ pick: index })],
  settings: [
    3,
    fc.record({
      user: index,
      perTrade: fc.constantFrom(1, 5, 50, 1_000, 9_000),
      leverage: fc.constantFrom(1, 3, 25, 100),
      cap: fc.constantFrom(1, 2, 5, 50),
      capital: fc.constantFrom(0, 0, 20, 500),
      reversal: fc.boolean(),
      on: fc.boolean(),
    }),
  ],
};

const command: fc.Arbitrary<Command> = fc.oneof(
  ...Object.entries(ARBITRARIES).map(([kind, [weight, fields]]) => ({
    weight,
    arbitrary: (fields as fc.Arbitrary<object>).map((values) => ({ do: kind, ...values }) as Command),
  })),
);

/** The list of a seed: the same on every machine. */
export function commandsOf(seed: number, steps: number): Command[] {
  return fc.sample(command, { seed, numRuns: steps });
}

/** Leaves out what is not needed for the failure, halves first, then single commands. */
export function shortened(commands: readonly Command[], fails: (list: readonly Command[]) => boolean): Command[] {
  let kept = [...commands];
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length;) {
      const without = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (without.length < kept.length && fails(without)) kept = without;
      else from += size;
    }
  }
  return kept;
}
