/** What the routes of the house's bots answer, as examples that give their schemas. */
import { Decimal } from '../../domain/money/decimal.js';
import { asPercent, toJsonNumber } from '../../domain/money/money.js';
import { houseBotOf, HOUSE_BOTS } from '../../domain/signal/house.js';
import { readSettings, type SettingForm } from '../../domain/strategy/settings.js';
import { decimal, free, oneOf, orNull } from '../../platform/openapi/shape.js';
import { isResting } from './bot-circuit.js';
import { VERDICTS } from './house-candidate.entity.js';
import type { CandidateRow } from './house-candidates.repository.js';
import { SCHEDULE } from './house-engine.service.js';
import type { StrategiesService } from './strategies.service.js';

const TIME = '2026-01-31T12:00:00.000Z';

export const BOT_STATES = ['off', 'disabled', 'waiting', 'running', 'failing', 'resting'] as const;

export const STRATEGY = {
  code: 'scalping',
  bot: oneOf(...HOUSE_BOTS),
  summary: 'three of: RSI overdone, stochastic cross, near an average, surge of volume',
  state: oneOf(...BOT_STATES),
  is_hosted: true,
  is_enabled: true,
  interval_seconds: 300,
  every_seconds: 15,
  symbols: orNull(['BTCUSDT']),
  settings: free({ min_confidence: 70, ladder: 'percent' }),
  schema: [
    {
      name: 'min_confidence',
      form: oneOf('number', 'integer', 'choice', 'flag'),
      rule: '0 to 100',
      fallback: '70',
      says: 'Less confident candidates are not signals',
    },
  ],
  heartbeat: {
    last_run_at: orNull(TIME),
    last_ok_at: orNull(TIME),
    last_candle_at: orNull(TIME),
    run_ms: orNull(12),
    runs: 1_400,
    failed_runs: 3,
    failures: 0,
    last_error: orNull('RSI of nothing'),
    resting_until: orNull(TIME),
  },
  statistics: {
    candidates: 40,
    published: 9,
    waiting: 0,
    rejected: [{ reason: 'COOLDOWN', count: 20 }],
    approval_rate_pct: decimal(22.5),
    signals: 9,
    live: 1,
    closed: 8,
    wins: 5,
    losses: 3,
    win_rate_pct: decimal(62.5),
    pnl_pct: decimal(3.2),
  },
};

export const CANDIDATE = {
  id: 7,
  ref: 'SCALPER:BTCUSDT:1769860800000',
  symbol: 'BTCUSDT',
  side: oneOf('LONG', 'SHORT'),
  confidence: 82,
  entry: orNull('70000'),
  stop_loss: orNull('69650'),
  targets: ['70224', '70392'],
  seen_at: TIME,
  verdict: oneOf(...VERDICTS),
  reason: orNull('COOLDOWN'),
  message: orNull('A signal of this symbol was posted shortly before'),
  judged_at: orNull(TIME),
  signal_id: orNull(12),
};

type Found = Awaited<ReturnType<StrategiesService['all']>>[number];

export function strategyView({ strategy, row, counts, figures }: Found, isHosted: boolean, now: Date) {
  const bot = houseBotOf(strategy.code) ?? 'SCALPER';
  const published = sum(counts.filter(({ verdict }) => verdict === 'PUBLISHED'));
  const rejected = counts.filter(({ verdict }) => verdict === 'REJECTED');
  const [wins, closed] = [figures?.wins ?? 0, figures?.closed ?? 0];
  const rate = (part: number, whole: number) =>
    toJsonNumber(asPercent(Decimal.ofInteger(part), Decimal.ofInteger(whole), 2));
  return {
    code: strategy.code,
    bot,
    summary: strategy.summary,
    state: stateOf(row, isHosted, now),
    is_hosted: isHosted,
    is_enabled: row?.is_enabled ?? true,
    interval_seconds: strategy.intervalMs / 1_000,
    every_seconds: row?.every_seconds ?? SCHEDULE[bot],
    symbols: row?.symbols ?? null,
    settings: readSettings(strategy.settings, row?.settings ?? {}).values,
    schema: Object.entries(strategy.settings).map(([name, { says, ...form }]) => ({
      ...{ name, form: form.form, rule: ruleOf(form) },
      ...{ fallback: String(form.fallback), says },
    })),
    heartbeat: heartbeatView(row),
    statistics: {
      candidates: sum(counts),
      published,
      waiting: sum(counts) - published - sum(rejected),
      rejected: rejected.map(({ reason, count }) => ({ reason: reason ?? '', count })),
      approval_rate_pct: rate(published, sum(counts)),
      ...{ signals: figures?.signals ?? 0, live: figures?.live ?? 0, closed, wins, losses: figures?.losses ?? 0 },
      win_rate_pct: rate(wins, closed),
      pnl_pct: toJsonNumber(figures?.pnl_pct ?? '0'),
    },
  };
}

function heartbeatView(row: Found['row']) {
  return {
    last_run_at: row?.last_run_at?.toISOString() ?? null,
    last_ok_at: row?.last_ok_at?.toISOString() ?? null,
    last_candle_at: row?.last_candle_at?.toISOString() ?? null,
    run_ms: row?.run_ms ?? null,
    runs: row?.runs ?? 0,
    failed_runs: row?.failed_runs ?? 0,
    failures: row?.failures ?? 0,
    last_error: row?.last_error ?? null,
    resting_until: row?.open_until?.toISOString() ?? null,
  };
}

function stateOf(row: Found['row'], isHosted: boolean, now: Date): (typeof BOT_STATES)[number] {
  if (!isHosted) return 'off';
  if (row?.is_enabled === false) return 'disabled';
  if (row === undefined || row.last_run_at === null) return 'waiting';
  if (isResting(row.open_until, now.getTime())) return 'resting';
  return row.failures > 0 ? 'failing' : 'running';
}

function ruleOf(form: SettingForm): string {
  switch (form.form) {
    case 'flag':
      return 'true or false';
    case 'choice':
      return form.options.join(', ');
    default:
      return `${form.min} to ${form.max}`;
  }
}

function sum(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}

export function candidateView(row: CandidateRow) {
  const { id, ref, symbol, side, confidence, intent, verdict, reason, message, signal_id } = row;
  return {
    ...{ id, ref, symbol, side, confidence },
    ...{ entry: intent.entry, stop_loss: intent.stopLoss, targets: intent.targets },
    seen_at: row.seen_at.toISOString(),
    ...{ verdict, reason, message, signal_id },
    judged_at: row.judged_at?.toISOString() ?? null,
  };
}
