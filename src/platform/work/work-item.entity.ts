/**
 * One piece of durable work, written in the transaction that causes it.
 * Keeps: unique per (queue, key); whoever holds the highest `fence` owns it; `available_at` is when it may next be
 * claimed, which for a leased item is when its lease ends. Open items of one serial key run in order of their ids.
 */
import { Check, Entity, Index } from 'typeorm';
import { IdColumn, IntegerColumn, JsonColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../database/columns.js';

export const WORK_STATES = ['open', 'done', 'dead'] as const;
export type WorkState = (typeof WORK_STATES)[number];

@Entity('work_items')
@Check('ck_work_items_state', oneOf('state', WORK_STATES))
@Index(['queue', 'key'], { unique: true })
@Index('ix_work_items_open', ['queue', 'priority', 'id'], { where: "state = 'open'" })
@Index('ix_work_items_serial', ['queue', 'serialKey', 'id'], { where: "state = 'open' AND serial_key IS NOT NULL" })
@Index('ix_work_items_unfinished', ['queue'], { where: "state <> 'done'" })
@Index('ix_work_items_finished', ['finishedAt'], { where: 'finished_at IS NOT NULL' })
export class WorkItem {
  @IdColumn()
  id: number;

  @TextColumn()
  queue: string;

  @TextColumn()
  key: string;

  @TextColumn({ nullable: true })
  serialKey: string | null;

  /** Lower runs first. */
  @IntegerColumn({ default: 100 })
  priority: number;

  @JsonColumn({ default: {} })
  payload: Record<string, unknown>;

  @TextColumn({ default: 'open' })
  state: WorkState;

  @TimeColumn()
  availableAt: Date;

  @RefColumn({ default: '0' })
  fence: number;

  @TextColumn({ nullable: true })
  leasedBy: string | null;

  @IntegerColumn({ default: 0 })
  attempts: number;

  @TextColumn({ nullable: true })
  lastError: string | null;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  finishedAt: Date | null;
}
