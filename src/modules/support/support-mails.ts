/** The mail that tells of an answer, in the layout of all mails. */
import type { OutgoingMessage } from '../../ports/notification-channel.js';
import { composeMail } from '../mail/mail-layout.js';

export function repliedMail(name: string, subject: string, body: string): OutgoingMessage {
  return composeMail({
    subject: `Answer: ${subject}`,
    name,
    paragraphs: body.split('\n').filter((line) => line.trim() !== ''),
    closing: ['You can write back in the app, under support.'],
  });
}
