/**
 * The stored daily report: one for the platform and one for each follower who closed a trade that day.
 * Keeps: unique per (day, user); the platform's row has no user.
 */
import { Entity, ForeignKey, Index } from 'typeorm';
import { Column } from 'typeorm';
import { IdColumn, JsonColumn, RefColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('daily_reports')
@Index('uq_daily_reports_user', ['userId', 'day'], { unique: true, where: 'user_id IS NOT NULL' })
@Index('uq_daily_reports_platform', ['day'], { unique: true, where: 'user_id IS NULL' })
export class DailyReport {
  @IdColumn()
  id: number;

  /** The day the report is named after: the one on which its 24 hours end. */
  @Column('date')
  day: string;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn({ nullable: true })
  userId: number | null;

  @JsonColumn()
  report: Record<string, unknown>;

  @TimeColumn()
  createdAt: Date;
}
