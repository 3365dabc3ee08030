/**
 * Thousands of random histories against the rules, in memory. Lists that once failed are told first, for ever.
 * `npm run simulate -- --seeds N --steps M`; one failing seed again: `npm run simulate -- --seed S --seeds 1 --steps M`.
 */
import { readFileSync } from 'node:fs';
import { type Command, commandsOf, shortened } from '../model/commands.js';
import { runInMemory } from './run.js';

const SEEDS = Number(process.env.SIMULATE_SEEDS ?? '2000');
const STEPS = Number(process.env.SIMULATE_STEPS ?? '200');
const FIRST = Number(process.env.SIMULATE_SEED ?? '1');

interface Regression {
  readonly note: string;
  readonly commands: readonly Command[];
}

const REGRESSIONS = JSON.parse(
  readFileSync(new URL('../regressions.json', import.meta.url), 'utf8'),
) as readonly Regression[];

describe('the simulation in memory', () => {
  it('holds on what once failed', () => {
    for (const { note, commands } of REGRESSIONS) expect([note, messageOf(commands)]).toEqual([note, undefined]);
  });

  it(`holds on ${SEEDS} seeds of ${STEPS} steps`, () => {
    const began = performance.now();
    const seen = { positions: 0, fills: 0, signals: 0, events: 0 };
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const commands = commandsOf(seed, STEPS);
      const result = runInMemory(commands);
      if ('message' in result) throw new Error(report(seed, commands, result.message));
      const { books } = result.world;
      seen.positions += books.positions.size;
      seen.signals += books.signals.size;
      seen.events += books.events.size;
      for (const fills of books.fills.values()) seen.fills += fills.length;
    }
    const seconds = (performance.now() - began) / 1_000;
    const rate = Math.round((SEEDS * STEPS) / seconds);
    process.stderr.write(
      `simulation: ${SEEDS} seeds x ${STEPS} steps in ${seconds.toFixed(1)} s (${rate} steps/s): ${seen.signals} signals, ` +
        `${seen.positions} positions, ${seen.fills} fills, ${seen.events} events\n`,
    );
    // A simulation in which nothing happens proves nothing.
    expect(seen.fills).toBeGreaterThan(SEEDS * STEPS * 0.1);
  }, 3_600_000);
});

function messageOf(commands: readonly Command[]): string | undefined {
  const result = runInMemory(commands);
  return 'message' in result ? result.message : undefined;
}

/** Everything that is needed to see it again. */
function report(seed: number, commands: readonly Command[], message: string): string {
  const name = message.split(':')[0];
  const fewest = shortened(commands, (list) => messageOf(list)?.split(':')[0] === name);
  return [
    `seed ${seed}: ${messageOf(fewest) ?? message}`,
    `again: npm run simulate -- --seed ${seed} --seeds 1 --steps ${STEPS}`,
    `shortest list, for test/simulation/regressions.json:`,
    JSON.stringify({ note: `seed ${seed}: ${name}`, commands: fewest }),
  ].join('\n');
}
