/**
 * One bot of the house as it runs here: what staff have set, and its heartbeat.
 * Keeps: what is not set has the bot's own default; the heartbeat is written by the process that runs the bots.
 */
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import {
  FlagColumn,
  IntegerColumn,
  JsonColumn,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

@Entity('house_bots')
@Check('ck_house_bots_every_seconds', 'every_seconds BETWEEN 1 AND 3600')
@Check('ck_house_bots_counts', 'failures >= 0 AND failed_runs BETWEEN 0 AND runs')
export class HouseBotRow {
  @PrimaryColumn('text')
  code: string;

  @FlagColumn(true)
  isEnabled: boolean;

  /** Of its schema, those that are not at their defaults. */
  @JsonColumn({ default: {} })
  settings: Record<string, unknown>;

  /** Null: the whole watchlist. */
  @Column('text', { array: true, nullable: true })
  symbols: string[] | null;

  @IntegerColumn({ nullable: true })
  everySeconds: number | null;

  @TimeColumn()
  changedAt: Date;

  @TimeColumn({ nullable: true })
  lastRunAt: Date | null;

  @TimeColumn({ nullable: true })
  lastOkAt: Date | null;

  @IntegerColumn({ nullable: true })
  runMs: number | null;

  @RefColumn({ default: 0 })
  runs: number;

  @RefColumn({ default: 0 })
  failedRuns: number;

  /** Since it last ran well. */
  @IntegerColumn({ default: 0 })
  failures: number;

  @TextColumn({ nullable: true })
  lastError: string | null;

  /** It rests until then. */
  @TimeColumn({ nullable: true })
  openUntil: Date | null;

  /** When the newest candle closed that it has looked at. */
  @TimeColumn({ nullable: true })
  lastCandleAt: Date | null;
}
