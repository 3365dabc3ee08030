/**
 * One published version of the remote configuration: what differs from the settings of the process.
 * Keeps: its content never changes (a trigger); of the versions that were ever in force the one with the highest
 * `activation` is.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import {
  IdColumn,
  IntegerColumn,
  JsonColumn,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';
import type { ConfigData } from './config-data.js';

@Entity('app_config_versions')
@Check('ck_app_config_versions_activation', '(activation IS NULL) = (activated_at IS NULL)')
@Index(['configVersion'], { unique: true })
@Index(['activation'], { unique: true })
export class AppConfigVersion {
  @IdColumn()
  id: number;

  @TextColumn()
  configVersion: string;

  @JsonColumn()
  configData: ConfigData;

  /** Of what the settings said when it was published. */
  @TextColumn()
  baseHash: string;

  @IntegerColumn({ nullable: true })
  activation: number | null;

  @TimeColumn({ nullable: true })
  activatedAt: Date | null;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  createdById: number | null;

  @TimeColumn()
  createdAt: Date;
}
