/**
 * Recognises in what is heard what the platform has said itself, so that nothing goes round in a circle.
 * Keeps: pure; told by who speaks, where, through what and from where first; the words count only for copies, which carry
 * no trace of where they come from.
 */
import type { HeardOrigin } from './heard.js';

/** Stands in the first line of what the platform posts. */
export const BRAND = 'VerzekAutoTrader';

export interface Ourselves {
  readonly botId: number;
  /** Chats to which the platform broadcasts, by id. */
  readonly groups: ReadonlySet<number>;
}

export interface Said {
  readonly chatId: number;
  readonly senderId: number | null;
  readonly viaBotId: number | null;
  readonly origin: HeardOrigin | null;
  readonly isAutomaticForward: boolean;
  readonly text: string;
}

export type Echo = 'OWN_POST' | 'OWN_GROUP' | 'OWN_FORWARD' | 'OWN_WORDS' | 'VIA_BOT' | 'AUTOMATIC_FORWARD';

/** Signs with which the platform begins what it tells of a signal, without a header. */
const TOLD = /^[🎯🏁🛑⚪✏🟢🔴]/u;

const LAST_LINE = /^Signal #\d{1,15}$/;

/** Why it is not to be read; undefined where nothing speaks against it. `readable` are the programs whose help is allowed. */
export function echoOf(said: Said, own: Ourselves, readable: readonly number[]): Echo | undefined {
  const { origin, viaBotId } = said;
  if (said.senderId === own.botId || viaBotId === own.botId) return 'OWN_POST';
  if (own.groups.has(said.chatId)) return 'OWN_GROUP';
  if (origin !== null && isOwn(origin, own)) return 'OWN_FORWARD';
  if (said.isAutomaticForward) return 'AUTOMATIC_FORWARD';
  if (isOwnText(said.text)) return 'OWN_WORDS';
  return viaBotId === null || readable.includes(viaBotId) ? undefined : 'VIA_BOT';
}

function isOwn({ senderId, chatId }: HeardOrigin, { botId, groups }: Ourselves): boolean {
  return senderId === botId || (chatId !== null && groups.has(chatId));
}

function isOwnText(text: string): boolean {
  const lines = text.trim().split('\n');
  const [first = ''] = lines;
  if (first.toLowerCase().includes(BRAND.toLowerCase())) return true;
  return TOLD.test(first) && LAST_LINE.test((lines.at(-1) ?? '').trim());
}
