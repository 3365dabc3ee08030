/**
 * What was heard in an allowed chat or from a linked administrator, and what came of it.
 * Keeps: stored before anything else is done with it, and once: unique per chat, message and what it said then (`digest` is of
 * the time of the edit and the text, because two edits may fall into one second); of people who are not read the text is
 * left out.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { IdColumn, JsonColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const VERDICTS = [
  'PENDING',
  'SIGNAL',
  'UPDATE',
  'NOISE',
  'REFUSED',
  'IGNORED',
  'COMMAND',
  'DRY_RUN',
  'FAILED',
] as const;
export type Verdict = (typeof VERDICTS)[number];

@Entity('telegram_messages')
@Check('ck_telegram_messages_kind', oneOf('kind', ['message', 'button']))
@Check('ck_telegram_messages_verdict', oneOf('verdict', VERDICTS))
@Check('ck_telegram_messages_handled', `(verdict = 'PENDING') = (handled_at IS NULL)`)
@Index(['chatId', 'messageId', 'digest'], { unique: true })
@Index(['chatId', 'id'])
@Index(['receivedAt'])
@Index('ix_telegram_messages_source_id_id', ['sourceId', 'id'], { where: 'source_id IS NOT NULL' })
@Index('ix_telegram_messages_signal_id', ['signalId'], { where: 'signal_id IS NOT NULL' })
export class TelegramMessage {
  @IdColumn()
  id: number;

  @RefColumn()
  updateId: number;

  @RefColumn()
  chatId: number;

  @RefColumn()
  messageId: number;

  @TextColumn()
  digest: string;

  @TextColumn()
  kind: 'message' | 'button';

  @TextColumn()
  chatKind: 'private' | 'group' | 'channel';

  @RefColumn({ nullable: true })
  senderId: number | null;

  @TextColumn({ nullable: true })
  senderKind: 'person' | 'bot' | 'chat' | null;

  @TextColumn({ default: '' })
  senderName: string;

  @RefColumn({ nullable: true })
  replyTo: number | null;

  /** Where it comes from besides: `via_bot`, `origin` of a forward, `automatic`; of a button its `button_id`. */
  @JsonColumn({ default: {} })
  facts: Record<string, unknown>;

  @TextColumn()
  text: string;

  @TimeColumn()
  sentAt: Date;

  @TimeColumn({ nullable: true })
  editedAt: Date | null;

  @TimeColumn()
  receivedAt: Date;

  /** Whose words these are, by the chat's source at that time. */
  @ForeignKey('sources')
  @RefColumn({ nullable: true })
  sourceId: number | null;

  @TextColumn({ default: 'PENDING' })
  verdict: Verdict;

  /** Why: a code for programs. */
  @TextColumn({ nullable: true })
  code: string | null;

  /** What was read in it. */
  @JsonColumn({ nullable: true })
  reading: Record<string, unknown> | null;

  /** What came of it. */
  @JsonColumn({ nullable: true })
  result: Record<string, unknown> | null;

  /** The signal that it made, or that it is about. */
  @ForeignKey('signals')
  @RefColumn({ nullable: true })
  signalId: number | null;

  @TimeColumn({ nullable: true })
  handledAt: Date | null;
}
