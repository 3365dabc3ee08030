/** Choosing among bots: each rule by name, and what holds of any order of candidates. */
import fc from 'fast-check';
import { BOTS, type Candidate, FUSION_DEFAULTS } from './candidate.js';
import { fuse, type FusionState, NO_FUSION, released } from './fusion.js';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 0, 1);

let refs = 0;
const candidate = (over: Partial<Candidate> = {}): Candidate => ({
  ref: `c${(refs += 1)}`,
  bot: 'SCALPER',
  symbol: 'BTCUSDT',
  side: 'LONG',
  entry: 100,
  firstTarget: 101,
  confidence: 80,
  ...over,
});

const at = (minutes: number, price?: number) => ({ now: T0 + minutes * MINUTE, priceOf: () => price });

/** Each batch at its minute; answers the names of what came of each, and the last state. */
function story(...batches: readonly (readonly [number, ...Partial<Candidate>[]])[]) {
  let state: FusionState = NO_FUSION;
  const told = batches.map(([minute, ...given]) => {
    const fused = fuse(state, given.map(candidate), at(minute), FUSION_DEFAULTS);
    ({ state } = fused);
    return [...fused.approved.map(({ bot }) => bot), ...fused.refused.map(({ reason }) => reason)].join(' ');
  });
  return { told, state };
}

describe('fusion', () => {
  it('takes the most confident of a symbol, equal ones by bot, and compares the bots with each other', () => {
    expect(
      story([0, { bot: 'QFL', confidence: 90 }, { bot: 'TREND', confidence: 90 }, { confidence: 85 }]).told,
    ).toEqual(['TREND DUPLICATE DUPLICATE']);
    expect(story([0, {}, { symbol: 'ETHUSDT' }]).told).toEqual(['SCALPER SCALPER']);
  });

  it('refuses what is below the threshold of its bot', () => {
    expect(story([0, { confidence: 69 }, { bot: 'QFL', confidence: 79, symbol: 'A' }]).told).toEqual([
      'CONFIDENCE CONFIDENCE',
    ]);
  });

  it('refuses a late entry: more than a third of the way to the first target is gone', () => {
    const fused = (price: number, over: Partial<Candidate> = {}) =>
      fuse(NO_FUSION, [candidate(over)], at(0, price), FUSION_DEFAULTS);
    expect(fused(100.33).approved.length).toBe(1);
    expect(fused(100.34).refused[0]?.reason).toBe('LATE');
    expect(fused(99.6, { side: 'SHORT', firstTarget: 99 }).refused[0]?.reason).toBe('LATE');
    expect(fused(101, { side: 'SHORT', firstTarget: 99 }).approved.length).toBe(1);
  });

  it('cools down on the same side unless it is very strong, on the other side always', () => {
    let { state } = story([0, {}]);
    state = released(state, state.approvals[0]?.ref ?? '');
    const reason = (minute: number, over: Partial<Candidate>) =>
      fuse(state, [candidate(over)], at(minute), FUSION_DEFAULTS).refused[0]?.reason;
    expect([reason(9, {}), reason(9, { confidence: 92 }), reason(10, {})]).toEqual(['COOLDOWN', undefined, undefined]);
    const short = { side: 'SHORT', firstTarget: 99 } as const;
    expect([reason(19, { ...short, confidence: 99 }), reason(20, short)]).toEqual(['COOLDOWN', undefined]);
  });

  it('follows the bias of the trend bot, published or not, for four hours', () => {
    const short = { side: 'SHORT', firstTarget: 99 } as const;
    const weakTrend = { bot: 'TREND', confidence: 10 } as const;
    expect(story([0, weakTrend], [1, short], [2, { ...short, confidence: 90 }]).told).toEqual([
      'CONFIDENCE',
      'TREND',
      'SCALPER',
    ]);
    expect(story([0, weakTrend], [240, short]).told).toEqual(['CONFIDENCE', 'SCALPER']);
  });

  it('holds one side of a symbol until its signal has ended, or a reversal is strong enough', () => {
    const short = { side: 'SHORT', firstTarget: 99 } as const;
    expect(story([0, {}], [30, {}], [31, short], [32, { ...short, confidence: 90 }]).told).toEqual([
      'SCALPER',
      'DUPLICATE',
      'OPPOSITE',
      'SCALPER',
    ]);
    const { state } = story([0, {}]);
    const free = released(state, state.approvals[0]?.ref ?? '');
    expect(fuse(free, [candidate(short)], at(30), FUSION_DEFAULTS).approved.length).toBe(1);
  });

  it('counts four of a symbol and twelve overall in a rolling hour', () => {
    const many = Array.from({ length: 13 }, (_, index) => ({ symbol: `S${index}` }));
    expect(
      story([0, ...many], [59, { symbol: 'T' }], [60, { symbol: 'T' }]).told.map((text) => text.split(' ').at(-1)),
    ).toEqual(['RATE_LIMIT', 'RATE_LIMIT', 'SCALPER']);
    let state: FusionState = NO_FUSION;
    const reasons = [0, 11, 22, 33, 44, 60].map((minute) => {
      const fused = fuse(state, [candidate()], at(minute), FUSION_DEFAULTS);
      state = fused.approved.reduce((before, { ref }) => released(before, ref), fused.state);
      return fused.refused[0]?.reason ?? 'APPROVED';
    });
    expect(reasons).toEqual(['APPROVED', 'APPROVED', 'APPROVED', 'APPROVED', 'RATE_LIMIT', 'APPROVED']);
  });

  it('never passes its limits, never has two sides active unless reversed, and its state is JSON', () => {
    const drawn = fc.record({
      minutes: fc.integer({ min: 0, max: 30 }),
      bot: fc.constantFrom(...BOTS),
      symbol: fc.constantFrom('A', 'B', 'C'),
      side: fc.constantFrom('LONG' as const, 'SHORT' as const),
      confidence: fc.integer({ min: 60, max: 95 }),
      release: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 60 }), (steps) => {
        let [state, minute] = [NO_FUSION as FusionState, 0];
        for (const { minutes, release, ...given } of steps) {
          minute += minutes;
          const one = candidate({ ...given, firstTarget: given.side === 'LONG' ? 101 : 99 });
          const fused = fuse(JSON.parse(JSON.stringify(state)) as FusionState, [one], at(minute), FUSION_DEFAULTS);
          expect(fused.approved.length + fused.refused.length).toBe(1);
          ({ state } = fused);
          const hour = state.approvals.filter((approval) => T0 + minute * MINUTE - approval.at < 60 * MINUTE);
          expect(hour.length).toBeLessThanOrEqual(12);
          for (const symbol of ['A', 'B', 'C']) {
            const active = state.approvals.filter((approval) => approval.symbol === symbol && approval.isActive);
            expect(new Set(active.map(({ side }) => side)).size).toBe(active.length);
          }
          if (release) for (const { ref } of state.approvals) state = released(state, ref);
        }
      }),
    );
  });
});
