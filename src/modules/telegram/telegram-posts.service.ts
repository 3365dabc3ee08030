/**
 * Posts of sources in allowed chats.
 * Keeps: what the platform has said itself is never read; a chat that is not allowed any more is not read either.
 */
import { Inject, Injectable } from '@nestjs/common';
import { echoOf, type Ourselves } from '../../domain/listening/loop-guard.js';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { MESSAGE_LISTENER, type MessageListener } from '../../ports/message-listener.js';
import { BroadcastGroups } from './broadcast-groups.js';
import type { ChatRow } from './telegram-chats.repository.js';
import { type Handled, ignored } from './telegram-handler.js';
import type { MessageRow } from './telegram-messages.repository.js';

@Injectable()
export class TelegramPosts {
  readonly #own: Ourselves;

  constructor(@Inject(MESSAGE_LISTENER) listener: MessageListener | null, @Inject(CONFIG) config: Config) {
    this.#own = { botId: listener?.botId ?? 0, groups: new BroadcastGroups(config).ids };
  }

  handle(row: MessageRow, chat: ChatRow | undefined): Promise<Handled> {
    if (chat === undefined || !chat.is_allowed || chat.source_id === null)
      return Promise.resolve(ignored('CHAT_NOT_ALLOWED'));
    const { via_bot: viaBotId = null, origin = null, automatic = false } = row.facts;
    const said = { chatId: row.chat_id, senderId: row.sender_id, viaBotId, origin, isAutomaticForward: automatic };
    const echo = echoOf({ ...said, text: row.text }, this.#own, chat.senders);
    return Promise.resolve(ignored(echo ?? 'NOT_READ'));
  }
}
