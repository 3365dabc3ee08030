/** The end of a process: in order, within its limit, once; and at once on a second wish. */
import { ManualClock } from '../clock/manual-clock.js';
import { GracefulShutdown } from './graceful-shutdown.js';

function make() {
  const clock = new ManualClock();
  const exits: number[] = [];
  const lines: string[] = [];
  let exited: () => void;
  const done = new Promise<void>((resolve) => (exited = resolve));
  const exit = (code: number): void => {
    exits.push(code);
    exited();
  };
  const shutdown = new GracefulShutdown({ clock, exit, log: (line) => lines.push(line) });
  return { clock, exits, lines, shutdown, done };
}

const never = (): Promise<never> => new Promise(() => undefined);

/** Lets everything that is already settled be taken note of. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('GracefulShutdown', () => {
  it('closes the last opened first, then ends with 0', async () => {
    const { shutdown, exits, done } = make();
    const closed: string[] = [];
    shutdown.onClose('database', async () => closed.push('database'));
    shutdown.onClose('application', async () => closed.push('application'));
    shutdown.signal('SIGTERM');
    await done;
    expect(closed).toEqual(['application', 'database']);
    expect(exits).toEqual([0]);
  });

  it('takes signals within 700 ms as one wish, and a later one as "at once"', () => {
    const { shutdown, clock, exits } = make();
    shutdown.onClose('application', never);
    shutdown.signal('SIGINT');
    clock.advance(699);
    shutdown.signal('SIGINT');
    expect(exits).toEqual([]);
    clock.advance(1);
    shutdown.signal('SIGINT');
    expect(exits).toEqual([130]);
  });

  it('goes on to the next closer when one hangs, keeps the overall limit, and ends with 1', async () => {
    const { shutdown, clock, exits, lines, done } = make();
    shutdown.limitTo(10);
    let databaseClosed = false;
    shutdown.onClose('database', async () => (databaseClosed = true));
    shutdown.onClose('application', never);
    void shutdown.end(0);
    await settle();
    clock.advance(7_499);
    await settle();
    expect(databaseClosed).toBe(false);
    clock.advance(1);
    await done;
    expect(databaseClosed).toBe(true);
    expect(exits).toEqual([1]);
    expect(lines).toEqual(['application did not close in time']);
  });

  it('closes the rest when one fails, and says so', async () => {
    const { shutdown, exits, lines, done } = make();
    const closed: string[] = [];
    shutdown.onClose('database', async () => closed.push('database'));
    shutdown.onClose('application', () => Promise.reject(new Error('broken')));
    await shutdown.end(0);
    await done;
    expect(closed).toEqual(['database']);
    expect(exits).toEqual([1]);
    expect(lines).toEqual(['application did not close cleanly: broken']);
  });

  it('waits for a boot that is under way, so that what it opens is closed too', async () => {
    const { shutdown, exits, done } = make();
    let opened: () => void = () => undefined;
    const closed: string[] = [];
    const boot = shutdown.boot(async () => {
      await new Promise<void>((resolve) => (opened = resolve));
      expect(shutdown.requested).toBe(true);
      shutdown.onClose('database', async () => closed.push('database'));
    });
    shutdown.signal('SIGINT');
    await settle();
    expect(exits).toEqual([]);
    opened();
    await Promise.all([boot, done]);
    expect(closed).toEqual(['database']);
    expect(exits).toEqual([0]);
  });

  it('keeps the code of a failure', async () => {
    const { shutdown, exits } = make();
    await shutdown.end(78);
    await shutdown.end(0);
    expect(exits).toEqual([78]);
  });
});
