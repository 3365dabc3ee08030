/**
 * Runs a list of commands in memory, checking after every step.
 * Keeps: nothing ambient: the same list gives the same result on every machine.
 */
import { hasOpenLegs } from '../../../src/domain/position/legs.js';
import type { Realism } from '../../../src/domain/paper/fill-model.js';
import type { Command } from '../model/commands.js';
import { wrong } from './checks.js';
import { World } from './world.js';

export interface Failure {
  readonly step: number;
  readonly command: Command | undefined;
  /** The invariant's name, then what was seen. */
  readonly message: string;
}

/** The first failure, or what the run came to. */
export function runInMemory(
  commands: readonly Command[],
  realism: Realism = 'off',
): Failure | { readonly world: World } {
  const world = new World(realism);
  for (const [index, command] of commands.entries()) {
    const message = attempt(world, () => world.run(command));
    if (message !== undefined) return { step: index + 1, command, message };
  }
  // Liveness: once the faults stop, everything comes to rest.
  const message = attempt(world, () => {
    for (const item of [...world.safety.active]) world.safety.clear(item.id);
    world.run({ do: 'lead' });
    world.run({ do: 'round' });
    for (const { symbol } of [0, 1, 2, 3].map((symbol) => ({ symbol }))) world.run({ do: 'again', symbol });
    world.drain();
    world.run({ do: 'round' });
    if (world.books.open.length > 0) throw new Error(`work.is-drained: ${JSON.stringify(world.books.open)}`);
    if (world.books.noted.length > 0) throw new Error('work.no-crossing-is-late');
    for (const position of world.books.allLive()) {
      const signal = world.books.signals.get(position.signalId ?? 0)?.state;
      if (position.isDetached || signal === undefined) continue;
      const isWaiting = hasOpenLegs(position) && signal.closedAt !== null;
      if (signal.status === 'CANCELLED' || isWaiting) {
        throw new Error(`signal.leaves-nothing-behind: position ${position.id} ${position.status}, ${signal.status}`);
      }
    }
  });
  return message === undefined ? { world } : { step: commands.length, command: undefined, message };
}

function attempt(world: World, act: () => void): string | undefined {
  try {
    act();
    const found = wrong(world);
    return found === undefined ? undefined : `${found.name}: ${found.detail}`;
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error);
  }
}
