/** The circuit breaker, in scenarios and as properties over any history of results. */
import fc from 'fast-check';
import { Decimal } from '../money/decimal.js';
import {
  admit,
  atTime,
  type BreakerResults,
  type BreakerSettings,
  type BreakerState,
  CLOSED_BREAKER,
  onResults,
  resetBreaker,
  tripped,
  tripReason,
} from './circuit-breaker.js';

const SETTINGS: BreakerSettings = {
  windowMinutes: 60,
  lossPercent: Decimal.of('10'),
  lossesInARow: 5,
  cooloffMinutes: 60,
  halfOpenEntries: 1,
};
const NOW = new Date('2026-03-01T12:00:00Z');
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000);

const results = (newest: string[], balance = '1000', windowSum?: string): BreakerResults => ({
  newest,
  balance,
  windowSum: windowSum ?? Decimal.sum(newest.map((text) => Decimal.of(text))).toString(),
});

describe('tripping', () => {
  it('ten percent of the balance before the losses, not a cent less', () => {
    expect(tripReason(results(['-100'], '900'), SETTINGS)).toBe('LOSS_PERCENT');
    expect(tripReason(results(['-99.99'], '900.01'), SETTINGS)).toBeUndefined();
    expect(tripReason(results(['-60', '20', '-60'], '900'), SETTINGS)).toBe('LOSS_PERCENT');
  });

  it('five losses in a row; a result of 0 or a profit among them resets', () => {
    expect(tripReason(results(['-1', '-1', '-1', '-1', '-1']), SETTINGS)).toBe('LOSING_STREAK');
    expect(tripReason(results(['-1', '-1', '-1', '-1', '-1', '5']), SETTINGS)).toBe('LOSING_STREAK');
    expect(tripReason(results(['-1', '-1', '-1', '-1']), SETTINGS)).toBeUndefined();
    expect(tripReason(results(['-1', '-1', '0', '-1', '-1', '-1']), SETTINGS)).toBeUndefined();
    expect(tripReason(results(['-1', '-1', '-1', '-1', '5', '-1']), SETTINGS)).toBeUndefined();
  });

  it('opens a closed breaker, which what stays within the limits leaves as it is', () => {
    expect(onResults(CLOSED_BREAKER, results(['-100'], '900'), SETTINGS, NOW)).toEqual({
      status: 'open',
      reason: 'LOSS_PERCENT',
      trippedAt: NOW,
      until: minutes(60),
      admitted: [],
      countFrom: NOW,
    });
    expect(onResults(CLOSED_BREAKER, results(['-1', '-1']), SETTINGS, NOW)).toBe(CLOSED_BREAKER);
    expect(onResults(CLOSED_BREAKER, results(['5']), SETTINGS, NOW)).toBe(CLOSED_BREAKER);
  });

  it('a rule that is switched off never trips', () => {
    const off = { ...SETTINGS, lossPercent: Decimal.ZERO, lossesInARow: 0 };
    expect(tripReason(results(Array<string>(9).fill('-100'), '1'), off)).toBeUndefined();
  });

  it('an account that lost everything trips; one without results does not', () => {
    expect(tripReason(results(['-1000'], '0'), SETTINGS)).toBe('LOSS_PERCENT');
    expect(tripReason(results([], '0'), SETTINGS)).toBeUndefined();
  });
});

describe('the way back', () => {
  const open = tripped('LOSS_PERCENT', SETTINGS, NOW);

  it('begins when the cool-off of minutes is over, with nobody admitted yet', () => {
    expect(open).toEqual({
      status: 'open',
      reason: 'LOSS_PERCENT',
      trippedAt: NOW,
      until: minutes(60),
      admitted: [],
      countFrom: NOW,
    });
    expect(tripped('DRAWDOWN', SETTINGS, NOW).until).toBeNull();
    expect(onResults(open, results(['5']), SETTINGS, minutes(59))).toBe(open);
    const undecided = onResults(open, results(['0', '0']), SETTINGS, minutes(60));
    expect(undecided).toMatchObject({ status: 'half_open', admitted: [], countFrom: minutes(60) });
    expect(onResults(undecided, results(['0']), SETTINGS, minutes(61))).toBe(undecided);
  });

  it('is decided by the oldest result that is not zero', () => {
    const half = atTime(open, minutes(60));
    expect(onResults(half, results(['-5', '3', '0']), SETTINGS, minutes(61)).status).toBe('closed');
    expect(onResults(half, results(['5', '-3', '0']), SETTINGS, minutes(61))).toMatchObject({
      status: 'open',
      reason: 'HALF_OPEN_LOSS',
      until: minutes(121),
    });
  });

  it('stays open for the cool-off, whatever the results, then admits one signal, again and again the same', () => {
    expect(admit(open, 1, SETTINGS, minutes(59.9))).toBeUndefined();
    expect(onResults(open, results(['500']), SETTINGS, minutes(30))).toBe(open);
    expect(onResults(open, results(['-500'], '400'), SETTINGS, minutes(30))).toBe(open);
    const first = admit(open, 1, SETTINGS, minutes(60)) as BreakerState;
    expect(first).toMatchObject({ status: 'half_open', admitted: [1], countFrom: minutes(60) });
    expect(admit(first, 2, SETTINGS, minutes(61))).toBeUndefined();
    expect(admit(first, 1, SETTINGS, minutes(61))).toEqual(first);
    expect(admit(CLOSED_BREAKER, 9, SETTINGS, NOW)).toBe(CLOSED_BREAKER);
  });

  it('half-open: a loss opens it anew, a profit closes it, 0 decides nothing, the first decision counts', () => {
    const half = admit(open, 1, SETTINGS, minutes(60)) as BreakerState;
    const at = minutes(70);
    expect(onResults(half, results(['-1']), SETTINGS, at)).toEqual(tripped('HALF_OPEN_LOSS', SETTINGS, at));
    expect(onResults(half, results(['1']), SETTINGS, at)).toEqual({ ...CLOSED_BREAKER, countFrom: at });
    expect(onResults(half, results(['0']), SETTINGS, at)).toBe(half);
    expect(onResults(half, results(['1', '-1', '0']), SETTINGS, at).status).toBe('open');
  });

  it('a drawdown lasts until it is reset by hand; after a reset old results do not count', () => {
    const halted = tripped('DRAWDOWN', SETTINGS, NOW);
    expect(atTime(halted, minutes(100_000))).toBe(halted);
    expect(resetBreaker(minutes(5))).toEqual({ ...CLOSED_BREAKER, countFrom: minutes(5) });
  });
});

type Step =
  | { readonly kind: 'result'; readonly pnl: number; readonly after: number }
  | { readonly kind: 'entry'; readonly signal: number; readonly after: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('result' as const), pnl: fc.integer({ min: -60, max: 60 }), after: fc.nat(40) }),
  fc.record({ kind: fc.constant('entry' as const), signal: fc.nat(1_000), after: fc.nat(40) }),
);

describe('any history', () => {
  it('admits nothing while open, at most the limit while half-open, and leaves open only by time or by hand', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60, size: 'max' }),
        fc.integer({ min: 1, max: 3 }),
        (steps, halfOpenEntries) => {
          const settings = { ...SETTINGS, halfOpenEntries };
          let state: BreakerState = CLOSED_BREAKER;
          let now = NOW;
          const closed: { at: Date; pnl: number }[] = [];
          for (const next of steps) {
            now = new Date(now.getTime() + next.after * 60_000 + 1);
            const before = atTime(state, now);
            if (next.kind === 'entry') {
              const after = admit(state, next.signal, settings, now);
              if (before.status === 'open') expect(after).toBeUndefined();
              if (before.status === 'closed') expect(after).toBe(state);
              if (after !== undefined) state = after;
              if (state.status === 'half_open') expect(state.admitted.length).toBeLessThanOrEqual(halfOpenEntries);
              continue;
            }
            closed.unshift({ at: now, pnl: next.pnl });
            const counted = closed.filter(({ at }) => before.countFrom === null || at > before.countFrom);
            const recent = counted.filter(({ at }) => now.getTime() - at.getTime() < 3_600_000);
            const sum = recent.reduce((total, { pnl }) => total + pnl, 0);
            const after = onResults(
              state,
              results(
                counted.map(({ pnl }) => String(pnl)),
                '1000',
                String(sum),
              ),
              settings,
              now,
            );
            if (before.status === 'open') expect(after).toBe(state);
            if (before.status === 'half_open' && next.pnl < 0) expect(after.status).toBe('open');
            if (before.status === 'closed' && next.pnl >= 0 && after.status === 'open') {
              expect(after.reason).toBe('LOSS_PERCENT');
            }
            if (after.status === 'open') expect(after.trippedAt).not.toBeNull();
            state = after;
          }
        },
      ),
    );
  });
});
