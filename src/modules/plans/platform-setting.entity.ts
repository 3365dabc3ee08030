/** Settings of the platform that administrators change while it runs, by key: `plan` is the lowest layer of every plan. */
import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { JsonColumn, RefColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('platform_settings')
export class PlatformSetting {
  @PrimaryColumn('text')
  key: string;

  @JsonColumn()
  value: Record<string, unknown>;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  updatedById: number | null;

  @TimeColumn()
  updatedAt: Date;
}
