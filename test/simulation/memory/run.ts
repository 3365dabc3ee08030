/**
 * Runs a list of commands in memory, checking after every step.
 * Keeps: nothing ambient: the same list gives the same result on every machine.
 */
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
export function runInMemory(commands: readonly Command[]): Failure | { readonly world: World } {
  const world = new World();
  for (const [index, command] of commands.entries()) {
    const message = attempt(world, () => world.run(command));
    if (message !== undefined) return { step: index + 1, command, message };
  }
  // Liveness: once the faults stop, everything comes to rest.
  const message = attempt(world, () => {
    world.run({ do: 'lead' });
    for (const { symbol } of [0, 1, 2, 3].map((symbol) => ({ symbol }))) world.run({ do: 'again', symbol });
    world.drain();
    if (world.books.open.length > 0) throw new Error(`work.is-drained: ${JSON.stringify(world.books.open)}`);
    if (world.books.noted.length > 0) throw new Error('work.no-crossing-is-late');
    for (const position of world.books.positions.values()) {
      const signal = world.books.signals.get(position.signalId ?? 0)?.state;
      const isCancelled = signal?.status === 'CANCELLED';
      const isWaiting = position.status === 'PENDING' && signal?.closedAt !== null;
      if (position.closedAt === null && (isCancelled || isWaiting)) {
        throw new Error(
          `signal.leaves-nothing-behind: position ${position.id} ${position.status}, signal ${signal?.status}`,
        );
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
