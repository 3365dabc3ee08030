/**
 * How the listening goes, in one row, for processes that do not listen themselves.
 * Keeps: written by the one process that listens, at every change and every half minute; one that stands still grows old.
 */
import { Check, Entity, PrimaryColumn } from 'typeorm';
import { IntegerColumn, oneOf, TextColumn, TimeColumn } from '../../platform/database/columns.js';
import { LISTENER_STATES, type ListenerState } from '../../ports/message-listener.js';

@Entity('telegram_listener')
@Check('ck_telegram_listener_one', 'id = 1')
@Check('ck_telegram_listener_state', oneOf('state', LISTENER_STATES))
export class TelegramListenerRow {
  @PrimaryColumn('integer')
  id: number;

  @TextColumn()
  state: ListenerState;

  @TextColumn({ default: '' })
  reason: string;

  @IntegerColumn({ default: 0 })
  failures: number;

  /** Since when it is in this state. */
  @TimeColumn()
  since: Date;

  @TimeColumn()
  beatAt: Date;
}
