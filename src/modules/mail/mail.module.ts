/** Wires mail. The channel is the plugin chosen by MAIL_CHANNEL, or what a test puts in its place. */
import { Global, Module } from '@nestjs/common';
import { Mailer } from './mailer.service.js';

@Global()
@Module({ providers: [Mailer], exports: [Mailer] })
export class MailModule {}
