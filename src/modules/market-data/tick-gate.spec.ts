/** Which ticks are believed. */
import { ManualClock } from '../../platform/clock/manual-clock.js';
import { TickGate } from './tick-gate.js';

function setUp(isSimulated = false) {
  const clock = new ManualClock('2026-03-01T12:00:00.000Z');
  const gate = new TickGate({ isSimulated, staleMs: 30_000 }, clock);
  const tick = (price: string, offsetMs = 0) => ({
    symbol: 'BTCUSDT',
    price,
    at: new Date(clock.now().getTime() + offsetMs),
  });
  return { clock, gate, tick };
}

describe('TickGate', () => {
  it.each(['0', '0.00', '-1', 'NaN', 'Infinity', '', '1e5', ' 1', '1.', '9'.repeat(19)])(
    'refuses the price %p',
    (price) => {
      const { gate, tick } = setUp();
      expect(gate.check(tick(price))).toBe('price');
      expect(gate.fresh('BTCUSDT')).toBeUndefined();
      expect(gate.rejected.price).toBe(1);
    },
  );

  it('never lets the time of a symbol go back, and takes equal times', () => {
    const { gate, tick } = setUp();
    expect(gate.check(tick('100'))).toBeUndefined();
    expect(gate.check(tick('101', -1))).toBe('order');
    expect(gate.check(tick('102'))).toBeUndefined();
    expect(gate.check({ ...tick('50', -1), symbol: 'ETHUSDT' })).toBeUndefined();
    expect(gate.check({ symbol: 'ETHUSDT', price: '1', at: new Date(NaN) })).toBe('order');
    expect(gate.fresh('BTCUSDT')?.price).toBe('102');
  });

  it('refuses stale ticks and ticks from the future of a real market', () => {
    const { gate, tick } = setUp();
    expect(gate.check(tick('100', -30_001))).toBe('stale');
    expect(gate.check(tick('100', 30_001))).toBe('future');
    expect(gate.check(tick('100', -30_000))).toBeUndefined();
    expect(gate.rejected).toMatchObject({ price: 0, order: 0, stale: 1, future: 1 });
  });

  it('does not offer a price of a real market that has become stale', () => {
    const { clock, gate, tick } = setUp();
    gate.check(tick('100'));
    clock.advance(30_000);
    expect(gate.fresh('BTCUSDT')?.price).toBe('100');
    clock.advance(1);
    expect(gate.fresh('BTCUSDT')).toBeUndefined();
    expect(gate.lastTickAgeMs).toBe(30_001);
  });

  it('leaves the times of a simulated market alone', () => {
    const { clock, gate } = setUp(true);
    expect(gate.check({ symbol: 'BTCUSDT', price: '1', at: new Date('2018-01-01T00:00:00Z') })).toBeUndefined();
    clock.advance(3_600_000);
    expect(gate.fresh('BTCUSDT')?.price).toBe('1');
    expect(gate.check({ symbol: 'BTCUSDT', price: '1', at: new Date('2099-01-01T00:00:00Z') })).toBeUndefined();
  });

  it('begins anew after a reset', () => {
    const { gate, tick } = setUp();
    gate.check(tick('100'));
    gate.reset();
    expect(gate.fresh('BTCUSDT')).toBeUndefined();
    expect(gate.lastTickAgeMs).toBeUndefined();
    expect(gate.check(tick('99', -5))).toBeUndefined();
  });

  describe('jumps of a real market', () => {
    const sanity = { spikePercent: 10, bandPercent: 50, confirmMs: 10_000, persistMs: 3_000 };
    const withSanity = (isSimulated = false) => {
      const clock = new ManualClock('2026-03-01T12:00:00.000Z');
      const gate = new TickGate({ isSimulated, staleMs: 30_000, sanity }, clock);
      const tick = (price: string) => ({ symbol: 'BTCUSDT', price, at: clock.now() });
      return { clock, gate, tick };
    };

    it('keeps the believed price until a jump is confirmed, and counts what it refused', () => {
      const { gate, tick } = withSanity();
      gate.check(tick('100'));
      expect(gate.check(tick('80'))).toBe('spike');
      expect(gate.fresh('BTCUSDT')?.price).toBe('100');
      expect(gate.check(tick('81'))).toBeUndefined();
      expect(gate.fresh('BTCUSDT')?.price).toBe('81');
      expect(gate.check(tick('10'))).toBe('band');
      expect(gate.rejected).toMatchObject({ spike: 1, band: 1 });
    });

    it('believes a jump that stood unopposed, unless it is stale, contradicted, or forgotten', () => {
      const { clock, gate, tick } = withSanity();
      gate.check(tick('100'));
      gate.check(tick('80'));
      clock.advance(2_999);
      expect(gate.persisted('BTCUSDT')).toBeUndefined();
      clock.advance(1);
      expect(gate.persisted('BTCUSDT')?.price).toBe('80');
      expect(gate.persisted('BTCUSDT')).toBeUndefined();
      gate.check(tick('60'));
      clock.advance(31_000);
      expect(gate.persisted('BTCUSDT')).toBeUndefined();
      gate.check(tick('60'));
      gate.check(tick('80'));
      clock.advance(4_000);
      expect(gate.persisted('BTCUSDT')).toBeUndefined();
      gate.check(tick('60'));
      gate.forget('BTCUSDT');
      clock.advance(4_000);
      expect(gate.persisted('BTCUSDT')).toBeUndefined();
    });

    it('compares the first tick with what was stored, and a new start with what was believed before it', () => {
      const { gate, tick } = withSanity();
      gate.refer('BTCUSDT', '100');
      expect(gate.check(tick('50'))).toBe('spike');
      expect(gate.check(tick('100'))).toBeUndefined();
      gate.refer('BTCUSDT', '1');
      gate.reset();
      expect(gate.check(tick('50'))).toBe('spike');
    });

    it('leaves the jumps of a simulated market alone', () => {
      const { gate, tick } = withSanity(true);
      for (const price of ['100', '1', '5000']) expect(gate.check(tick(price))).toBeUndefined();
    });
  });
});
