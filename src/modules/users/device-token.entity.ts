/**
 * A phone that may be pushed to. A token belongs to one user at a time: the newest who registered it.
 */
import { Entity, ForeignKey, Index } from 'typeorm';
import { FlagColumn, IdColumn, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('device_tokens')
@Index(['token'], { unique: true })
@Index(['userId'])
export class DeviceToken {
  @IdColumn()
  id: number;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn()
  userId: number;

  @TextColumn()
  token: string;

  @TextColumn()
  deviceName: string;

  @TextColumn()
  devicePlatform: string;

  @FlagColumn(true)
  isActive: boolean;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;
}
