/**
 * Something to tell people, once: the content of a broadcast, whatever the channels and groups it goes to.
 * Keeps: `key` is unique (`signal:12:TARGET:1`, `report:2026-01-01`).
 */
import { Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, JsonColumn, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('broadcast_messages')
@Index(['key'], { unique: true })
@Index(['signalId'])
export class BroadcastMessage {
  @IdColumn()
  id: number;

  @TextColumn()
  key: string;

  @TextColumn()
  kind: string;

  @ForeignKey('signals')
  @RefColumn({ nullable: true })
  signalId: number | null;

  @JsonColumn()
  content: Record<string, unknown>;

  @TimeColumn()
  createdAt: Date;
}
