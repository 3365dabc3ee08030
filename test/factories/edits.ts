/** Edits for the domain's specs: by the signal or by the owner, at a price, of a position with plan values. */
import { Decimal } from '../../src/domain/money/decimal.js';
import { PLAN_FIELDS, type PlanValues } from '../../src/domain/plan/plan-fields.js';
import type { EditOutcome, EditSituation, ManagedBy, PositionEdit } from '../../src/domain/position/edit.js';
import { onEdit } from '../../src/domain/position/on-edit.js';
import { onPrice } from '../../src/domain/position/on-price.js';
import type { PositionState } from '../../src/domain/position/position.js';
import { dec, fees, LATER, noFees } from './positions.js';

const DEFAULTS = Object.fromEntries(
  Object.entries(PLAN_FIELDS).map(([field, { fallback }]) => [field, fallback]),
) as unknown as PlanValues;

export const managed = (values: Partial<PlanValues> = {}): ManagedBy => ({
  values: { ...DEFAULTS, ...values },
  reasons: {},
});

export type Asked = Omit<PositionEdit, 'by' | 'name' | 'meta'>;

/** `price` null: there is none. `values` null: a position from before plans. */
const by =
  (who: PositionEdit['by']) =>
  (
    position: PositionState,
    edit: Asked,
    price: string | null = '100',
    values: Partial<PlanValues> | null = {},
    more: Partial<EditSituation> = {},
  ) =>
    onEdit(
      position,
      { by: who, name: 'Edit', meta: { edit: 1 }, ...edit },
      {
        price: price === null ? undefined : dec(price),
        fees,
        at: LATER,
        managed: values === null ? null : managed(values),
        ...more,
      },
    );

export const bySignal = by('signal');
export const byOwner = by('owner');

/** What `from` becomes at these prices, one after the other. */
export function run(from: PositionState, ...prices: string[]): PositionState {
  return prices.reduce((state, price) => onPrice(state, dec(price), noFees, LATER)?.after ?? state, from);
}

export const after = (outcome: EditOutcome): PositionState => {
  if (outcome.change === undefined) throw new Error(`nothing came of it: ${JSON.stringify(outcome.refused)}`);
  return outcome.change.after;
};

export const reasons = ({ refused }: EditOutcome) => refused.map(({ reason }) => reason);
export const texts = (values: readonly Decimal[]): string[] => values.map(String);
export const list = (...prices: string[]) => prices.map(dec);
