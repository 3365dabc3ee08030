/**
 * Where signals come from: staff, a provider, a house bot, a webhook.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import {
  FlagColumn,
  IdColumn,
  JsonColumn,
  oneOf,
  RefColumn,
  TextColumn,
  TimeColumn,
} from '../../platform/database/columns.js';

export const SOURCE_KINDS = ['manual', 'provider', 'house', 'webhook'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

@Entity('sources')
@Check('ck_sources_kind', oneOf('kind', SOURCE_KINDS))
@Index(['code'], { unique: true })
export class Source {
  @IdColumn()
  id: number;

  /** Stable name: `manual`, `provider:17`, `house`. */
  @TextColumn()
  code: string;

  @TextColumn()
  kind: SourceKind;

  @TextColumn()
  name: string;

  @ForeignKey('users', { onDelete: 'SET NULL' })
  @RefColumn({ nullable: true })
  ownerId: number | null;

  @FlagColumn(true)
  isEnabled: boolean;

  /** The source's layer of every plan of its signals. */
  @JsonColumn({ default: {} })
  plan: Record<string, unknown>;

  @JsonColumn({ default: {} })
  settings: Record<string, unknown>;

  @TimeColumn()
  createdAt: Date;
}
