/**
 * Mail over SMTP, by nodemailer. 4xx answers and network failures are tried again, 5xx answers are final.
 */
import nodemailer from 'nodemailer';
import { z } from 'zod';
import { unsubscribeHeaders, type NotificationChannel, type SendResult } from '../../../ports/notification-channel.js';
import type { Plugin } from '../../../ports/plugin.js';

const settings = z.object({
  SMTP_URL: z.string().regex(/^smtps?:\/\//, 'must look like smtp://user:password@host:587'),
  MAIL_FROM: z.string().min(3).default('VerzekAutoTrader <no-reply@localhost>'),
});

const TIMEOUT_MS = 15_000;

export const plugin: Plugin<NotificationChannel, z.infer<typeof settings>> = {
  code: 'smtp',
  summary: 'mail over SMTP',
  settings,
  create: (chosen) => {
    const timeouts = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS };
    const transport = nodemailer.createTransport({
      url: chosen.SMTP_URL,
      pool: true,
      maxConnections: 2,
      ...timeouts,
    } as object);
    return {
      code: 'smtp',
      send: async (target, message, key): Promise<SendResult> => {
        try {
          const sent = await transport.sendMail({
            from: chosen.MAIL_FROM,
            to: target,
            subject: message.subject ?? '',
            text: message.text,
            html: message.html,
            headers: { 'X-Entity-Ref-ID': key, ...unsubscribeHeaders(message) },
          });
          return { outcome: 'delivered', providerMessageId: sent.messageId };
        } catch (error) {
          return failure(error);
        }
      },
      stop: () => Promise.resolve(transport.close()),
    };
  },
};

function failure(error: unknown): SendResult {
  const reason = error instanceof Error ? error.message : String(error);
  const code: unknown = Reflect.get(Object(error), 'responseCode');
  // A wrong password is the operator's to mend: the mails wait for it.
  const isOurs = Reflect.get(Object(error), 'code') === 'EAUTH';
  return typeof code === 'number' && code >= 500 && !isOurs
    ? { outcome: 'refused', reason }
    : { outcome: 'retry', reason };
}
