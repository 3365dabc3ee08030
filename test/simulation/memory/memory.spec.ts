/**
 * Thousands of random histories against the rules, in memory. Lists that once failed are told first, for ever.
 * `npm run simulate -- --seeds N --steps M`; one failing seed again: `npm run simulate -- --seed S --seeds 1 --steps M`.
 */
import { readFileSync } from 'node:fs';
import { CLOSE_REASONS } from '../../../src/domain/position/position-status.js';
import { type Command, commandsOf, shortened } from '../model/commands.js';
import type { Books } from './books.js';
import { type Realism, REALISMS } from '../../../src/domain/paper/fill-model.js';
import { runInMemory } from './run.js';

const SEEDS = Number(process.env.SIMULATE_SEEDS ?? '1200');
const STEPS = Number(process.env.SIMULATE_STEPS ?? '200');
const FIRST = Number(process.env.SIMULATE_SEED ?? '1');

interface Regression {
  readonly note: string;
  readonly realism?: Realism;
  readonly commands: readonly Command[];
}

const REGRESSIONS = JSON.parse(
  readFileSync(new URL('../regressions.json', import.meta.url), 'utf8'),
) as readonly Regression[];

/** Steps after which everything has happened at least once. */
const ENOUGH = 100_000;

/** What must have happened among the histories. */
const EXPECTED = [
  ...CLOSE_REASONS,
  ...['ENTRY2', 'SAFETY2', 'TP1', 'TP5', 'detached', 'stop moved', 'trail', 'trailing take-profit', 'no stop'],
  ...['cross', 'account liquidated'],
];

function noteKinds(books: Books, kinds: Set<string>): void {
  for (const fills of books.fills.values()) for (const { leg } of fills) kinds.add(leg);
  for (const position of books.positions.values()) {
    if (position.closeReason !== null) kinds.add(position.closeReason);
    if (position.isDetached) kinds.add('detached');
    if (position.isCross) kinds.add(position.closeReason === 'LIQUIDATION' ? 'account liquidated' : 'cross');
    if (position.rulesFired > 0) kinds.add('stop moved');
    if (position.trail !== null) kinds.add(position.trail.takesProfit ? 'trailing take-profit' : 'trail');
    if (position.stopLoss === null && position.qty.isPositive) kinds.add('no stop');
  }
}

describe('the simulation in memory', () => {
  it('holds on what once failed', () => {
    for (const { note, commands, realism = 'off' } of REGRESSIONS) {
      expect([note, messageOf(commands, realism)]).toEqual([note, undefined]);
    }
  });

  it(`holds on ${SEEDS} seeds of ${STEPS} steps`, () => {
    const began = performance.now();
    const kinds = new Set<string>();
    const seen = { positions: 0, fills: 0, signals: 0, events: 0 };
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const commands = commandsOf(seed, STEPS);
      const result = runInMemory(commands, realismOf(seed));
      if ('message' in result) throw new Error(report(seed, commands, result.message));
      const { books } = result.world;
      seen.positions += books.positions.size;
      seen.signals += books.signals.size;
      seen.events += books.events.size;
      for (const fills of books.fills.values()) seen.fills += fills.length;
      noteKinds(books, kinds);
    }
    const seconds = (performance.now() - began) / 1_000;
    const rate = Math.round((SEEDS * STEPS) / seconds);
    process.stderr.write(
      `simulation: ${SEEDS} seeds x ${STEPS} steps in ${seconds.toFixed(1)} s (${rate} steps/s): ${seen.signals} signals, ` +
        `${seen.positions} positions, ${seen.fills} fills, ${seen.events} events\n`,
    );
    // A simulation in which nothing happens proves nothing.
    expect(seen.fills).toBeGreaterThan(SEEDS * STEPS * 0.1);
    if (SEEDS * STEPS >= ENOUGH) expect(EXPECTED.filter((kind) => !kinds.has(kind))).toEqual([]);
  }, 3_600_000);
});

/** Venues of every realism in turn. */
const realismOf = (seed: number): Realism => REALISMS[seed % REALISMS.length] as Realism;

function messageOf(commands: readonly Command[], realism: Realism): string | undefined {
  const result = runInMemory(commands, realism);
  return 'message' in result ? result.message : undefined;
}

/** Everything that is needed to see it again. */
function report(seed: number, commands: readonly Command[], message: string): string {
  const name = message.split(':')[0];
  const realism = realismOf(seed);
  const fewest = shortened(commands, (list) => messageOf(list, realism)?.split(':')[0] === name);
  return [
    `seed ${seed}: ${messageOf(fewest, realism) ?? message}`,
    `again: npm run simulate -- --seed ${seed} --seeds 1 --steps ${STEPS}`,
    `shortest list, for test/simulation/regressions.json:`,
    JSON.stringify({ note: `seed ${seed}: ${name}`, realism, commands: fewest }),
  ].join('\n');
}
