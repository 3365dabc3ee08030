/**
 * Closed candles of one minute, by source and symbol, in partitions by month; what a correction replaced; the watchlist.
 */
import { Check, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import {
  IdColumn,
  IntegerColumn,
  MoneyColumn,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../../platform/database/columns.js';

/** Of a symbol that nobody has put on the list the setting decides. */
@Entity('watched_symbols')
@Check('ck_watched_symbols_place', 'place >= 0')
export class WatchedSymbol {
  @PrimaryColumn('text')
  symbol: string;

  /** Its place in the list. */
  @IntegerColumn()
  place: number;
}

/** The candles of one symbol from one source. */
@Entity('candle_series')
@Index('ux_candle_series', ['source', 'symbol'], { unique: true })
@Check(
  'ck_candle_series_ends',
  '(first_candle_at IS NULL) = (last_candle_at IS NULL) AND first_candle_at <= last_candle_at',
)
@Check('ck_candle_series_failures', 'failures >= 0')
export class CandleSeries {
  @IdColumn()
  id: number;

  @TextColumn()
  source: string;

  @TextColumn()
  symbol: string;

  /** When the oldest and the newest candle that was ever stored open. */
  @TimeColumn({ nullable: true })
  firstCandleAt: Date | null;

  @TimeColumn({ nullable: true })
  lastCandleAt: Date | null;

  /** Since it was last answered. */
  @IntegerColumn({ default: 0 })
  failures: number;

  @TextColumn({ nullable: true })
  lastError: string | null;

  @TimeColumn({ nullable: true })
  askedAt: Date | null;
}

@Entity('candles')
@Check('ck_candles_shape', 'low > 0 AND low <= least(open, close) AND high >= greatest(open, close) AND volume >= 0')
export class CandleRow {
  @PrimaryColumn('bigint')
  seriesId: number;

  @ManyToOne(() => CandleSeries)
  @JoinColumn({ name: 'series_id' })
  series?: CandleSeries;

  @PrimaryColumn('timestamptz', { precision: 3 })
  openTime: Date;

  @MoneyColumn()
  open: string;

  @MoneyColumn()
  high: string;

  @MoneyColumn()
  low: string;

  @MoneyColumn()
  close: string;

  @MoneyColumn()
  volume: string;

  @TimeColumn()
  storedAt: Date;
}

/** What a candle was before its source said otherwise; written by a trigger, so that no candle changes silently. */
@Entity('candle_corrections')
@Index('ix_candle_corrections_series', ['seriesId', 'openTime'])
@Index('ix_candle_corrections_corrected_at', ['correctedAt'])
export class CandleCorrection {
  @IdColumn()
  id: number;

  @RefColumn()
  seriesId: number;

  @TimeColumn()
  openTime: Date;

  @MoneyColumn()
  open: string;

  @MoneyColumn()
  high: string;

  @MoneyColumn()
  low: string;

  @MoneyColumn()
  close: string;

  @MoneyColumn()
  volume: string;

  @TimeColumn()
  storedAt: Date;

  @TimeColumn()
  correctedAt: Date;
}
