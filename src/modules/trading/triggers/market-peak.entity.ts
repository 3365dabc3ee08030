/**
 * The best prices that positions of a symbol trail from, by side, as the watching process last saw them.
 * Keeps: after a restart a trail goes on from the best price it had seen, up to about a second before.
 */
import { Entity, PrimaryColumn } from 'typeorm';
import { JsonColumn, TimeColumn } from '../../../platform/database/columns.js';
import type { Peaks } from './armory.js';

@Entity('market_peaks')
export class MarketPeak {
  @PrimaryColumn('text')
  symbol: string;

  @JsonColumn()
  peaks: Peaks;

  @TimeColumn()
  updatedAt: Date;
}
