/**
 * How far the stored events of a source were told.
 * Keeps: `mark_id` was the newest row when `mark_xmax` was the next transaction; once every transaction before that has
 * ended, no row up to the mark can appear any more, and it may be told without a gap.
 */
import { Entity, PrimaryColumn } from 'typeorm';
import { RefColumn, TextColumn } from '../../platform/database/columns.js';

@Entity('notification_cursors')
export class NotificationCursor {
  @PrimaryColumn('text')
  source: string;

  @RefColumn({ default: 0 })
  lastId: number;

  @RefColumn({ default: 0 })
  markId: number;

  /** A transaction's number, 64 bits as text. */
  @TextColumn({ default: '0' })
  markXmax: string;
}
