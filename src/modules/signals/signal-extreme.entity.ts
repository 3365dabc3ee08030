/**
 * The highest and lowest price that the watching process saw while a signal was entered.
 * Keeps: only widens. A few seconds around the entry and the end may be missing: those prices stand in the signal's events.
 */
import { Check, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { MoneyColumn } from '../../platform/database/columns.js';

@Entity('signal_extremes')
@Check('ck_signal_extremes_order', 'low > 0 AND high >= low')
export class SignalExtreme {
  @ForeignKey('signals')
  @PrimaryColumn('bigint')
  signalId: number;

  @MoneyColumn()
  high: string;

  @MoneyColumn()
  low: string;
}
