/**
 * What the signal routes take and answer, in the contract's words.
 */
import { ApiProperty } from '@nestjs/swagger';
import { toJsonNumber } from '../../domain/money/money.js';
import { MAX_SIGNAL_LEVERAGE, MAX_TARGETS, type SignalDraft } from '../../domain/signal/check-signal.js';
import { parsePlan, type PlanSpec } from '../../domain/plan/parse-plan.js';
import { signalPrices } from '../../domain/plan/signal-prices.js';
import { SIGNAL_STATUSES } from '../../domain/signal/signal.js';
import type { Side } from '../../domain/instrument/side.js';
import {
  ChoiceField,
  DecimalField,
  DecimalListField,
  IntegerField,
  ObjectField,
  TextField,
  TimeField,
} from '../../platform/http/fields.js';
import { invalidInput } from '../../platform/http/validation.js';
import { PageQuery } from '../../platform/http/paging.js';
import type { SignalRow } from './signals.repository.js';

const SIDE_ALIASES = { BUY: 'LONG', SELL: 'SHORT' } as const;

export class CreateSignalBody {
  @TextField({ max: 32, description: 'Pair, with or without a separator', example: 'BTCUSDT' })
  symbol: string;

  @ChoiceField(['LONG', 'SHORT'], {
    alias: SIDE_ALIASES,
    example: 'LONG',
    description: 'BUY and SELL are taken as well',
  })
  side: Side;

  @DecimalField({ above: '0', example: 70000 })
  entry: string;

  @DecimalListField({
    required: false,
    above: '0',
    minItems: 1,
    maxItems: MAX_TARGETS,
    example: [70500, 71000, 72000],
    description: 'Needed unless plan.targets.values says them',
  })
  tp?: string[];

  @DecimalField({ required: false, above: '0', example: 69500, description: 'Needed unless plan.stop.value says it' })
  sl?: string;

  @IntegerField({ required: false, min: 1, max: MAX_SIGNAL_LEVERAGE, example: 10 })
  leverage?: number;

  @IntegerField({ required: false, min: 0, max: 100, example: 90 })
  confidence?: number;

  @ChoiceField(['FUTURES', 'SPOT'], { required: false })
  trade_type?: 'FUTURES' | 'SPOT';

  @ChoiceField(['SHORT', 'LONG'], { required: false, description: 'Expected holding time' })
  duration?: 'SHORT' | 'LONG';

  @ObjectField({
    required: false,
    description: 'How it is traded, where it differs from its source and its followers: see GET /api/trade-plan/fields',
  })
  plan?: Record<string, unknown>;

  @ObjectField({ required: false, description: 'Free notes, kept with the signal' })
  meta?: Record<string, unknown>;

  @TextField({ required: false, max: 128, description: 'As the Idempotency-Key header' })
  idempotency_key?: string;
}

/** Throws 400 naming what is missing or wrong in the plan. */
export function toDraft(body: CreateSignalBody): SignalDraft {
  const { spec, problems } = parsePlan(body.plan ?? {});
  if (problems.length > 0) throw invalidInput([...problems]);
  const prices = signalPrices({ side: body.side, entry: body.entry, stop: body.sl, targets: body.tp }, spec);
  if ('problems' in prices) throw invalidInput([...prices.problems]);
  const named = [body.leverage, spec['margin.leverage'] ?? undefined].filter((value) => value !== undefined);
  const leverage: PlanSpec = named.length === 0 ? {} : { 'margin.leverage': Math.min(...named) };
  return {
    symbol: body.symbol,
    side: body.side,
    entry: prices.entry,
    stopLoss: prices.stop,
    targets: prices.targets,
    tradeType: body.trade_type ?? 'FUTURES',
    duration: body.duration ?? 'SHORT',
    leverage: leverage['margin.leverage'] ?? 1,
    confidence: body.confidence ?? 0,
    plan: { ...spec, ...leverage },
    meta: body.meta ?? {},
  };
}

export class TargetReachedBody {
  @IntegerField({ min: 1, example: 1 })
  signal_id: number;

  @IntegerField({ min: 1, max: MAX_TARGETS, example: 1, description: 'Counted from 1' })
  target_index: number;
}

export class StopLossBody {
  @IntegerField({ min: 1, example: 1 })
  signal_id: number;
}

export class CancelSignalBody extends StopLossBody {
  @TextField({ required: false, nullable: 'absent', max: 200, example: 'News ahead' })
  reason?: string;
}

export class ReduceSignalBody extends StopLossBody {
  @DecimalField({ above: '0', max: '100', example: 50, description: 'Percent of what each position holds then' })
  percent: string;

  @TextField({ required: false, max: 128, description: 'As the Idempotency-Key header' })
  idempotency_key?: string;
}

export class ListSignalsQuery extends PageQuery {
  @TextField({
    required: false,
    max: 80,
    upper: true,
    description: `One or more of ${SIGNAL_STATUSES.join(', ')}, by comma`,
  })
  status?: string;

  @TextField({ required: false, max: 32, upper: true, example: 'BTCUSDT' })
  symbol?: string;

  @ChoiceField(['LONG', 'SHORT'], { required: false, alias: SIDE_ALIASES })
  side?: Side;

  @TextField({ required: false, max: 64, example: 'manual' })
  source?: string;

  @TimeField({ required: false, description: 'Created at or after' })
  from?: string;

  @TimeField({ required: false, description: 'Created before' })
  to?: string;
}

export class ListDecisionsQuery {
  @IntegerField({ required: false, fromText: true, min: 1, max: 200 })
  limit?: number;

  @IntegerField({ required: false, fromText: true, min: 0, description: 'The `next_after_user` of the page before' })
  after_user?: number;
}

export class SignalView {
  @ApiProperty({ example: 1 }) id: number;
  @ApiProperty({ example: 'BTCUSDT' }) symbol: string;
  @ApiProperty({ enum: ['LONG', 'SHORT'] }) side: string;
  @ApiProperty({ example: 70000 }) entry: number;
  @ApiProperty({ type: [Number], example: [70500, 71000, 72000] }) tp: number[];
  @ApiProperty({ example: 69500 }) sl: number;
  @ApiProperty({ example: 10 }) leverage: number;
  @ApiProperty({ example: 90 }) confidence: number;
  @ApiProperty({ enum: ['FUTURES', 'SPOT'] }) trade_type: string;
  @ApiProperty({ enum: ['SHORT', 'LONG'] }) duration: string;
  @ApiProperty({ enum: SIGNAL_STATUSES }) status: string;
  @ApiProperty({ type: [Number], description: 'Numbers of the targets hit', example: [1] }) targets_hit: number[];
  @ApiProperty({ example: 'manual' }) source: string;
  @ApiProperty({ type: 'object', additionalProperties: true, example: {}, description: 'What it says of plans' })
  plan: Record<string, unknown>;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { chart: '4h' } }) meta: Record<string, unknown>;
  @ApiProperty({ format: 'date-time' }) created_at: string;
  @ApiProperty({ format: 'date-time', nullable: true, type: String }) closed_at: string | null;
  @ApiProperty({ nullable: true, type: String }) close_reason: string | null;
  @ApiProperty({ description: 'For the older app: UTC, without a zone', example: '2026-01-01 12:00:00' })
  timestamp: string;
  @ApiProperty({ description: 'For the older app: the signal as text', example: 'BTCUSDT LONG\nENTRY: 70000' })
  text: string;
}

export function signalView(row: SignalRow): SignalView {
  const createdAt = row.created_at.toISOString();
  return {
    id: row.id,
    symbol: row.symbol,
    side: row.side,
    entry: toJsonNumber(row.entry),
    tp: row.target_prices.map(toJsonNumber),
    sl: toJsonNumber(row.stop_loss),
    leverage: row.leverage,
    confidence: row.confidence,
    trade_type: row.trade_type,
    duration: row.duration,
    status: row.status,
    targets_hit: row.target_hit_at.flatMap((hit, index) => (hit === null ? [] : [index + 1])),
    source: row.source,
    plan: row.plan,
    meta: row.meta,
    created_at: createdAt,
    closed_at: row.closed_at?.toISOString() ?? null,
    close_reason: row.close_reason,
    timestamp: createdAt.slice(0, 19).replace('T', ' '),
    text: signalText(row),
  };
}

function signalText(row: SignalRow): string {
  let targets = '';
  row.target_prices.forEach((price, index) => (targets += `TARGET ${index + 1}: ${price}\n`));
  return `${row.symbol} ${row.side}\nENTRY: ${row.entry}\n${targets}STOP LOSS: ${row.stop_loss}\nLEV: ${row.leverage}x`;
}
