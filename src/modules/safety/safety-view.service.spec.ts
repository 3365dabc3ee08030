/** The view of one process: what brings it up to date, and when its listeners hear of it. */
import { ManualClock } from '../../platform/clock/manual-clock.js';
import type { Notifications } from '../../platform/database/notifications.js';
import { Logger } from '../../platform/logging/logger.js';
import type { BreakersRepository } from './breakers.repository.js';
import type { SafetyLock } from './safety-lock.repository.js';
import { SafetyView } from './safety-view.service.js';
import type { SwitchRow, SwitchesRepository } from './switches.repository.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

async function setUp() {
  const clock = new ManualClock('2026-03-01T12:00:00.000Z');
  const stored = { epoch: 0, isAway: false, platform: undefined as SwitchRow | undefined };
  const announce: (() => void)[] = [];
  const view = new SafetyView({
    lock: {
      epoch: async () => {
        if (stored.isAway) throw new Error('away');
        return stored.epoch;
      },
    } as unknown as SafetyLock,
    switches: {
      list: async () => (stored.platform === undefined ? [] : [stored.platform]),
      counts: async () => ({ platform: stored.platform === undefined ? 0 : 1 }),
    } as unknown as SwitchesRepository,
    breakers: { find: async () => undefined, countOpen: async () => 0 } as unknown as BreakersRepository,
    notifications: {
      subscribe: (_channel: string, task: () => void) => void announce.push(task),
      onConnect: () => undefined,
    } as unknown as Notifications,
    clock,
    logger: Logger.silent(),
  });
  const heard: boolean[] = [];
  view.onChange(() => void heard.push(view.status().isTradingAllowed));
  await view.onApplicationBootstrap();
  heard.length = 0;
  const kill = (expiresAt: Date | null = null) => {
    stored.epoch += 1;
    const set_at = clock.now();
    stored.platform = { id: 1, mode: 'reduce_only', reason: 'drill', set_at, expires_at: expiresAt } as SwitchRow;
  };
  return { clock, stored, view, heard, kill, announced: () => announce.forEach((task) => task()) };
}

describe('SafetyView', () => {
  it('learns of a change at its announcement', async () => {
    const { view, heard, kill, announced } = await setUp();
    expect(view.status().isTradingAllowed).toBe(true);
    kill();
    announced();
    await settle();
    expect(heard).toEqual([false]);
    expect(view.status().kill_switch).toMatchObject({ active: true, reason: 'drill', mode: 'reduce_only' });
  });

  it('learns of it within half a second when the announcement is lost, and is told once', async () => {
    const { clock, heard, kill } = await setUp();
    kill();
    clock.advance(499);
    await settle();
    expect(heard).toEqual([]);
    clock.advance(1);
    await settle();
    clock.advance(2_000);
    await settle();
    expect(heard).toEqual([false]);
  });

  it('keeps what it knew while the database is away', async () => {
    const { clock, stored, view, kill, announced } = await setUp();
    kill();
    announced();
    await settle();
    stored.isAway = true;
    clock.advance(10_000);
    await settle();
    expect(view.status().isTradingAllowed).toBe(false);
  });

  it('sees the end of a pause by the clock alone', async () => {
    const { clock, view, kill, announced } = await setUp();
    kill(new Date(clock.now().getTime() + 60_000));
    announced();
    await settle();
    expect(view.status().trading_pause.active).toBe(true);
    clock.advance(60_000);
    expect(view.status()).toMatchObject({ isTradingAllowed: true, trading_pause: { active: false } });
  });
});
