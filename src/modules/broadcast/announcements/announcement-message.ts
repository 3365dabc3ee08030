/** An announcement as groups are told, as plain text and Telegram HTML: the title bold, everything escaped. */
import type { OutgoingMessage } from '../../../ports/notification-channel.js';
import { compose } from '../messages.js';

export function announcementMessage(announcement: { readonly title: string; readonly body: string }): OutgoingMessage {
  const lines = announcement.body.split('\n').map((text) => ({ text }));
  return compose([{ text: announcement.title, bold: true }, { text: '' }, ...lines]);
}
