/**
 * What a source is believed to hold of a symbol, after it has said something.
 * Keeps: pure; what an alert names counts; what it leaves out follows from its word and from what was believed before, and
 * is unknown where it does not follow.
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { Alert, PositionSide } from './alert.js';
import { sideOfZero } from './meaning.js';

export interface SaidPosition {
  readonly side: PositionSide;
  /** Without a sign; null where it is not known. */
  readonly size: DecimalText | null;
}

const FLAT: SaidPosition = { side: 'flat', size: null };

export function saidAfter(alert: Alert, before: SaidPosition | null): SaidPosition | null {
  const named = alert.position ?? sideOfZero(alert.sizeAfter);
  if (named === 'flat') return FLAT;
  if (named !== null) return { side: named, size: sizeOf(alert.sizeAfter) ?? grown(alert, before, named) };
  switch (alert.said) {
    case 'buy':
    case 'sell':
      return ofOrder(alert, before, alert.said === 'buy' ? 'long' : 'short');
    case 'close':
    case 'tp_hit':
    case 'sl_hit':
      return alert.qtyPct === null || alert.qtyPct === '100' ? FLAT : before;
    case 'close_long':
    case 'close_short': {
      const side = alert.said === 'close_long' ? 'long' : 'short';
      return before === null || before.side === side ? FLAT : before;
    }
    case 'reverse':
      return before === null || before.side === 'flat' ? before : { side: opposite(before.side), size: null };
    case 'reduce':
      return before === null ? null : { side: before.side, size: less(before.size, alert.reduceQty ?? alert.qty) };
    default:
      return before;
  }
}

const opposite = (side: 'long' | 'short'): PositionSide => (side === 'long' ? 'short' : 'long');

/** An order of a source that names no position adds on its side, and turns over the other one. */
function ofOrder(alert: Alert, before: SaidPosition | null, side: 'long' | 'short'): SaidPosition | null {
  if (alert.reduceQty !== null || alert.isReduceOnly) {
    const sold = alert.reduceQty ?? (alert.qtyPct === null ? alert.qty : null);
    const left = before === null ? null : less(before.size, sold);
    return before === null || (alert.isReduceOnly && sold === null && alert.qtyPct === null)
      ? FLAT
      : { ...before, size: left };
  }
  const size = sizeOf(alert.sizeAfter) ?? (before?.side === side ? more(before.size, alert.qty) : sizeOf(alert.qty));
  return { side, size };
}

/** The size of a position that the alert names without it: before it there was none, or it is as it was. */
function grown(alert: Alert, before: SaidPosition | null, side: PositionSide): DecimalText | null {
  if (alert.prevPosition === 'flat') return sizeOf(alert.qty);
  return before?.side === side && alert.qty === null ? before.size : null;
}

function sizeOf(size: DecimalText | null): DecimalText | null {
  return size === null ? null : Decimal.of(size).abs().toString();
}

function more(size: DecimalText | null, by: DecimalText | null): DecimalText | null {
  return size === null || by === null ? null : Decimal.of(size).plus(Decimal.of(by)).toString();
}

function less(size: DecimalText | null, by: DecimalText | null): DecimalText | null {
  if (size === null || by === null) return null;
  const left = Decimal.of(size).minus(Decimal.of(by));
  return left.isPositive ? left.toString() : null;
}
