/**
 * Mail through Resend's HTTP API. 429 and 5xx are tried again, other refusals are final; the key makes repeats harmless.
 */
import { z } from 'zod';
import {
  type NotificationChannel,
  type OutgoingMessage,
  type SendResult,
  unsubscribeHeaders,
} from '../../../ports/notification-channel.js';
import type { Plugin, PluginHost } from '../../../ports/plugin.js';

const settings = z.object({
  RESEND_API_KEY: z.string().min(8),
  RESEND_API_URL: z.string().default('https://api.resend.com'),
  MAIL_FROM: z.string().min(3).default('VerzekAutoTrader <no-reply@localhost>'),
});

type Settings = z.infer<typeof settings>;

const TIMEOUT_MS = 15_000;

export const plugin: Plugin<NotificationChannel, Settings> = {
  code: 'resend',
  summary: 'mail through Resend',
  settings,
  create: (chosen, host) => ({
    code: 'resend',
    send: (target, message, key) => send(chosen, host, target, message, key),
  }),
};

async function send(
  chosen: Settings,
  host: PluginHost,
  to: string,
  message: OutgoingMessage,
  key: string,
): Promise<SendResult> {
  const body = {
    from: chosen.MAIL_FROM,
    to: [to],
    subject: message.subject ?? '',
    text: message.text,
    html: message.html,
    headers: unsubscribeHeaders(message),
  };
  let response: Response;
  try {
    response = await fetch(new URL('/emails', chosen.RESEND_API_URL), {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${chosen.RESEND_API_KEY}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': key,
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return { outcome: 'retry', reason: error instanceof Error ? error.message : String(error) };
  }
  const answer = (await response.json().catch(() => ({}))) as { id?: string; message?: string };
  if (response.ok) return { outcome: 'delivered', providerMessageId: answer.id };
  const reason = `${response.status} ${answer.message ?? ''}`.trim();
  if (response.status !== 429 && response.status < 500) return { outcome: 'refused', reason };
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  const at = seconds > 0 ? new Date(host.now().getTime() + seconds * 1_000) : undefined;
  return { outcome: 'retry', reason, at };
}
