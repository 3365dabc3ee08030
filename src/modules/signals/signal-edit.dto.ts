/** What the routes of edits take and answer. */
import { MAX_SIGNAL_LEVERAGE, MAX_TARGETS } from '../../domain/signal/check-signal.js';
import type { SignalEditRequest } from '../../domain/signal/edit-signal.js';
import { parsePlan } from '../../domain/plan/parse-plan.js';
import { EDIT_REFUSALS } from '../../domain/position/edit.js';
import {
  ChoiceField,
  DecimalField,
  DecimalListField,
  IntegerField,
  ObjectField,
  TextField,
} from '../../platform/http/fields.js';
import { invalidInput } from '../../platform/http/validation.js';
import { free, oneOf, orNull } from '../../platform/openapi/shape.js';
import type { SignalEditRow } from './signal-edits.repository.js';

export const MAX_VERSION = 2_147_483_647;

export class EditSignalBody {
  @DecimalField({ required: false, above: '0', example: 69900, description: 'While the signal waits for it' })
  entry?: string;

  @DecimalListField({
    required: false,
    above: '0',
    minItems: 1,
    maxItems: MAX_TARGETS,
    example: [70500, 71200],
    description: 'All of them, those that were hit included; more or fewer than before',
  })
  tp?: string[];

  @DecimalField({
    required: false,
    above: '0',
    example: 69800,
    description: 'Toward profit only, once the entry is reached',
  })
  sl?: string;

  @IntegerField({ required: false, min: 1, max: MAX_SIGNAL_LEVERAGE, example: 5, description: 'For trades to come' })
  leverage?: number;

  @IntegerField({ required: false, min: 0, max: 100, example: 80, description: 'For followers to come' })
  confidence?: number;

  @ChoiceField(['SHORT', 'LONG'], { required: false, description: 'Expected holding time' })
  duration?: 'SHORT' | 'LONG';

  @ObjectField({
    required: false,
    description: 'Fields of its plan to change, see GET /api/trade-plan/fields; what is not named, or null, stays',
    example: { stop: { rules: [{ action: 'BREAKEVEN', at_target: 1 }] } },
  })
  plan?: Record<string, unknown>;

  @ObjectField({ required: false, description: 'Free notes, in place of those before' })
  meta?: Record<string, unknown>;

  @IntegerField({
    required: false,
    min: 0,
    max: MAX_VERSION,
    example: 0,
    description: 'The version that you have seen: 409 where the signal was edited since',
  })
  version?: number;

  @TextField({ required: false, max: 128, description: 'As the Idempotency-Key header' })
  idempotency_key?: string;
}

export const EDIT_FIELDS: readonly (keyof EditSignalBody)[] = [
  'entry',
  'tp',
  'sl',
  'leverage',
  'confidence',
  'duration',
  'plan',
  'meta',
  'version',
  'idempotency_key',
];

/** Throws 400 naming what is wrong in the plan, or where nothing is named. */
export function toEdit(body: EditSignalBody): SignalEditRequest {
  const { spec, problems } = parsePlan(body.plan ?? {});
  if (problems.length > 0) throw invalidInput([...problems]);
  const named = {
    entry: body.entry,
    stopLoss: body.sl,
    targets: body.tp,
    leverage: body.leverage,
    confidence: body.confidence,
    duration: body.duration,
    meta: body.meta,
    plan: Object.keys(spec).length === 0 ? undefined : spec,
  };
  const request = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  if (Object.keys(request).length > 0) return request;
  throw invalidInput([{ field: 'body', rule: 'must name what to change' }]);
}

export class ListEditsQuery {
  @IntegerField({ required: false, fromText: true, min: 1, max: 200 })
  limit?: number;

  @IntegerField({
    required: false,
    fromText: true,
    min: 1,
    description: 'The `next_before_version` of the page before',
  })
  before_version?: number;
}

const TIME = '2026-01-31T12:00:00.000Z';

export const EDIT = {
  version: 2,
  by: { kind: oneOf('user', 'service'), user_id: orNull(1) },
  changes: free({ stop_loss: { from: '69500', to: '69800' } }),
  refused: [{ field: 'targets', reason: oneOf(...EDIT_REFUSALS) }],
  positions: orNull({
    applied: 118,
    partly: 3,
    refused: 1,
    unchanged: 0,
    detached: 2,
    reasons: free({ 'targets:TARGET_ALREADY_HIT': 3, 'position:DETACHED': 2 }),
  }),
  created_at: TIME,
  finished_at: orNull(TIME),
};

/** Who edited, and what it came to for others, is told to staff. */
export function editView(row: SignalEditRow, isStaff: boolean) {
  const { applied, partly, refused, unchanged, detached, reasons } = row;
  return {
    version: row.version,
    by: { kind: row.actor_kind, user_id: isStaff ? row.actor_id : null },
    changes: row.changes,
    refused: row.refused_fields,
    positions: isStaff ? { applied, partly, refused, unchanged, detached, reasons } : null,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}
