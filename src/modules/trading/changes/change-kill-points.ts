/** Kill points of what is written of positions, by what the log says of it: for crash tests, at no cost otherwise. */
import type { TradeLogType } from '../../../domain/order/order.js';
import type { PositionChange } from '../../../domain/position/position.js';
import { isKillPointArmed, type KillPoint, killPoint } from '../../../platform/process/kill-point.js';

const POINT_OF_LOG: Readonly<Partial<Record<TradeLogType, KillPoint>>> = {
  OPEN: 'change:fill',
  ENTRY_FILLED: 'change:growth',
  ENTRY_CANCELLED: 'change:withdrawal',
  TP_HIT: 'change:target',
  STOP_MOVED: 'change:stop-move',
  TRAILING: 'change:trail',
  SL_HIT: 'change:stop',
  LIQUIDATION: 'change:liquidation',
  CLOSE: 'change:close',
  CANCELLED: 'change:cancel',
  REVERSAL: 'change:reversal',
};

/** One pass per kind of change in the page. */
export function strikeAtChanges(changes: readonly PositionChange[]): void {
  if (!isKillPointArmed()) return;
  const points = new Set(changes.flatMap(({ log }) => log.map(({ type }) => POINT_OF_LOG[type])));
  for (const point of points) if (point !== undefined) killPoint(point);
}
