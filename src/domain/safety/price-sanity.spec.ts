/** Which prices are believed at once, which must be confirmed, and that a real gap is believed exactly once. */
import fc from 'fast-check';
import { judgePrice, persistedPrice, type PriceTrack, type SanitySettings } from './price-sanity.js';

const SETTINGS: SanitySettings = { spikePercent: 10, bandPercent: 50, confirmMs: 10_000, persistMs: 3_000 };

/** Feeds prices, one each `stepMs`; answers what came of each. */
function feed(prices: readonly number[], stepMs = 1_000, settings = SETTINGS): (string | number)[] {
  let track: PriceTrack | undefined;
  return prices.map((price, index) => {
    const judged = judgePrice(track, price, index * stepMs, settings);
    track = judged.track;
    return judged.fault ?? price;
  });
}

describe('price sanity', () => {
  it('believes the first price and steps within the limit', () => {
    expect(feed([100, 110, 100, 109])).toEqual([100, 110, 100, 109]);
  });

  it('one tick far away fires nothing, and the market goes on', () => {
    expect(feed([100, 115, 100.5, 101])).toEqual([100, 'spike', 100.5, 101]);
    expect(feed([100, 0.0001, 100.5])).toEqual([100, 'band', 100.5]);
    expect(feed([100, 10_000, 100.5])).toEqual([100, 'band', 100.5]);
  });

  it('a real gap is believed at its second tick, and then it is the market', () => {
    expect(feed([100, 85, 84, 85])).toEqual([100, 'spike', 84, 85]);
    expect(feed([100, 85, 84, 100])).toEqual([100, 'spike', 84, 'spike']);
  });

  it('two spikes to different places confirm nothing', () => {
    expect(feed([100, 115, 85, 115, 85, 100])).toEqual([100, 'spike', 'spike', 'spike', 'spike', 100]);
  });

  it('a second tick that comes too late begins anew', () => {
    expect(feed([100, 85, 85, 85], 10_001)).toEqual([100, 'spike', 'spike', 'spike']);
  });

  it('counts its limits in: a tick at the band, one in the last moment, one just as far from the last', () => {
    expect(feed([100, 150, 149])).toEqual([100, 'spike', 149]);
    expect(feed([100, 150.1, 150.1])).toEqual([100, 'band', 'band']);
    expect(feed([100, 85, 85], 10_000)).toEqual([100, 'spike', 85]);
    expect(feed([100, 80, 88])).toEqual([100, 'spike', 88]);
    expect(feed([100, 80, 72])).toEqual([100, 'spike', 72]);
    expect(feed([100, 80, 71.9])).toEqual([100, 'spike', 'spike']);
  });

  it('an absurd price needs three ticks, and time', () => {
    const late = (ms: number) => feed([100, 40, 40, 40], ms).at(-1);
    expect([late(1_499), late(1_500)]).toEqual(['band', 40]);
    let track: PriceTrack = { price: 100, candidate: undefined };
    for (const nowMs of [50_000, 53_000]) track = judgePrice(track, 40, nowMs, SETTINGS).track;
    expect(track.price).toBe(100);
  });

  it('uses the band as tolerance where spikes are not looked for', () => {
    const banded = { ...SETTINGS, spikePercent: 0 };
    expect(feed([100, 40, 49, 45], 2_000, banded)).toEqual([100, 'band', 'band', 45]);
    expect(feed([100, 149], 1_000, banded)).toEqual([100, 149]);
  });

  it('an absurd price needs three ticks over the time of persistence', () => {
    expect(feed([100, 40, 40, 40, 40])).toEqual([100, 'band', 'band', 'band', 40]);
    expect(feed([100, 40, 40, 40, 40], 100)).toEqual([100, 'band', 'band', 'band', 'band']);
  });

  it('a spike that nothing contradicts is believed after a while; an absurd price never for its silence', () => {
    const spike = judgePrice({ price: 100, candidate: undefined }, 85, 50_000, SETTINGS).track;
    expect(persistedPrice(spike, 52_999, SETTINGS)).toBeUndefined();
    expect(persistedPrice(spike, 53_000, SETTINGS)).toEqual({ price: 85, candidate: undefined });
    const absurd = judgePrice({ price: 100, candidate: undefined }, 1, 0, SETTINGS).track;
    expect(persistedPrice(absurd, 60_000, SETTINGS)).toBeUndefined();
    const contradicted = judgePrice(spike, 100, 51_000, SETTINGS).track;
    expect(persistedPrice(contradicted, 110_000, SETTINGS)).toBeUndefined();
  });

  it('believes everything where both rules are off', () => {
    expect(feed([100, 1, 1_000], 1, { ...SETTINGS, spikePercent: 0, bandPercent: 0 })).toEqual([100, 1, 1_000]);
  });

  it('a lone tick beyond the limit is never believed, wherever it stands and however far it goes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.04, max: 0.04, noNaN: true }), { minLength: 4, maxLength: 30, size: 'max' }),
        fc.nat(),
        fc.double({ min: 1.2, max: 1_000, noNaN: true }),
        fc.boolean(),
        (steps, place, factor, down) => {
          const calm = steps.reduce<number[]>((all, step) => [...all, (all.at(-1) as number) * (1 + step)], [100]);
          const at = 1 + (place % (calm.length - 1));
          const spike = (calm[at - 1] as number) * (down ? 1 / factor : factor);
          const seen = feed([...calm.slice(0, at), spike, ...calm.slice(at)]);
          expect(seen[at]).toMatch(/spike|band/);
          expect(seen.filter((_, index) => index !== at)).toEqual(calm);
        },
      ),
    );
  });

  it('a move that stays is believed within three ticks of it lasting', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1_000, noNaN: true }), (factor) => {
        const level = 100 * factor;
        const seen = feed([100, ...Array<number>(6).fill(level)]);
        expect(seen.slice(-2)).toEqual([level, level]);
        const first = seen.indexOf(level, 1);
        expect(seen.slice(first).every((price) => price === level)).toBe(true);
      }),
    );
  });
});
