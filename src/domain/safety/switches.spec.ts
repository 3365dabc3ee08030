/** What switches forbid, to whom, and in which order people are told. */
import fc from 'fast-check';
import {
  forbids,
  SAFETY_CODES,
  safetyBook,
  type SafetySwitch,
  SWITCH_MODES,
  SWITCH_SCOPES,
  switchesFor,
  type TradeSubject,
  type TrippedBreaker,
} from './switches.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const LATER = new Date('2026-03-01T13:00:00Z');
const SUBJECT: TradeSubject = { userId: 7, accountId: 70, sourceId: 3, symbol: 'BTCUSDT' };
const OTHER: TradeSubject = { userId: 8, accountId: 80, sourceId: 4, symbol: 'ETHUSDT' };
const VALUES = { platform: '', source: '3', user: '7', symbol: 'BTCUSDT', account: '70' } as const;

const stop = (scope: keyof typeof VALUES, more: Partial<SafetySwitch> = {}): SafetySwitch => ({
  id: 1,
  scope,
  value: VALUES[scope],
  mode: 'block_entries',
  reason: 'because',
  expiresAt: null,
  ...more,
});

const codes = (switches: SafetySwitch[], subject = SUBJECT, breakers: TrippedBreaker[] = []) =>
  switchesFor(safetyBook(switches, breakers, NOW), subject).map(({ code }) => code);

const anySwitch = fc.record({
  id: fc.nat(),
  scope: fc.constantFrom(...SWITCH_SCOPES),
  mode: fc.constantFrom(...SWITCH_MODES),
  reason: fc.string(),
  expiresAt: fc.constantFrom(null, LATER, new Date(NOW.getTime() - 1)),
});

describe('switches', () => {
  it.each(SWITCH_SCOPES)('the scope %s stops what is in it and nothing else', (scope) => {
    expect(codes([stop(scope)])).toEqual(['KILL_SWITCH']);
    expect(codes([stop(scope)], OTHER)).toEqual(scope === 'platform' ? ['KILL_SWITCH'] : []);
  });

  it('a source does not stop a position of no signal', () => {
    expect(codes([stop('source')], { ...SUBJECT, sourceId: null })).toEqual([]);
  });

  it('does not mistake a user for an account, or a symbol that is spelled like a number', () => {
    const mixed = { userId: 70, accountId: 7, sourceId: 7, symbol: '7' };
    expect(codes([stop('account'), stop('source', { value: '70' })], mixed)).toEqual([]);
    expect(codes([stop('user')], mixed)).toEqual([]);
  });

  it('a pause stops until its end and not a moment longer', () => {
    expect(codes([stop('user', { expiresAt: LATER })])).toEqual(['TRADING_PAUSED']);
    expect(codes([stop('user', { expiresAt: NOW })])).toEqual([]);
  });

  it('tells of the kill switch first, then of the breaker, then of the pause, with what stands behind them', () => {
    const breaker = { scope: 'account', value: '70', reason: 'LOSING_STREAK', until: LATER } as const;
    const pause = stop('platform', { id: 2, expiresAt: LATER });
    expect(codes([pause, stop('symbol')], SUBJECT, [breaker])).toEqual([
      'KILL_SWITCH',
      'CIRCUIT_BREAKER',
      'TRADING_PAUSED',
    ]);
    const [, tripped, paused] = switchesFor(safetyBook([pause, stop('symbol')], [breaker], NOW), SUBJECT);
    expect(tripped?.detail).toEqual({
      scope: 'account',
      value: '70',
      reason: 'LOSING_STREAK',
      until: LATER.toISOString(),
    });
    expect(paused?.detail).toMatchObject({ scope: 'platform', switch_id: 2, until: LATER.toISOString() });
  });

  it('blocked entries leave additions by hand; the harder modes do not; breakers concern no hand', () => {
    expect(SWITCH_MODES.map((mode) => [forbids(mode, 'entry'), forbids(mode, 'add'), forbids(mode, 'manual')])).toEqual(
      [
        [true, true, false],
        [true, true, true],
        [true, true, true],
      ],
    );
    const book = safetyBook([stop('user')], [{ scope: 'platform', value: '', reason: 'DRAWDOWN', until: null }], NOW);
    expect(switchesFor(book, SUBJECT, 'manual')).toEqual([]);
    expect(switchesFor(book, SUBJECT, 'add')).toHaveLength(2);
  });

  it('any set of switches: something is refused exactly when one in force covers the subject; order always holds', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anySwitch, { selector: ({ scope }) => scope }), fc.boolean(), (drawn, isOther) => {
        const switches = drawn.map((item): SafetySwitch => ({ ...item, value: VALUES[item.scope] }));
        const subject = isOther ? OTHER : SUBJECT;
        const covering = switches.filter(
          ({ scope, expiresAt }) => (expiresAt === null || expiresAt > NOW) && (!isOther || scope === 'platform'),
        );
        const found = codes(switches, subject);
        expect(found).toHaveLength(covering.length);
        const places = found.map((code) => SAFETY_CODES.indexOf(code));
        expect(places).toEqual([...places].sort());
      }),
    );
  });
});
