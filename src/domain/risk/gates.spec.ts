import type { Follower } from '../sizing/plan-entry.js';
import {
  ago,
  AT,
  caseOf,
  decided,
  follower,
  NOON,
  reasonOf,
  receiptFor,
  signal,
} from '../../../test/factories/risk-cases.js';
import { entryPlanner } from './decide-entry.js';
import { sharedFactsOf } from './facts.js';
import { GATES, receiptOf } from './gates.js';
import { NO_LIMITS, type RiskLimits } from './limits.js';
import { REFUSALS } from './refusals.js';
import { type RiskState, STATE_FIELDS } from './risk-state.js';

const HOURS = [{ days: ['WED'] as const, from: '12:00', to: '18:00' }];

/** Limits and state just refused, and just admitted. */
const EDGES: [string, Partial<RiskLimits>, Partial<RiskState>, Partial<RiskState>, Partial<Follower>?][] = [
  ['OUTSIDE_TRADING_HOURS', { trading_hours: HOURS }, { week_minute: NOON - 1 }, { week_minute: NOON }],
  ['OUTSIDE_TRADING_HOURS', { trading_hours: HOURS }, { week_minute: NOON + 360 }, { week_minute: NOON + 359 }],
  ['SYMBOL_COOLDOWN', { cooldown_minutes: 30 }, { symbol_closed_at: ago(29) }, { symbol_closed_at: ago(30) }],
  [
    'SYMBOL_COOLDOWN',
    { cooldown_after_loss_minutes: 30 },
    { symbol_closed_at: ago(1), symbol_lost_at: ago(29) },
    { symbol_closed_at: ago(1), symbol_lost_at: ago(30) },
  ],
  [
    'LOSING_STREAK',
    { losing_streak_losses: 3, losing_streak_minutes: 60 },
    { losing_streak: 3, last_loss_at: ago(59) },
    { losing_streak: 3, last_loss_at: ago(60) },
  ],
  [
    'LOSING_STREAK',
    { losing_streak_losses: 3 },
    { losing_streak: 4, last_loss_at: ago(59) },
    { losing_streak: 2, last_loss_at: ago(0) },
  ],
  ['MAX_DAILY_TRADES', { max_daily_trades: 5 }, { day_trades: 5 }, { day_trades: 4 }],
  ['DAILY_LOSS_LIMIT', { max_daily_loss_usdt: '50' }, { day_realised_usdt: '-50' }, { day_realised_usdt: '-49.99' }],
  [
    'DAILY_LOSS_LIMIT',
    { max_daily_loss_usdt: '50' },
    { day_realised_usdt: '-20', open_pnl_usdt: '-30' },
    { day_realised_usdt: '-60', open_pnl_usdt: '11' },
  ],
  [
    'DAILY_LOSS_LIMIT',
    { max_daily_loss_percent: '5' },
    { day_realised_usdt: '-10', day_start_balance_usdt: '200' },
    { day_realised_usdt: '-10', day_start_balance_usdt: '201' },
  ],
  ['MAX_DRAWDOWN', { max_drawdown_percent: '20' }, { drawdown_usdt: '250' }, { drawdown_usdt: '249' }],
  [
    'MAX_DRAWDOWN',
    { max_drawdown_percent: '20' },
    { drawdown_usdt: '100', open_pnl_usdt: '-120' },
    { drawdown_usdt: '250', open_pnl_usdt: '1' },
  ],
  ['MAX_PER_SYMBOL', { max_per_symbol: 2 }, { symbol_positions: 2 }, { symbol_positions: 1 }],
  ['MAX_PER_DIRECTION', { max_per_direction: 2 }, { direction_positions: 2 }, { direction_positions: 1 }],
  ['MAX_PER_SOURCE', { max_per_source: 2 }, { source_positions: 2 }, { source_positions: 1 }],
  ['MAX_GROUP_EXPOSURE', { max_group_exposure_usdt: '150' }, { group_net_usdt: '50.01' }, { group_net_usdt: '50' }],
  ['MAX_GROUP_EXPOSURE', { max_group_exposure_usdt: '0' }, { group_net_usdt: '-99.99' }, { group_net_usdt: '-100' }],
  [
    'MAX_WORST_CASE_LOSS',
    { max_worst_case_loss_usdt: '10' },
    { open_risk_usdt: '4.9026' },
    { open_risk_usdt: '4.9025' },
  ],
];

describe('limits', () => {
  it.each(EDGES)('%s: %j', (reason, limits, refused, admitted) => {
    expect(reasonOf(follower(limits, refused))).toBe(reason);
    expect(reasonOf(follower(limits, admitted))).toBe('OPENED');
    expect(reasonOf(follower({}, refused))).toBe('OPENED');
  });

  it('total margin, with what is used already', () => {
    const limits = { max_total_margin_usdt: '100' };
    expect(reasonOf(follower(limits, {}, { marginUsed: '90.01' }))).toBe('MAX_TOTAL_MARGIN');
    expect(reasonOf(follower(limits, {}, { marginUsed: '90' }))).toBe('OPENED');
  });

  it('confidence', () => {
    expect(reasonOf(follower({ min_confidence: 81 }))).toBe('CONFIDENCE_TOO_LOW');
    expect(reasonOf(follower({ min_confidence: 80 }))).toBe('OPENED');
  });

  it('a percentage of nothing cannot be raised, only taken away', () => {
    const who = follower(
      { max_drawdown_percent: '10', max_daily_loss_percent: '10' },
      { open_pnl_usdt: '-1', day_start_balance_usdt: '0' },
      { balance: '0' },
    );
    const changes = receiptFor(who).gates.flatMap(({ name, change }) => (change === null ? [] : [[name, change.data]]));
    expect(changes).toContainEqual(['drawdown', { max_drawdown_percent: null }]);
    expect(changes).toContainEqual(['daily_loss', { max_daily_loss_percent: null }]);
  });

  it('a day that only won is no loss, and neither is a peak that stands', () => {
    const limits = { max_daily_loss_usdt: '0', max_daily_loss_percent: '0', max_drawdown_percent: '0' };
    expect(reasonOf(follower(limits, { day_realised_usdt: '3', open_pnl_usdt: '1' }))).toBe('OPENED');
  });
});

describe('switches', () => {
  const thrown = { code: 'TRADING_PAUSED', detail: { scope: 'user' } } as const;

  it('refuse with their own code, the platform’s first', () => {
    expect(decided(follower(null, {}, { switches: [thrown] }))).toMatchObject({
      reason: 'TRADING_PAUSED',
      detail: { scope: 'user' },
    });
    const kill = { code: 'KILL_SWITCH', detail: { scope: 'platform' } } as const;
    const everybody = signal({ switches: [kill] });
    expect(reasonOf(follower(null, {}, { switches: [thrown] }), everybody)).toBe('KILL_SWITCH');
    expect(receiptFor(follower(null, {}, { switches: [thrown] })).reason).toBe('TRADING_PAUSED');
  });

  it('leave what the follower holds on the other side alone', () => {
    const planner = entryPlanner(signal(), AT);
    expect(planner.refusalAsFollower(follower(null, {}, { switches: [thrown] }))?.reason).toBe('TRADING_PAUSED');
    expect(planner.refusalAsFollower(follower({ min_confidence: 81 }))?.reason).toBe('CONFIDENCE_TOO_LOW');
    expect(planner.refusalAsFollower(follower({ max_per_symbol: 1 }, { symbol_positions: 1 }))).toBeUndefined();
  });
});

describe('a receipt', () => {
  it('holds every gate in order, and the first refusal is the reason', () => {
    const who = follower(
      { max_per_symbol: 1, max_daily_trades: 3 },
      { symbol_positions: 4, day_trades: 3, day_ends_at: '2026-01-08T00:00:00.000Z' },
      { balance: '5', isVerified: false },
    );
    const receipt = receiptFor(who);
    expect(receipt.gates.map(({ name }) => name)).toEqual(GATES.map(({ name }) => name));
    const refused = receipt.gates.filter(({ verdict }) => verdict === 'REFUSED');
    expect(refused.map(({ code }) => code)).toEqual([
      'NOT_VERIFIED',
      'MAX_DAILY_TRADES',
      'MAX_PER_SYMBOL',
      'INSUFFICIENT_BALANCE',
    ]);
    expect(receipt).toMatchObject({ rules_version: 5, verdict: 'REFUSED', reason: 'NOT_VERIFIED' });
    expect(refused[2]).toEqual({
      name: 'per_symbol',
      code: 'MAX_PER_SYMBOL',
      input: { symbol_positions: 4 },
      limit: { max_per_symbol: 1 },
      verdict: 'REFUSED',
      change: { words: 'raise max_per_symbol to 5', data: { max_per_symbol: 5 } },
    });
    expect(refused[3]?.change).toEqual({
      words: 'have 5.05 USDT more on the account',
      data: { balance: '10.05' },
    });
    expect(receipt.gates.find(({ name }) => name === 'per_source')?.verdict).toBe('NOT_SET');
  });

  it('is not made up for rules that this program does not know', () => {
    expect(receiptOf(99, sharedFactsOf(signal()), [], AT)).toBeUndefined();
  });

  it('stores a follower without limits in few bytes', () => {
    const { facts } = entryPlanner(signal(), AT).decide(follower());
    expect(facts).toBe('[7,"VIP",0,"10",10,50,"0","1000","0",0,[10,"1","100","10","0.05","5.0975"]]');
  });

  it('names only codes that are refusals, each by one gate', () => {
    const c = caseOf(follower());
    const codes = GATES.map((gate) => gate.code(c));
    expect(codes.filter((code) => !REFUSALS.includes(code))).toEqual([]);
    expect(new Set(codes).size).toBe(GATES.length);
    expect([...STATE_FIELDS].length).toBe(17);
  });
});

it('limits that nobody set are null', () => {
  expect(Object.values(NO_LIMITS).every((value) => value === null)).toBe(true);
});
