/**
 * The words of an edit: what is asked of one position, and what came of it, part by part.
 * Keeps: pure values; a part that is not possible is named with its reason and leaves the position as it is.
 */
import type { Decimal } from '../money/decimal.js';
import type { OrderLeg } from '../order/order.js';
import type { PlanSpec } from '../plan/parse-plan.js';
import type { PlanValues } from '../plan/plan-fields.js';
import type { Reason } from '../plan/resolve-plan.js';
import type { FeeRates, PositionChange, PositionState } from './position.js';

export const EDIT_REFUSALS = [
  'POSITION_ENDED',
  'DETACHED',
  'OWN_PLAN',
  'NO_PLAN',
  'STOP_ONLY_TOWARD_PROFIT',
  'STOP_BEYOND_PRICE',
  'STOP_BEYOND_LIQUIDATION',
  'STOP_ON_WRONG_SIDE',
  'TARGET_ALREADY_HIT',
  'TARGET_BEHIND_PRICE',
  'TARGET_COUNT_IS_FIXED',
  'TARGETS_ON_WRONG_SIDE',
  'TARGETS_TRAIL',
  'NO_TARGET_LEFT',
  'ENTRY_REACHED',
  'ENTRY_ALREADY_FILLED',
  'ENTRY_BEYOND_PRICE',
  'ENTRY_BEYOND_STOP',
  'ENTRY_IS_LAID_OUT',
  'ENTRY_TOO_FAR',
  'ENTRY_TOO_SMALL',
  'ENTRY_NOT_FOUND',
  'TOO_MANY_ENTRIES',
  'ACCOUNT_INACTIVE',
  'KILL_SWITCH',
  'TRADING_PAUSED',
  'DAILY_LOSS_LIMIT',
  'MAX_DRAWDOWN',
  'CAPITAL_EXHAUSTED',
  'MAX_TOTAL_MARGIN',
  'MAX_GROUP_EXPOSURE',
  'MAX_WORST_CASE_LOSS',
  'INSUFFICIENT_BALANCE',
  'LEVERAGE_BEYOND_BRACKET',
  'LEVERAGE_IS_FIXED',
  'MARGIN_MODE_IS_FIXED',
  'SAFETY_IS_FIXED',
] as const;
export type EditRefusal = (typeof EDIT_REFUSALS)[number];

export interface RefusedPart {
  /** `entry`, `targets`, `stop_loss`, `position`, or a field of the plan such as `stop.rules`. */
  readonly field: string;
  readonly reason: EditRefusal;
}

export interface AppliedPart {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

export const EDIT_RESULTS = ['APPLIED', 'PARTLY', 'REFUSED', 'UNCHANGED', 'DETACHED'] as const;
export type EditResult = (typeof EDIT_RESULTS)[number];

export interface PositionEdit {
  readonly by: 'signal' | 'owner';
  /** How the log names it. */
  readonly name: string;
  /** By what it is found in the log: the edit's version, or the request of its owner. */
  readonly meta: Readonly<Record<string, string | number>>;
  /** The price of the one entry order that still waits. */
  readonly entry?: Decimal;
  readonly stopLoss?: Decimal;
  /** The stop goes to what each position cost on average, in place of `stopLoss`. */
  readonly stopToEntry?: boolean;
  /** All targets, those that were hit included. */
  readonly targets?: readonly Decimal[];
  /** Fields of the plan with their new values. */
  readonly plan?: PlanSpec;
  /** Names of orders that wait and are taken back. */
  readonly cancelEntries?: readonly OrderLeg[];
  /** Limit orders to be added; by an owner only. */
  readonly addEntries?: readonly { readonly price: Decimal; readonly qty: Decimal }[];
  /** The stop may also move away from profit: for an owner who says so. */
  readonly allowsLooser?: boolean;
}

/** Why an edit must not make `after` of `before`: a gate of entries that holds for it as well. */
export type GrowthLimit = (before: PositionState, after: PositionState) => EditRefusal | undefined;

/** The price at which the account is liquidated if the position held this; undefined where there is none. */
export type AccountLimit = (held: Pick<PositionState, 'cost' | 'remainingQty'>) => Decimal | undefined;

/** How a position's plan came to be. */
export interface ManagedBy {
  readonly values: PlanValues;
  readonly reasons: Readonly<Record<string, Reason>>;
}

export interface EditSituation {
  /** The current market price; undefined while there is none. */
  readonly price: Decimal | undefined;
  readonly fees: FeeRates;
  readonly at: Date;
  /** The owner's limits on what the edit adds; absent where they cannot be touched. */
  readonly growth?: GrowthLimit | undefined;
  /** Of a cross position: at which price its account is liquidated; absent where it never is. */
  readonly accountLimit?: AccountLimit | undefined;
  /** Null for positions from before plans, whose rules are fixed. */
  readonly managed: ManagedBy | null;
}

export interface EditOutcome {
  readonly result: EditResult;
  /** Undefined when there is nothing to write. */
  readonly change: PositionChange | undefined;
  readonly applied: readonly AppliedPart[];
  readonly refused: readonly RefusedPart[];
  /** The plan's values after the edit, where any has changed. */
  readonly values: PlanValues | undefined;
}

/** An edit on its way through its parts. */
export interface Draft {
  readonly change: PositionChange;
  readonly values: PlanValues | null;
  readonly applied: readonly AppliedPart[];
  readonly refused: readonly RefusedPart[];
}

export function refuse(draft: Draft, field: string, reason: EditRefusal): Draft {
  return { ...draft, refused: [...draft.refused, { field, reason }] };
}

export function apply(draft: Draft, part: AppliedPart, step: Partial<Pick<Draft, 'change' | 'values'>>): Draft {
  return { ...draft, ...step, applied: [...draft.applied, part] };
}

export const textOf = (value: unknown): string =>
  value === null || value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
