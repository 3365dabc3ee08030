/** What the route that edits a position takes and answers. */
import { MAX_TARGETS } from '../../domain/signal/check-signal.js';
import { parsePlanChange } from '../../domain/plan/parse-plan.js';
import { MAX_RUNGS } from '../../domain/plan/plan-fields.js';
import { EDIT_REFUSALS } from '../../domain/position/edit.js';
import { CheckedField } from '../../platform/http/checked-field.js';
import { DecimalField, DecimalListField, FlagField, ObjectField, TextListField } from '../../platform/http/fields.js';
import { invalidInput } from '../../platform/http/validation.js';
import { oneOf } from '../../platform/openapi/shape.js';
import type { PositionEditOrder } from './position-work.js';

const MAX_LEGS = 2 * MAX_RUNGS;
const DECIMAL = /^\d{1,15}(\.\d{1,12})?$/;
const isAmount = (value: unknown): boolean =>
  (typeof value === 'number' || typeof value === 'string') && DECIMAL.test(String(value)) && Number(value) > 0;

/** What is wrong with entries that a person gives; undefined when nothing is. */
export function addedEntriesProblem(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_RUNGS) {
    return `must be a list of 1 to ${MAX_RUNGS} entries`;
  }
  for (const entry of value as unknown[]) {
    if (typeof entry !== 'object' || entry === null) return 'must hold entries of price and qty';
    const { price, qty, ...rest } = entry as Partial<Record<string, unknown>>;
    if (Object.keys(rest).length > 0) return 'must hold entries of price and qty, and nothing else';
    if (!isAmount(price) || !isAmount(qty)) return 'must give price and qty as decimal numbers above 0';
  }
  return undefined;
}

export class EditPositionBody {
  @DecimalField({
    required: false,
    above: '0',
    example: 69800,
    description: 'Toward profit only, unless allow_looser is true; never beyond the market',
  })
  stop_loss?: string;

  @DecimalListField({
    required: false,
    above: '0',
    minItems: 1,
    maxItems: MAX_TARGETS,
    example: [70500, 71200],
    description: 'All of them, those that were hit included; more or fewer than before',
  })
  targets?: string[];

  @DecimalField({ required: false, above: '0', example: 69900, description: 'Of the one entry that waits' })
  entry?: string;

  @TextListField({
    required: false,
    maxItems: MAX_LEGS,
    pattern: /^(ENTRY([2-9]|10)?|SAFETY([1-9]|10))$/,
    rule: 'must name orders such as ENTRY2 or SAFETY1',
    upper: true,
  })
  cancel_entries?: string[];

  @CheckedField(addedEntriesProblem, {
    type: 'array',
    items: {
      type: 'object',
      properties: { price: { type: 'number' }, qty: { type: 'number', description: 'In the base asset' } },
      required: ['price', 'qty'],
    },
    description: 'Limit orders that are added; they are reserved on the account at once',
    example: [{ price: 69500, qty: 0.0005 }],
  })
  add_entries?: { price: number | string; qty: number | string }[] | null;

  @ObjectField({
    required: false,
    description:
      'Rules of the trade to change: fields of GET /api/trade-plan/fields; what is not named stays; null clears a field whose default is null, such as exit.after',
    example: { stop: { rules: [{ action: 'BREAKEVEN', at_target: 1 }] } },
  })
  plan?: Record<string, unknown>;

  @FlagField({ required: false, description: 'true: the stop may also move away from profit' })
  allow_looser?: boolean;
}

export const EDIT_FIELDS: readonly (keyof EditPositionBody)[] = [
  'stop_loss',
  'targets',
  'entry',
  'cancel_entries',
  'add_entries',
  'plan',
  'allow_looser',
];

/** Throws 400 naming what is wrong in the plan, or where nothing is named. */
export function toOrder(body: EditPositionBody): PositionEditOrder {
  const { spec, problems } = parsePlanChange(body.plan ?? {});
  if (problems.length > 0) throw invalidInput([...problems]);
  const named = {
    stop_loss: body.stop_loss,
    targets: body.targets,
    entry: body.entry,
    cancel_entries: body.cancel_entries?.length === 0 ? undefined : body.cancel_entries,
    add_entries: body.add_entries?.map(({ price, qty }) => ({ price: String(price), qty: String(qty) })),
    plan: Object.keys(spec).length === 0 ? undefined : spec,
  };
  const order = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  if (Object.keys(order).length === 0) throw invalidInput([{ field: 'body', rule: 'must name what to change' }]);
  return body.allow_looser === true ? { ...order, allow_looser: true } : order;
}

export const EDITED = {
  message: 'Position edited',
  result: oneOf('APPLIED', 'PARTLY', 'UNCHANGED', 'ACCEPTED'),
  applied: [{ field: 'stop_loss', from: '69500', to: '69800' }],
  refused: [{ field: 'targets', reason: oneOf(...EDIT_REFUSALS) }],
};
