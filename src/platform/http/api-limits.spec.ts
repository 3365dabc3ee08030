import { loadConfig } from '../../config/load-config.js';
import { ManualClock } from '../clock/manual-clock.js';
import { ApiLimits } from './api-limits.js';
import type { LimitRule, RateLimits } from './rate-limits.js';

/** The shared counter, as PostgreSQL holds it. */
class Counter {
  asked = 0;
  isHanging = false;
  fault: Error | undefined;
  readonly #used = new Map<string, { points: number; untilMs: number }>();

  constructor(private readonly clock: ManualClock) {}

  takeBlock(rule: LimitRule, key: string, points: number): Promise<{ isGranted: boolean; msLeft: number }> {
    this.asked += 1;
    if (this.isHanging) return new Promise(() => undefined);
    if (this.fault !== undefined) return Promise.reject(this.fault);
    const now = this.clock.monotonicMs();
    const known = this.#used.get(key);
    const entry =
      known !== undefined && known.untilMs > now ? known : { points: 0, untilMs: now + rule.seconds * 1_000 };
    entry.points += points;
    this.#used.set(key, entry);
    return Promise.resolve({ isGranted: entry.points <= rule.points, msLeft: entry.untilMs - now });
  }
}

function replicas(count: number, perMinute: number) {
  const clock = new ManualClock();
  const counter = new Counter(clock);
  const config = loadConfig({ RATE_LIMIT_API_PER_MINUTE: String(perMinute) });
  const replica = () => new ApiLimits(counter as unknown as RateLimits, clock, config);
  const limits: [ApiLimits, ...ApiLimits[]] = [replica(), ...Array.from({ length: count - 1 }, replica)];
  return { clock, counter, limits };
}

async function pass(limits: readonly [ApiLimits, ...ApiLimits[]], key: string, tries: number): Promise<number> {
  const results = await Promise.allSettled(
    Array.from({ length: tries }, (_, index) => (limits[index % limits.length] ?? limits[0]).require(key)),
  );
  return results.filter(({ status }) => status === 'fulfilled').length;
}

describe('the general limit', () => {
  it('lets exactly the limit through, for one query in thirty requests, and again in the next minute', async () => {
    const { clock, counter, limits } = replicas(1, 600);
    expect(await pass(limits, 'user:1', 1_000)).toBe(600);
    expect(counter.asked).toBe(21);
    expect(await pass(limits, 'user:1', 100)).toBe(0);
    expect(counter.asked).toBe(21);
    expect(await pass(limits, 'user:2', 10)).toBe(10);
    clock.advance(60_000);
    expect(await pass(limits, 'user:1', 10)).toBe(10);
  });

  it('says when to come again', async () => {
    const { clock, limits } = replicas(1, 10);
    await pass(limits, 'user:1', 11);
    clock.advance(15_000);
    await expect(limits[0].require('user:1')).rejects.toMatchObject({ kind: 'too_many', details: { retry_after: 45 } });
  });

  it('is one limit over replicas, never exceeded, short by less than a block each', async () => {
    const { limits } = replicas(3, 600);
    const passed = await pass(limits, 'user:1', 3_000);
    expect(passed).toBeLessThanOrEqual(600);
    expect(passed).toBeGreaterThan(600 - 3 * 30);
  });

  it('does not stop the product when the counter cannot be asked, and still limits', async () => {
    const { clock, counter, limits } = replicas(1, 600);
    counter.fault = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    for (let second = 0; second < 60; second += 1) {
      expect(await pass(limits, 'user:1', 5)).toBe(5);
      clock.advance(1_000);
    }
    counter.fault = undefined;
    counter.isHanging = true;
    const waiting = pass(limits, 'user:2', 3);
    clock.advance(500);
    expect(await waiting).toBe(3);
    counter.isHanging = false;
    counter.fault = new TypeError('a mistake');
    clock.advance(60_000);
    expect(await pass(limits, 'user:1', 1)).toBe(0);
  });
});
