/**
 * Holds the reading of a message against what a person said that it means.
 * Keeps: a row is right when every field that its label names is; prices are compared as sets; an opened trade where none
 * may be opened is counted for itself.
 */
import type { Change, EnterIntent } from '../../domain/intent/intent.js';
import type { TextReading } from '../../domain/signal-text/read-signal-text.js';

interface Action {
  readonly type: string;
  readonly target?: number;
  readonly to?: string;
  readonly price?: number;
  readonly fraction?: number | null;
  readonly targets?: readonly number[];
  readonly stop?: number;
}

export interface Label {
  readonly kind: 'signal' | 'update' | 'noise';
  readonly symbol: string | null;
  readonly side: string | null;
  readonly entries: readonly number[];
  readonly targets: readonly number[];
  readonly stop: number | null;
  readonly leverage: number | null;
  readonly update?: { readonly actions: readonly Action[] };
  readonly alt?: Partial<Label>;
  readonly [extra: string]: unknown;
}

export interface LabelledText {
  readonly id: string;
  readonly text: string;
  readonly expected: Label;
  readonly strict?: boolean;
  readonly must_not_open?: boolean;
}

/** Field by field, whether it is right. */
export type Marks = Readonly<Record<string, boolean>>;

export interface Marked {
  readonly marks: Marks;
  readonly isRight: boolean;
  readonly isWronglyOpened: boolean;
}

export function mark(row: LabelledText, reading: TextReading): Marked {
  const { expected } = row;
  const isBarred = row.must_not_open === true || expected.kind !== 'signal';
  const isWronglyOpened = isBarred && reading.kind === 'signal';
  if (expected.kind === 'signal' && row.must_not_open === true) {
    const marks = { kind: reading.kind !== 'signal' };
    return { marks, isRight: marks.kind, isWronglyOpened };
  }
  const marks = marksOf(expected, reading);
  const other = expected.alt === undefined ? null : marksOf({ ...expected, ...expected.alt }, reading);
  const best = other !== null && isAll(other) ? other : marks;
  return { marks: best, isRight: isAll(best), isWronglyOpened };
}

const isAll = (marks: Marks): boolean => Object.values(marks).every(Boolean);

function marksOf(expected: Label, reading: TextReading): Marks {
  if (expected.kind !== reading.kind) return { kind: false };
  if (reading.kind === 'signal') return { kind: true, ...signalMarks(expected, reading.intent) };
  if (reading.kind !== 'update') return { kind: true };
  const { about, changes } = reading.intent;
  const actions = changes.map(named);
  const wanted = wantedActions(expected.update?.actions ?? []);
  return {
    kind: true,
    symbol: (about.symbol ?? null) === expected.symbol,
    actions: isSame([...new Set(actions)], wanted),
  };
}

const numbers = (texts: readonly string[]): number[] => texts.map(Number);

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return new Set(a).size === new Set(b).size && b.every((item) => a.includes(item));
}

function signalMarks(expected: Label, intent: EnterIntent): Marks {
  const { plan, meta } = intent;
  const entries = plan['entry.prices'] ?? (intent.entry === null ? [] : [intent.entry]);
  const percents = meta.stop_percents ?? (plan['stop.unit'] === 'PERCENT' ? [plan['stop.value']] : undefined);
  const extras: Record<string, () => boolean> = {
    stop_pct: () => isSame(numbers((percents ?? []) as string[]), [expected.stop_pct].flat() as number[]),
    leverage_min: () => meta.leverage_min === expected.leverage_min,
    margin_mode: () => plan['margin.mode']?.toLowerCase() === expected.margin_mode,
    target_weights: () => String(numbers(plan['targets.shares'] ?? [])) === String(expected.target_weights),
    entry_weights: () => isSame(numbers(plan['entry.shares'] ?? []), proportions(expected.entry_weights as number[])),
    trailing_stop: () => (plan['stop.rules']?.length ?? 0) > 0,
    amount_pct: () => Number(meta.amount_percent) === expected.amount_pct,
    market_type: () => (intent.tradeType === 'SPOT') === (expected.market_type === 'spot'),
    signal_id: () => intent.ref === String(expected.signal_id).toLowerCase(),
  };
  return {
    symbol: intent.symbol === expected.symbol,
    side: intent.side.toLowerCase() === expected.side,
    entries: isSame(numbers(entries), expected.entries),
    targets: isSame(numbers(intent.targets), expected.targets),
    stop: (intent.stopLoss === null ? null : Number(intent.stopLoss)) === expected.stop,
    leverage: intent.leverage === expected.leverage,
    ...Object.fromEntries(
      Object.entries(extras)
        .filter(([name]) => expected[name] !== undefined)
        .map(([name, isRight]) => [name, isRight()]),
    ),
  };
}

function named(change: Change): string {
  switch (change.kind) {
    case 'TARGET_HIT':
      return `tp_hit ${change.target}`;
    case 'ALL_TARGETS_HIT':
      return 'all_tp_hit';
    case 'STOP_HIT':
      return 'sl_hit';
    case 'ENTRY_HIT':
      return 'entry_filled';
    case 'MOVE_STOP':
      return change.to.at === 'PRICE' ? `stop ${Number(change.to.price)}` : `stop ${stopName(change.to)}`;
    case 'CLOSE':
      return change.isTold === true ? 'closed' : 'close';
    case 'REDUCE':
      return `close_partial ${Number(change.percent)}`;
    case 'CANCEL':
      return 'cancel';
    case 'CANCEL_ENTRIES':
      return 'cancel_entry';
    case 'SET_TARGETS':
      return change.targets.length === 0 ? 'cancel_targets' : `targets ${numbers(change.targets).join(' ')}`;
    case 'SET_ENTRY':
      return `entry ${Number(change.entry)}`;
    case 'TELL':
      return change.what === 'REMOVE_STOP' ? 'cancel_stop' : change.what === 'REENTER' ? 'reenter' : 'info';
  }
}

const stopName = (to: { readonly at: string; readonly target?: number }): string =>
  to.at === 'ENTRY' ? 'entry' : `tp${to.target}`;

/** A label names every target that was hit; the highest says it. */
function wantedActions(actions: readonly Action[]): string[] {
  const highest = Math.max(0, ...actions.map(({ type, target }) => (type === 'tp_hit' ? (target ?? 0) : 0)));
  const hits = highest > 0 ? [`tp_hit ${highest}`] : [];
  return [...hits, ...actions.filter(({ type }) => type !== 'tp_hit' || highest === 0).flatMap(wanted)];
}

function wanted(action: Action): string[] {
  const { type, to, price, fraction, targets, stop } = action;
  switch (type) {
    case 'move_stop':
      return [to === 'price' ? `stop ${price}` : `stop ${to}`];
    case 'close_partial':
      return [`close_partial ${typeof fraction !== 'number' ? '?' : Math.round(fraction * 10_000) / 100}`];
    case 'all_entries_filled':
      return ['entry_filled'];
    case 'close':
    case 'close_all':
      return ['close'];
    case 'modify':
    case 'details':
      return [
        ...(targets === undefined ? [] : [`targets ${targets.join(' ')}`]),
        ...(stop === undefined ? [] : [`stop ${stop}`]),
      ];
    case 'other':
      return ['info'];
    default:
      return [type];
  }
}

/** Labels give shares as they were written, of whatever whole. */
function proportions(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => Math.round((weight * 10_000) / sum) / 100);
}
