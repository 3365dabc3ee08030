/**
 * Which daily report an ended trade is counted in.
 * Keeps: one report per trade (primary key), so nothing is counted twice and what came too late for its own day's report
 * is counted in the next. Rows are needed only as long as a trade may still be late; retention deletes older ones.
 */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { RefColumn } from '../../platform/database/columns.js';

@Entity('reported_trades')
@Index(['day', 'userId'])
export class ReportedTrade {
  /** No foreign key: positions leave for the archive only, long after their report, and a day's trades are claimed in one statement. */
  @PrimaryColumn('bigint')
  positionId: number;

  @RefColumn()
  userId: number;

  @Column('date')
  day: string;
}
