/**
 * A group or channel in which the bot was seen, and whether it is listened to.
 * Keeps: what is not allowed is only listed: nothing that is said there is stored; an allowed chat has a role, and a source
 * unless commands are all that is read there.
 */
import { Check, Entity, ForeignKey, Index } from 'typeorm';
import { FlagColumn, IdColumn, oneOf, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

export const CHAT_ROLES = ['VIP', 'TRIAL', 'PROVIDER', 'ADMIN'] as const;
/** Of what kind the chat is: the owner's VIP or TRIAL chat, a provider's own, or the administrators'. */
export type ChatRole = (typeof CHAT_ROLES)[number];

export const FORWARD_GROUPS = ['VIP', 'TRIAL'] as const;
export type ForwardGroup = (typeof FORWARD_GROUPS)[number];

@Entity('telegram_chats')
@Check('ck_telegram_chats_kind', oneOf('kind', ['group', 'channel']))
@Check('ck_telegram_chats_role', oneOf('role', CHAT_ROLES))
@Check('ck_telegram_chats_forward_to', `forward_to <@ ARRAY['VIP', 'TRIAL']`)
@Check('ck_telegram_chats_allowed', `NOT is_allowed OR (role = 'ADMIN') = (source_id IS NULL) AND role IS NOT NULL`)
@Index(['chatId'], { unique: true })
@Index('ix_telegram_chats_source_id', ['sourceId'], { where: 'source_id IS NOT NULL' })
export class TelegramChat {
  @IdColumn()
  id: number;

  @RefColumn()
  chatId: number;

  @TextColumn()
  kind: 'group' | 'channel';

  @TextColumn({ default: '' })
  title: string;

  @TextColumn({ nullable: true })
  username: string | null;

  /** The bot is in it, as far as was told. */
  @FlagColumn(true)
  isMember: boolean;

  @FlagColumn(false)
  isAllowed: boolean;

  @TextColumn({ nullable: true })
  role: ChatRole | null;

  @ForeignKey('sources')
  @RefColumn({ nullable: true })
  sourceId: number | null;

  /** Ids of those who are read in a group. A channel speaks for itself. */
  @RefColumn({ array: true, default: () => "'{}'" })
  senders: number[];

  /** Where the posts of its signals are forwarded to. */
  @TextColumn({ array: true, default: '{}' })
  forwardTo: ForwardGroup[];

  @TimeColumn()
  firstSeenAt: Date;

  @TimeColumn()
  lastSeenAt: Date;
}
