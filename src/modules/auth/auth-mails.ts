/**
 * The mails of signing in and of the account itself, in the layout of all mails.
 */
import type { OutgoingMessage } from '../../ports/notification-channel.js';
import { composeMail, type MailContent } from '../mail/mail-layout.js';

const NOT_YOU = 'If this was not you, choose a new password at once and write to us.';

function linkMail(subject: string, name: string, lead: string, link: string, minutes: number): OutgoingMessage {
  const closing = [`The link works once, for ${minutes} minutes. If you did not ask for it, ignore this mail.`];
  return composeMail({ subject, name, paragraphs: [lead], action: { label: subject, link }, closing });
}

export function verificationMail(name: string, link: string, minutes: number): OutgoingMessage {
  return linkMail('Verify your e-mail address', name, 'Please confirm that this address is yours:', link, minutes);
}

export function resetMail(name: string, link: string, minutes: number): OutgoingMessage {
  return linkMail('Reset your password', name, 'Choose a new password here:', link, minutes);
}

export function emailChangeMail(name: string, lead: string, link: string, minutes: number): OutgoingMessage {
  return linkMail('Confirm the new e-mail address', name, lead, link, minutes);
}

/** Sent once, when an address is verified. */
export function welcomeMail(name: string): OutgoingMessage {
  return composeMail({
    subject: 'Welcome to VerzekAutoTrader',
    name,
    paragraphs: [
      'Your address is verified and your account is ready.',
      'Trading begins on paper: nothing is risked until you connect an exchange and your plan includes it.',
      'Signals are traded for you when you switch auto-trading on in the app. Set what you risk per trade first.',
      'Switch on the second factor: it keeps out whoever learns your password.',
    ],
    closing: ['We never ask for your password or for keys that can withdraw, by mail or anywhere else.'],
  });
}

/** Tells of an act on the account, and what to do about it. */
export function noticeMail(subject: string, name: string, text: string, facts?: MailContent['facts']): OutgoingMessage {
  return composeMail({
    subject,
    name,
    paragraphs: [text],
    ...(facts === undefined ? {} : { facts }),
    closing: [NOT_YOU],
  });
}
