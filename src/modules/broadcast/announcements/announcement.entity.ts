/**
 * A message that staff wrote to many, from its draft to the last person told.
 * Keeps: never approved by its author or by whoever submitted it; what has ended changes no more.
 */
import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { ANNOUNCEMENT_STATES, type AnnouncementState } from '../../../domain/notification/announcement.js';
import {
  FlagColumn,
  IdColumn,
  IntegerColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../../platform/database/columns.js';

@Entity('announcements')
@Check('ck_announcements_state', oneOf('state', ANNOUNCEMENT_STATES))
@Check('ck_announcements_audience', 'everybody OR cardinality(groups) + cardinality(tiers) > 0')
@Check('ck_announcements_two_people', 'approved_by_id <> author_id AND approved_by_id <> submitted_by_id')
@Check('ck_announcements_sent', "(state = 'SENT') = (sent_at IS NOT NULL)")
@Index(['state', 'id'])
export class Announcement {
  @IdColumn()
  id: number;

  @TextColumn()
  title: string;

  @TextColumn()
  body: string;

  /** Of the messenger: `VIP`, `TRIAL`, `ADMIN`. */
  @Column('text', { array: true })
  groups: string[];

  /** People whose plan is one of these when it is sent. */
  @Column('text', { array: true })
  tiers: string[];

  /** People of every plan. */
  @FlagColumn(false)
  everybody: boolean;

  @TextColumn({ default: 'DRAFT' })
  state: AnnouncementState;

  /** Grows with each act. */
  @IntegerColumn({ default: 1 })
  version: number;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  authorId: number | null;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  submittedById: number | null;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  approvedById: number | null;

  /** Null: as soon as it may be. */
  @TimeColumn({ nullable: true })
  sendAt: Date | null;

  /** As counted when it was submitted; from then on those it was passed on to. */
  @IntegerColumn({ default: 0 })
  people: number;

  /** The last person it was passed on to; people are told in the order of their ids. */
  @RefColumn({ default: 0 })
  lastUserId: number;

  @TimeColumn()
  createdAt: Date;

  @TimeColumn()
  updatedAt: Date;

  @TimeColumn({ nullable: true })
  sentAt: Date | null;
}
