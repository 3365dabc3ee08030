/**
 * Everything of a user as one document, made on request and kept for a day.
 * Keeps: one per user; a new request takes the place of an older one. `content` is gzipped JSON.
 */
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { IntegerColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('data_exports')
@Index(['expiresAt'])
export class DataExport {
  @ForeignKey('users', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  userId: number;

  @TimeColumn()
  requestedAt: Date;

  @TimeColumn({ nullable: true })
  readyAt: Date | null;

  @TimeColumn()
  expiresAt: Date;

  /** Of the document, before it was packed. */
  @IntegerColumn({ default: 0 })
  bytes: number;

  @Column('bytea', { nullable: true })
  content: Buffer | null;
}
