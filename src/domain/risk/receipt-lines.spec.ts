/**
 * What the gates on the other side of a symbol, on pace and on size say of themselves in a receipt: what they looked at, the
 * limit, and the smallest change that would have admitted, in words and as data.
 */
import { AT, ago, caseOf, follower, layout, NOON, signal } from '../../../test/factories/risk-cases.js';
import { marginBrackets } from '../margin/liquidation.js';
import type { Follower, SignalPlan } from '../sizing/plan-entry.js';
import type { SharedFacts } from './facts.js';
import { evaluate } from './gates.js';
import type { RiskLimits } from './limits.js';
import type { RiskState } from './risk-state.js';

const lineOf = (name: string, who: Follower, plan = signal(), at = AT, shared: Partial<SharedFacts> = {}) => {
  const c = caseOf(who, plan, at);
  return evaluate({ ...c, shared: { ...c.shared, ...shared } }).gates.find((gate) => gate.name === name);
};

type Line = readonly [code: string, input: object, limit: object, words: string, data: object];

const refused = ([code, input, limit, words, data]: Line) => ({
  ...{ code, input, limit },
  ...{ verdict: 'REFUSED', change: { words, data } },
});

const HOURS = [{ days: ['WED', 'SUN'] as const, from: '12:00', to: '18:00' }];
const DAY_END = '2026-01-08T00:00:00.000Z';

describe('pace', () => {
  it.each<[string, Partial<RiskLimits>, Partial<RiskState>, Line]>([
    [
      'trading_hours',
      { trading_hours: HOURS },
      { week_minute: NOON - 60 },
      [
        'OUTSIDE_TRADING_HOURS',
        { week_minute: NOON - 60 },
        { trading_hours: ['WED SUN 12:00-18:00'], time_zone: 'UTC' },
        'wait until 2026-01-07T13:00:00.000Z, when the window opens',
        { wait_until: '2026-01-07T13:00:00.000Z' },
      ],
    ],
    [
      'symbol_cooldown',
      { cooldown_minutes: 30, cooldown_after_loss_minutes: 60 },
      { symbol_closed_at: ago(10), symbol_lost_at: ago(20) },
      [
        'SYMBOL_COOLDOWN',
        { symbol_closed_at: ago(10), symbol_lost_at: ago(20) },
        { cooldown_minutes: 30, cooldown_after_loss_minutes: 60 },
        'wait until 2026-01-07T12:40:30.000Z, when the cooldown ends',
        { wait_until: '2026-01-07T12:40:30.000Z' },
      ],
    ],
    [
      'losing_streak',
      { losing_streak_losses: 3 },
      { losing_streak: 4, last_loss_at: ago(59) },
      [
        'LOSING_STREAK',
        { losing_streak: 4, last_loss_at: ago(59) },
        { losing_streak_losses: 3, losing_streak_minutes: 60 },
        'wait until 2026-01-07T12:01:30.000Z, when the lock ends',
        { wait_until: '2026-01-07T12:01:30.000Z' },
      ],
    ],
    [
      'daily_trades',
      { max_daily_trades: 5 },
      { day_trades: 7 },
      [
        'MAX_DAILY_TRADES',
        { day_trades: 7 },
        { max_daily_trades: 5 },
        'raise max_daily_trades to 8',
        { max_daily_trades: 8 },
      ],
    ],
    [
      'daily_loss',
      { max_daily_loss_usdt: '50', max_daily_loss_percent: '5' },
      { day_realised_usdt: '-40', open_pnl_usdt: '-20', day_ends_at: DAY_END },
      [
        'DAILY_LOSS_LIMIT',
        { loss: '60', day_realised: '-40', open_pnl: '-20', day_start_balance: '1000', day_ends_at: DAY_END },
        { max_daily_loss_usdt: '50', max_daily_loss_percent: '5' },
        `raise max_daily_loss_usdt to 60.00000001 and raise max_daily_loss_percent to 6.00000001, or wait for the day to end at ${DAY_END}`,
        { max_daily_loss_usdt: '60.00000001', max_daily_loss_percent: '6.00000001' },
      ],
    ],
    [
      'drawdown',
      { max_drawdown_percent: '20' },
      { drawdown_usdt: '240', open_pnl_usdt: '-70' },
      [
        'MAX_DRAWDOWN',
        { peak_equity: '1240', equity: '930', drawdown_percent: '25' },
        { max_drawdown_percent: '20' },
        'raise max_drawdown_percent to 25.00000001',
        { max_drawdown_percent: '25.00000001' },
      ],
    ],
  ])('%s', (name, limits, state, line) => {
    expect(lineOf(name, follower(limits, state))).toEqual({ name, ...refused(line) });
  });

  it('hours are named in the zone that was asked for, whose clocks may be moved until then', () => {
    const who = follower({ trading_hours: HOURS, time_zone: 'Europe/Berlin' }, { week_minute: 5 * 1_440 + 1_380 });
    // Saturday 23:00 in Berlin; on the night to that Sunday the clocks go forward: 13 hours later in 12.
    expect(lineOf('trading_hours', who, signal(), new Date('2026-03-28T22:00:00Z'))).toMatchObject({
      limit: { time_zone: 'Europe/Berlin' },
      change: { data: { wait_until: '2026-03-29T10:00:00.000Z' } },
    });
  });

  it('of two daily limits only the one that is reached is to be raised', () => {
    const limits = { max_daily_loss_usdt: '50', max_daily_loss_percent: '5' };
    const change = (lost: string, before: string) =>
      lineOf('daily_loss', follower(limits, { day_realised_usdt: lost, day_start_balance_usdt: before }))?.change;
    expect(change('-50', '2000')).toEqual({
      words: 'raise max_daily_loss_usdt to 50.00000001',
      data: { max_daily_loss_usdt: '50.00000001' },
    });
    expect(change('-49', '100')?.data).toEqual({ max_daily_loss_percent: '49.00000001' });
    expect(change('-150', '100')).toEqual({
      words: 'raise max_daily_loss_usdt to 150.00000001 and take max_daily_loss_percent away',
      data: { max_daily_loss_usdt: '150.00000001', max_daily_loss_percent: null },
    });
  });

  it('the whole balance is the highest percentage that can be named', () => {
    const lost = (drawdown: string, balance: string) =>
      lineOf('drawdown', follower({ max_drawdown_percent: '5' }, { drawdown_usdt: drawdown }, { balance }))?.change
        ?.data;
    expect(lost('99.99999999', '0.00000001')).toEqual({ max_drawdown_percent: '100' });
    expect(lost('100', '0')).toEqual({ max_drawdown_percent: null });
  });

  it('an account without a peak has fallen by nothing', () => {
    expect(lineOf('drawdown', follower({ max_drawdown_percent: '5' }, {}, { balance: '0' }))).toMatchObject({
      verdict: 'PASSED',
      input: { peak_equity: '0', equity: '0', drawdown_percent: '0' },
    });
  });

  it('limits that nobody set ask nothing', () => {
    const limits: [string, object][] = [
      ['trading_hours', { trading_hours: null, time_zone: 'UTC' }],
      ['symbol_cooldown', { cooldown_minutes: null, cooldown_after_loss_minutes: null }],
      ['losing_streak', { losing_streak_losses: null, losing_streak_minutes: null }],
      ['daily_loss', { max_daily_loss_usdt: null, max_daily_loss_percent: null }],
      ['drawdown', { max_drawdown_percent: null }],
    ];
    for (const [name, limit] of limits) {
      expect(lineOf(name, follower({ losing_streak_minutes: 5 }))).toMatchObject({ name, limit, verdict: 'NOT_SET' });
    }
  });
});

describe('the other side of the symbol', () => {
  const lineWith = (mode: 'ONE_WAY' | 'HEDGE', held: number, closed: number) =>
    lineOf('opposite', follower(null, {}, { opposite: { mode, held, closed } }));
  const hedge = { position_mode: 'HEDGE' };
  const reverse = { 'exit.on_opposite_signal': 'REVERSE' };

  it('may not be held in one-way mode', () => {
    expect(lineWith('ONE_WAY', 2, 0)).toEqual({
      name: 'opposite',
      code: 'ONE_WAY_MODE',
      input: { opposite_positions: 2, opposite_closed: 0 },
      limit: { position_mode: 'ONE_WAY' },
      verdict: 'REFUSED',
      change: { words: 'set position_mode to HEDGE or close 2 on the other side', data: hedge },
    });
    expect(lineWith('HEDGE', 2, 0)).toMatchObject({ verdict: 'PASSED', limit: { position_mode: 'HEDGE' } });
    expect(lineWith('ONE_WAY', 0, 0)?.verdict).toBe('NOT_SET');
  });

  it('that the signal closed is not turned round, in either mode', () => {
    const words = 'say exit.on_opposite_signal REVERSE in the plan';
    const input = { opposite_positions: 0, opposite_closed: 1 };
    for (const mode of ['ONE_WAY', 'HEDGE'] as const) {
      const limit = { position_mode: mode };
      expect(lineWith(mode, 0, 1)).toMatchObject(refused(['OPPOSITE_CLOSED', input, limit, words, reverse]));
      expect(lineWith(mode, 0, 1)?.change?.data).toEqual(reverse);
    }
    expect(lineWith('HEDGE', 2, 1)?.change).toEqual({ words, data: reverse });
    expect(lineWith('ONE_WAY', 2, 1)?.change).toEqual({
      words: `${words} and set position_mode to HEDGE or close 2 on the other side`,
      data: { ...reverse, ...hedge },
    });
  });
});

describe('size', () => {
  it.each<[string, Partial<RiskLimits> | null, Partial<RiskState>, Partial<Follower>, Line]>([
    [
      'concurrent_trades',
      null,
      {},
      { maxConcurrentTrades: 3, openPositions: 4 },
      [
        'MAX_CONCURRENT_TRADES',
        { open: 4, tier: 'VIP' },
        { max_concurrent_trades: 3, limited_by: 'settings' },
        'raise max_concurrent_trades to 5',
        { max_concurrent_trades: 5 },
      ],
    ],
    [
      'concurrent_trades',
      null,
      {},
      { maxConcurrentTrades: 60, openPositions: 50 },
      [
        'MAX_CONCURRENT_TRADES',
        { open: 50, tier: 'VIP' },
        { max_concurrent_trades: 50, limited_by: 'platform' },
        'close 1 positions: the platform allows 50',
        { open: 49 },
      ],
    ],
    [
      'concurrent_trades',
      null,
      {},
      { maxConcurrentTrades: 40, openPositions: 55 },
      [
        'MAX_CONCURRENT_TRADES',
        { open: 55, tier: 'VIP' },
        { max_concurrent_trades: 40, limited_by: 'settings' },
        'close 16 positions: the platform allows 50',
        { open: 39 },
      ],
    ],
    [
      'per_direction',
      { max_per_direction: 2 },
      { direction_positions: 2 },
      {},
      [
        'MAX_PER_DIRECTION',
        { direction_positions: 2 },
        { max_per_direction: 2 },
        'raise max_per_direction to 3',
        { max_per_direction: 3 },
      ],
    ],
    [
      'per_source',
      { max_per_source: 2 },
      { source_positions: 2 },
      {},
      [
        'MAX_PER_SOURCE',
        { source_positions: 2 },
        { max_per_source: 2 },
        'raise max_per_source to 3',
        { max_per_source: 3 },
      ],
    ],
    [
      'min_qty',
      null,
      {},
      { perTradeUsdt: '0.5' },
      [
        'BELOW_MIN_QTY',
        { qty: '0' },
        { min_qty: '0.1' },
        'raise per_trade_usdt to 2 (at leverage 10)',
        { per_trade_usdt: '2' },
      ],
    ],
    [
      'min_notional',
      null,
      {},
      { perTradeUsdt: '1.5' },
      [
        'BELOW_MIN_NOTIONAL',
        { notional: '10' },
        { min_notional: '20' },
        'raise per_trade_usdt to 2 (at leverage 10)',
        { per_trade_usdt: '2' },
      ],
    ],
    [
      'capital',
      null,
      {},
      { capitalUsdt: '15', marginUsed: '12' },
      [
        'CAPITAL_EXHAUSTED',
        { margin_used: '12', margin: '10' },
        { capital_usdt: '15' },
        'raise capital_usdt to 22',
        { capital_usdt: '22' },
      ],
    ],
    [
      'total_margin',
      { max_total_margin_usdt: '15' },
      {},
      { marginUsed: '12' },
      [
        'MAX_TOTAL_MARGIN',
        { margin_used: '12', margin: '10' },
        { max_total_margin_usdt: '15' },
        'raise max_total_margin_usdt to 22',
        { max_total_margin_usdt: '22' },
      ],
    ],
    [
      'group_exposure',
      { max_group_exposure_usdt: '120' },
      { group: 'layer1', group_net_usdt: '50' },
      {},
      [
        'MAX_GROUP_EXPOSURE',
        { group: 'layer1', group_net: '50', notional: '100' },
        { max_group_exposure_usdt: '120' },
        'raise max_group_exposure_usdt to 150',
        { max_group_exposure_usdt: '150' },
      ],
    ],
    [
      'worst_case_loss',
      { max_worst_case_loss_usdt: '8' },
      { open_risk_usdt: '5' },
      {},
      [
        'MAX_WORST_CASE_LOSS',
        { open_risk: '5', loss_at_stop: '5.0975' },
        { max_worst_case_loss_usdt: '8' },
        'raise max_worst_case_loss_usdt to 10.0975',
        { max_worst_case_loss_usdt: '10.0975' },
      ],
    ],
    [
      'balance',
      null,
      {},
      { balance: '12', marginUsed: '5' },
      [
        'INSUFFICIENT_BALANCE',
        { available: '7' },
        { needed: '10.05' },
        'have 3.05 USDT more on the account',
        { balance: '15.05' },
      ],
    ],
  ])('%s %j %j %j', (name, limits, state, change, line) => {
    expect(lineOf(name, follower(limits, state, change))).toEqual({ name, ...refused(line) });
  });

  it('a stop behind the liquidation of a SHORT, with the stop that would come first', () => {
    const brackets = marginBrackets([{ upTo: null, ratePercent: '0.5' }]);
    const plan = signal({ side: 'SHORT', layout: layout({ side: 'SHORT' }), brackets });
    // (100 + 4) ÷ 1.005, rounded to the side on which it comes first
    expect(lineOf('liquidation', follower(null, {}, { leverage: 25 }), plan)?.change).toEqual({
      words: 'lower the leverage from 25, or have the stop below 103.482587064676',
      data: { stop_loss: '103.48258706' },
    });
  });

  const small = (plan: SignalPlan, shared: Partial<SharedFacts>, name = 'min_qty') =>
    lineOf(name, follower(null, {}, { perTradeUsdt: name === 'min_qty' ? '0.5' : '1.5' }), plan, AT, shared)?.change;

  it('a plan whose own bound is too low is told of that one', () => {
    const bounded = signal({ layout: layout({ plan: { safety: { max_investment_usdt: '0.6' } } }) });
    expect(small(bounded, {})).toEqual({
      words: 'raise per_trade_usdt to 2 and raise safety.max_investment_usdt to 2 (at leverage 10)',
      data: { per_trade_usdt: '2', 'safety.max_investment_usdt': '2' },
    });
    const who = follower(null, {}, { perTradeUsdt: '2' });
    expect(lineOf('min_qty', who, bounded)?.change).toEqual({
      words: 'raise safety.max_investment_usdt to 2 (at leverage 10)',
      data: { 'safety.max_investment_usdt': '2' },
    });
    expect(small(signal(), { max_investment: '2' })?.data).toEqual({ per_trade_usdt: '2' });
  });

  it('stored before the smallest exposure was: what the venue asks for at the planned price', () => {
    const before = { min_exposure: undefined };
    expect(small(signal(), { ...before, min_qty: '0.25', lot_step: '0.1' })?.data).toEqual({ per_trade_usdt: '3' });
    expect(small(signal(), { ...before, min_qty: '0.1', lot_step: '0.5' })?.data).toEqual({ per_trade_usdt: '5' });
    expect(small(signal(), { ...before, min_notional: '21' }, 'min_notional')?.data).toEqual({ per_trade_usdt: '3' });
  });

  it('a share of the capital that is all of it is no bound', () => {
    expect(lineOf('capital', follower())?.verdict).toBe('NOT_SET');
    expect(lineOf('capital', follower(null, {}, { capitalUsdt: '0.00' }))?.verdict).toBe('NOT_SET');
  });
});
