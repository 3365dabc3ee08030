/** Bodies and queries of listening to Telegram. */
import {
  ChoiceField,
  FlagField,
  IntegerField,
  IntegerListField,
  TextListField,
  TimeField,
} from '../../platform/http/fields.js';
import { PageQuery } from '../../platform/http/paging.js';
import { CHAT_ROLES, type ChatRole, FORWARD_GROUPS, type ForwardGroup } from './telegram-chat.entity.js';
import { VERDICTS, type Verdict } from './telegram-message.entity.js';

/** Telegram promises no more than 52 bits. */
const MAX_ID = 2 ** 52;

const GROUP = -1_001_234_567_890;

export class MessagesQuery extends PageQuery {
  @IntegerField({
    required: false,
    fromText: true,
    min: -MAX_ID,
    max: MAX_ID,
    example: GROUP,
    description: 'Of this chat',
  })
  chat_id?: number;

  @ChoiceField(VERDICTS, { required: false, example: 'REFUSED', description: 'That came to this' })
  verdict?: Verdict;

  @TimeField({ required: false, example: '2026-01-31', description: 'Received at this time or later' })
  from?: string;

  @TimeField({ required: false, example: '2026-02-01', description: 'Received before this time' })
  to?: string;
}

export class StatisticsQuery {
  @IntegerField({ required: false, fromText: true, min: 1, max: 365, example: 7, description: '7 by default' })
  days?: number;
}

export class ChatsQuery extends PageQuery {
  @FlagField({ required: false, fromText: true, example: false, description: 'false: what nobody has allowed yet' })
  is_allowed?: boolean;
}

export class AllowChatBody {
  @IntegerField({ min: -MAX_ID, max: -1, example: GROUP, description: 'Telegram’s id of the group or channel' })
  chat_id: number;

  @ChoiceField(CHAT_ROLES, {
    example: 'VIP',
    description:
      'VIP, TRIAL: the owner’s chats; PROVIDER: a provider’s own; ADMIN: commands are read there, and nothing else',
  })
  role: ChatRole;

  @IntegerField({ required: false, min: 1, example: 7, description: 'Whose signals these are; not for ADMIN' })
  source_id?: number;

  @IntegerListField({
    required: false,
    min: -MAX_ID,
    max: MAX_ID,
    maxItems: 100,
    example: [123_456_789],
    description:
      'Ids of people, bots and chats that are read in a group; nobody by default. A channel speaks for itself',
  })
  senders?: number[];

  @TextListField({
    required: false,
    maxItems: FORWARD_GROUPS.length,
    pattern: /^(VIP|TRIAL)$/,
    rule: 'must be some of VIP, TRIAL',
    example: ['VIP', 'TRIAL'],
    description: 'Where the posts of its signals are forwarded to; by its role by default',
  })
  forward_to?: ForwardGroup[];
}

export class TelegramUserParam {
  @IntegerField({ fromText: true, min: 1, max: MAX_ID, example: 123_456_789 })
  telegram_user_id: number;
}
