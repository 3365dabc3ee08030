/** Wires mail. The channel is the plugin chosen by MAIL_CHANNEL, or what a test puts in its place. */
import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { NotificationChannel } from '../../ports/notification-channel.js';
import { MAIL_CHANNEL, Mailer } from './mailer.service.js';

@Global()
@Module({})
export class MailModule {
  static with(channel: NotificationChannel): DynamicModule {
    return { module: MailModule, providers: [Mailer, { provide: MAIL_CHANNEL, useValue: channel }], exports: [Mailer] };
  }
}
