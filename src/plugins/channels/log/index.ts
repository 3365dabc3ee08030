/**
 * The channel that writes messages to the log: the default of development, where it shows the links of mails.
 * Refused as mail channel in production, because those links are secrets.
 */
import { z } from 'zod';
import type { NotificationChannel } from '../../../ports/notification-channel.js';
import type { Plugin } from '../../../ports/plugin.js';

const settings = z.object({});

export const plugin: Plugin<NotificationChannel, z.infer<typeof settings>> = {
  code: 'log',
  summary: 'messages go to the log',
  settings,
  create: (_settings, host) => ({
    code: 'log',
    send: (target, message, key) => {
      const lines = message.text.split('\n').filter((line) => line.trim() !== '');
      host.show?.(`\n--- ${message.subject ?? 'message'} (to ${target})\n${message.text.trim()}\n---\n`);
      host.log('info', `message to ${target}: ${message.subject ?? lines[0] ?? ''}`, { key, lines });
      return Promise.resolve({ outcome: 'delivered' });
    },
  }),
};
