/**
 * What an alert comes to by itself: its word, read with the position that it says is held after it and before.
 * Keeps: pure; the position after the order counts before the word, because it says what the source holds then.
 */
import { Decimal, type DecimalText } from '../money/decimal.js';
import type { Alert, AlertIntent, AlertWord, PositionSide } from './alert.js';

type Said = Pick<Alert, 'said' | 'position' | 'prevPosition' | 'sizeAfter' | 'sizeBefore' | 'reduceQty' | 'qty'>;

export function intentOf(alert: Said): AlertIntent {
  const { said, position, prevPosition } = alert;
  if (said === 'price' || said === 'switch') return 'inform';
  if (said === 'cancel' || said === 'modify') return said;
  if (said === 'tp_hit' || said === 'sl_hit') return 'close';
  if (alert.reduceQty !== null || said === 'reduce') return 'reduce';
  const after = position ?? sideOfZero(alert.sizeAfter);
  if (after === 'flat') return prevPosition === null || prevPosition === 'flat' ? 'close' : `close_${prevPosition}`;
  if (after !== null) return ofSide(after, alert);
  return ofWord(said);
}

function ofSide(after: 'long' | 'short', alert: Said): AlertIntent {
  const { prevPosition, said } = alert;
  if (prevPosition === 'flat') return `open_${after}`;
  if (prevPosition !== null && prevPosition !== after) return `reverse_to_${after}`;
  const growth = growthOf(alert);
  if (growth === 'smaller') return `reduce_${after}`;
  if (prevPosition === after) return isToward(said, after) || growth === 'larger' ? `add_${after}` : `reduce_${after}`;
  return said !== null && said !== 'add' && !isToward(said, after) && said !== 'reverse'
    ? `reduce_${after}`
    : `open_${after}`;
}

function ofWord(said: AlertWord | null): AlertIntent {
  switch (said) {
    case 'buy':
    case 'add':
      return said === 'buy' ? 'open_long' : 'add_long';
    case 'sell':
      return 'open_short';
    case 'close_long':
    case 'close_short':
      return said;
    case 'close':
      return 'close';
    default:
      return 'inform';
  }
}

export function isToward(said: AlertWord | null, side: 'long' | 'short'): boolean {
  return said === (side === 'long' ? 'buy' : 'sell') || said === 'add';
}

export function sideOfZero(size: DecimalText | null): PositionSide | null {
  return size !== null && Decimal.of(size).isZero ? 'flat' : null;
}

/** How the position changed in size, where both sizes are known and belong to one side. */
export function growthOf(
  alert: Pick<Alert, 'sizeAfter' | 'sizeBefore' | 'qty' | 'position' | 'prevPosition'>,
  before: DecimalText | null = alert.sizeBefore,
): 'larger' | 'smaller' | 'equal' | null {
  if (alert.sizeAfter === null || before === null) return null;
  if (alert.prevPosition !== null && alert.prevPosition !== alert.position) return null;
  const [after, earlier] = [Decimal.of(alert.sizeAfter).abs(), Decimal.of(before).abs()];
  // An order as large as both together turned the position over.
  if (alert.qty !== null && !earlier.isZero && Decimal.of(alert.qty).eq(after.plus(earlier))) return null;
  return after.eq(earlier) ? 'equal' : after.gt(earlier) ? 'larger' : 'smaller';
}
