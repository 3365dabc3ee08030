/**
 * The chats to which the platform broadcasts, by their ids on Telegram.
 * Keeps: groups that the settings name by an @name are found when the chat is seen under that name.
 */
import type { Config } from '../../config/schema.js';

export class BroadcastGroups {
  readonly ids: ReadonlySet<number>;
  readonly adminId: number | undefined;
  readonly #names: ReadonlySet<string>;
  readonly #adminName: string | undefined;

  constructor({ telegram }: Config) {
    const told = [telegram.TELEGRAM_VIP_CHAT_ID, telegram.TELEGRAM_TRIAL_CHAT_ID];
    this.ids = new Set(told.flatMap((chat) => idOf(chat) ?? []));
    this.#names = new Set(told.flatMap((chat) => nameOf(chat) ?? []));
    this.adminId = idOf(telegram.TELEGRAM_ADMIN_CHAT_ID);
    this.#adminName = nameOf(telegram.TELEGRAM_ADMIN_CHAT_ID);
  }

  /** One of those that subscribers read. */
  has(id: number, username: string | null): boolean {
    return this.ids.has(id) || (username !== null && this.#names.has(username.toLowerCase()));
  }

  isAdmins(id: number, username: string | null): boolean {
    return id === this.adminId || (username !== null && username.toLowerCase() === this.#adminName);
  }
}

function idOf(chat: string | undefined): number | undefined {
  return chat !== undefined && /^-?\d{1,16}$/.test(chat) ? Number(chat) : undefined;
}

function nameOf(chat: string | undefined): string | undefined {
  return chat?.startsWith('@') === true ? chat.slice(1).toLowerCase() : undefined;
}
