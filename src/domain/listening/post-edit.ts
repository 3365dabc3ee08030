/**
 * What an edited post asks for: the difference between what it said before and says now.
 * Keeps: pure; an edit never turns a trade into another one, and nothing that was asked for before is asked for again.
 */
import type { Change, EnterIntent } from '../intent/intent.js';
import { Decimal, type DecimalText } from '../money/decimal.js';

export interface PostEdit {
  readonly changes: readonly Change[];
  /** What the edit says besides that cannot be carried out: names of fields. */
  readonly left: readonly string[];
}

/** Of a post that opens a trade; undefined where it is another trade now. */
export function tradeEdit(before: EnterIntent, after: EnterIntent): PostEdit | undefined {
  if (before.symbol !== after.symbol || before.side !== after.side) return undefined;
  const changes: Change[] = [];
  const left: string[] = [];
  if (!isSamePrice(before.entry, after.entry)) {
    if (after.entry === null) left.push('entry');
    else changes.push({ kind: 'SET_ENTRY', entry: after.entry });
  }
  if (!isSamePrice(before.stopLoss, after.stopLoss)) {
    if (after.stopLoss === null) left.push('stop_loss');
    else changes.push({ kind: 'MOVE_STOP', to: { at: 'PRICE', price: after.stopLoss } });
  }
  if (!isSameLadder(before.targets, after.targets)) {
    if (after.targets.length === 0) left.push('targets');
    else changes.push({ kind: 'SET_TARGETS', targets: after.targets });
  }
  if (before.leverage !== after.leverage) left.push('leverage');
  if (textOf(before.plan) !== textOf(after.plan)) left.push('plan');
  return { changes, left };
}

/** Of a post that changes trades: what it says now and has not said before. */
export function furtherChanges(before: readonly Change[], after: readonly Change[]): Change[] {
  const done = before.map(textOf);
  return after.filter((change) => {
    const at = done.indexOf(textOf(change));
    if (at >= 0) done.splice(at, 1);
    return at < 0;
  });
}

function isSamePrice(a: DecimalText | null, b: DecimalText | null): boolean {
  return a === null || b === null ? a === b : Decimal.of(a).eq(Decimal.of(b));
}

function isSameLadder(a: readonly DecimalText[], b: readonly DecimalText[]): boolean {
  return a.length === b.length && a.every((price, index) => isSamePrice(price, b[index] ?? null));
}

/** The same for the same content, in whatever order its fields stand. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
