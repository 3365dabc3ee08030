/**
 * What arrived as an alert, and what came of it.
 * Keeps: `body` without its secrets; what is QUEUED has work that will settle it, and what is settled has its time; a
 * repeat names the alert that it repeats, a replay the one that was carried out again.
 */
import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, JsonColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const ALERT_VERDICTS = ['QUEUED', 'DONE', 'NOTHING', 'REFUSED', 'DUPLICATE', 'FAILED'] as const;
export type AlertVerdict = (typeof ALERT_VERDICTS)[number];

@Entity('alerts')
@Check('ck_alerts_verdict', oneOf('verdict', ALERT_VERDICTS))
@Check('ck_alerts_settled', "(verdict = 'QUEUED') = (settled_at IS NULL)")
@Check('ck_alerts_repeat', "(verdict = 'DUPLICATE') = (repeat_of IS NOT NULL)")
@Index(['sourceId', 'id'])
@Index('ix_alerts_dedup', ['sourceId', 'dedupKey'], { unique: true, where: 'dedup_key IS NOT NULL' })
@Index(['receivedAt'])
export class AlertEntry {
  @IdColumn()
  id: number;

  @ForeignKey('sources', { onDelete: 'CASCADE' })
  @RefColumn()
  sourceId: number;

  /** Null for a replay. Not a foreign key: the log outlives its tokens. */
  @RefColumn({ nullable: true })
  tokenId: number | null;

  @TimeColumn()
  receivedAt: Date;

  @TextColumn()
  address: string;

  @TextColumn()
  contentType: string;

  @TextColumn()
  userAgent: string;

  @TextColumn()
  body: string;

  /** What makes it the alert that it is; null for repeats, replays and what is refused. */
  @TextColumn({ nullable: true })
  dedupKey: string | null;

  @TextColumn({ nullable: true })
  dialect: string | null;

  /** Pairs, or symbols that are none. */
  @JsonColumn()
  symbols: string[];

  @TextColumn()
  verdict: AlertVerdict;

  /** `[{ code, says }]` */
  @JsonColumn()
  reasons: object[];

  /** What was read, without secrets. */
  @JsonColumn()
  alerts: object[];

  /** What each comes to: steps, gap, intents. Written before they are carried out. */
  @JsonColumn({ default: [] })
  plans: object[];

  /** What came of each plan’s intents. */
  @JsonColumn({ default: [] })
  results: object[];

  @Column('bigint', { array: true, default: () => "'{}'" })
  signalIds: number[];

  @RefColumn({ nullable: true })
  repeatOf: number | null;

  @RefColumn({ nullable: true })
  replayOf: number | null;

  @TimeColumn({ nullable: true })
  settledAt: Date | null;
}
