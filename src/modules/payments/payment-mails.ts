/**
 * The mails of payments and plans, in the layout of all mails.
 */
import type { OutgoingMessage } from '../../ports/notification-channel.js';
import { composeMail } from '../mail/mail-layout.js';

function mail(subject: string, name: string, paragraphs: readonly string[]): OutgoingMessage {
  return composeMail({ subject, name, paragraphs });
}

const day = (at: Date) => at.toISOString().slice(0, 10);

export function receiptMail(name: string, payment: string, plan: string, usdt: string, until: Date): OutgoingMessage {
  return composeMail({
    subject: `Receipt: ${plan}`,
    name,
    paragraphs: ['We have your payment. Thank you.'],
    facts: [
      ['Payment', payment],
      ['Plan', plan],
      ['Paid', `${usdt} USDT`],
      ['Until', `${day(until)} (UTC)`],
    ],
    closing: ['The receipt to print stands in the app under your payments.'],
  });
}

export function underpaidMail(name: string, payment: string, missing: string, due: string): OutgoingMessage {
  return mail('Your payment is short', name, [
    `For payment ${payment} there are still ${missing} USDT missing.`,
    `Please send exactly ${due} USDT to the same wallet, so that we recognise it. What you sent is credited to you.`,
  ]);
}

export function reviewMail(name: string, payment: string): OutgoingMessage {
  return mail('Your payment is being looked at', name, [
    `A transfer for payment ${payment} came after its time. An administrator looks at it; nothing is lost.`,
  ]);
}

export function heldMail(name: string, payment: string, until: string): OutgoingMessage {
  return mail('Your transfer has arrived', name, [
    `A transfer has arrived for payment ${payment}, but its amount is not the one that was asked for, which is what tells payments apart.`,
    `It is credited to you at ${until} unless somebody else names the same transaction before. Nothing is lost, and you need not do anything.`,
  ]);
}

export function doubtMail(name: string, payment: string): OutgoingMessage {
  return mail('Your payment is being looked at', name, [
    `The amount of the transfer that you named for payment ${payment} does not tell that it is yours: another payment could be meant by it. An administrator looks at it; nothing is lost.`,
    'Please always send the exact amount: it is recognised at once.',
  ]);
}

export function surplusMail(name: string, payment: string, usdt: string): OutgoingMessage {
  return mail('Your transfer is on your balance', name, [
    `Another transfer of ${usdt} USDT has come for payment ${payment}, which needs no more: it is credited to your balance.`,
  ]);
}

export function movedOutMail(name: string, payment: string, usdt: string, reason: string): OutgoingMessage {
  return mail('A transfer was taken off your balance', name, [
    `A transfer of ${usdt} USDT had been credited to you for payment ${payment}, but is somebody else's: ${reason}.`,
    'It was taken off your balance. If this is a mistake, write to us.',
  ]);
}

export function movedInMail(name: string, usdt: string): OutgoingMessage {
  return mail('Your transfer is on your balance', name, [
    `A transfer of ${usdt} USDT that had been credited to somebody else is on your balance now.`,
  ]);
}

export function refusedMail(name: string, payment: string, reason: string): OutgoingMessage {
  return mail('Your payment could not be verified', name, [`Payment ${payment}: ${reason}.`]);
}

export function refundedMail(name: string, payment: string, usdt: string): OutgoingMessage {
  return mail('Your payment was refunded', name, [`Payment ${payment} was refunded: ${usdt} USDT.`]);
}

export function endingMail(name: string, plan: string, ends: Date, days: number): OutgoingMessage {
  const left = days === 1 ? 'one day' : `${days} days`;
  return mail(`${plan} ends in ${left}`, name, [
    `Your plan ${plan} ends on ${day(ends)} (UTC). Renew it in the app to keep what it includes.`,
  ]);
}

export function endedMail(name: string, plan: string): OutgoingMessage {
  return mail(`${plan} has ended`, name, [
    `Your plan ${plan} has ended. Open positions are managed to their end; no new ones are opened until you renew.`,
  ]);
}
