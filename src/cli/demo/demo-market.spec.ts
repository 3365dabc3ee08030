/** The demo's signals are sound, lie around the price, and end within their time on a market of that pace. */
import { SeededRandom } from '../../domain/random/seeded-random.js';
import { checkSignal } from '../../domain/signal/check-signal.js';
import { DEMO_MARKETS, demoSignal, ladderSpan } from './demo-market.js';

const demoPace = { volatilityPercent: 60, speed: 7_200 };

describe('the signals of the demo', () => {
  it.each([
    ['a market in real time', { volatilityPercent: 42, speed: 1 }, 5],
    ['the demo', demoPace, 30],
    ['a wild one', { volatilityPercent: 9_999, speed: 100_000 }, 45],
  ])('are sound on %s', (_name, pace, seconds) => {
    for (const market of DEMO_MARKETS) {
      const { entry, tp, sl, ...signal } = demoSignal(market, market.start, ladderSpan(pace, seconds));
      const draft = { ...signal, entry, stopLoss: sl, targets: tp, plan: {}, meta: {} };
      expect(checkSignal({ ...draft, tradeType: 'FUTURES', duration: 'SHORT' })).toEqual([]);
    }
  });

  it('have the prices of a chart', () => {
    const [bitcoin, ether] = DEMO_MARKETS;
    expect(demoSignal(bitcoin as (typeof DEMO_MARKETS)[0], '70000', 0.05)).toMatchObject({
      entry: '70000',
      tp: ['70525', '71225', '72030'],
      sl: '68530',
    });
    expect(demoSignal(ether as (typeof DEMO_MARKETS)[0], '0.123456', 0.05).sl).toBe('0.126049');
  });

  it('end by themselves in all but one case of a hundred', () => {
    const seconds = 30;
    const sigma = 0.6 * Math.sqrt(demoPace.speed / 10 / (365 * 24 * 3_600));
    const span = ladderSpan(demoPace, seconds);
    const random = new SeededRandom(7);
    let open = 0;
    for (let walk = 0; walk < 4_000; walk += 1) {
      let place = 0.42 * span;
      for (let tick = 0; tick < seconds * 10 && place > 0 && place < span; tick += 1)
        place += sigma * random.gaussian();
      if (place > 0 && place < span) open += 1;
    }
    expect(open / 4_000).toBeLessThan(0.01);
    expect(open).toBeGreaterThan(0);
  });
});
