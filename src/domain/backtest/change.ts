/**
 * What a source says of a trade that runs or waits, carried out on one simulated position.
 * Keeps: by the rules of live trading (`onCommand`, `onEdit`); what tells of something that the engine sees by itself (a
 * target, a stop, an entry was hit) does nothing here: the candles say whether it was so.
 */
import type { Change, ChangeIntent, StopPlace } from '../intent/intent.js';
import { Decimal } from '../money/decimal.js';
import { floorToStep, percentOf, roundToStep } from '../money/money.js';
import type { ManagedBy, PositionEdit } from '../position/edit.js';
import { onCommand } from '../position/on-command.js';
import { onEdit } from '../position/on-edit.js';
import type { FeeRates, PositionChange, PositionState } from '../position/position.js';
import { isTerminalPosition } from '../position/position-status.js';
import type { Held } from './held-book.js';

interface Moment {
  readonly market: Decimal;
  readonly fees: FeeRates;
  readonly at: Date;
  /** Names the order of a close, so that none is drawn twice. */
  readonly leg: string;
}

/** The changes of this position, in order; empty where the intent is not about it or does nothing. */
export function changesOf(held: Held, intent: ChangeIntent, moment: Omit<Moment, 'leg'>): PositionChange[] {
  if (!isAbout(held, intent)) return [];
  const made: PositionChange[] = [];
  let { position } = held;
  for (const change of intent.changes) {
    if (isTerminalPosition(position.status)) break;
    const leg = `CLOSE${held.log.fills.length + made.length + 1}`;
    const done = carriedOut(position, held.managed, change, { ...moment, leg });
    if (done === undefined) continue;
    made.push(done);
    position = done.after;
  }
  return made;
}

/** By the name that the source gave the trade; without one by symbol and side. */
export function isAbout({ position, log }: Held, { about }: ChangeIntent): boolean {
  if (about.side !== undefined && about.side !== position.side) return false;
  if (about.symbol !== undefined && about.symbol !== position.symbol) return false;
  if (about.ref !== undefined) return about.ref === log.ref;
  return about.symbol !== undefined;
}

function carriedOut(
  position: PositionState,
  managed: ManagedBy,
  change: Change,
  { market, fees, at, leg }: Moment,
): PositionChange | undefined {
  const edited = (edit: Pick<PositionEdit, 'entry' | 'stopLoss' | 'targets'>) =>
    onEdit(
      position,
      { by: 'signal', name: 'Told by the source', meta: {}, ...edit },
      { price: market, fees, at, managed },
    ).change;
  const tick = Decimal.of(position.plan.instrument.tickSize);
  const onTick = (text: string) => roundToStep(Decimal.of(text), tick);
  switch (change.kind) {
    case 'CLOSE':
      return onCommand(position, { kind: 'close', qty: null, leg }, market, fees, at);
    case 'REDUCE': {
      const lot = Decimal.of(position.plan.instrument.lotStep);
      const qty = floorToStep(percentOf(position.remainingQty, Decimal.of(change.percent)), lot);
      if (!qty.isPositive) return undefined;
      return onCommand(position, { kind: 'close', qty, leg }, market, fees, at);
    }
    case 'CANCEL_ENTRIES':
    case 'CANCEL':
      return onCommand(position, { kind: 'expire' }, market, fees, at);
    case 'MOVE_STOP': {
      const stopLoss = placeOf(position, change.to);
      return stopLoss === undefined ? undefined : edited({ stopLoss: roundToStep(stopLoss, tick) });
    }
    case 'SET_TARGETS':
      return edited({ targets: change.targets.map(onTick) });
    case 'SET_ENTRY':
      return edited({ entry: onTick(change.entry) });
    case 'TARGET_HIT':
    case 'ALL_TARGETS_HIT':
    case 'STOP_HIT':
    case 'ENTRY_HIT':
    case 'TELL':
      return undefined;
  }
}

function placeOf({ entryPrice, targetPrices }: PositionState, to: StopPlace): Decimal | undefined {
  if (to.at === 'ENTRY') return entryPrice;
  return to.at === 'PRICE' ? Decimal.of(to.price) : targetPrices[to.target - 1];
}
