/**
 * Counters of the shared rate limiter, in the layout that rate-limiter-flexible reads and writes.
 */
import { Entity, PrimaryColumn } from 'typeorm';
import { IntegerColumn, RefColumn } from '../database/columns.js';

@Entity('rate_limits')
export class RateLimit {
  @PrimaryColumn('varchar', { length: 255 })
  key: string;

  @IntegerColumn({ default: 0 })
  points: number;

  @RefColumn({ nullable: true })
  expire: number | null;
}
