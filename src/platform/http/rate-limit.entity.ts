/**
 * Counters of the shared rate limiter, in the layout that rate-limiter-flexible reads and writes.
 */
import { Entity, Index, PrimaryColumn } from 'typeorm';
import { IntegerColumn, RefColumn } from '../database/columns.js';

@Entity('rate_limits')
@Index(['expire'])
export class RateLimit {
  @PrimaryColumn('varchar', { length: 255 })
  key: string;

  @IntegerColumn({ default: 0 })
  points: number;

  /** Milliseconds since 1970. */
  @RefColumn({ nullable: true })
  expire: number | null;
}
