/** Wires mail. The channel is the plugin chosen by MAIL_CHANNEL, or what a test puts in its place. */
import { Global, Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { MailChoicesRepository } from './mail-choices.repository.js';
import { MAIL_CHANNEL, Mailer } from './mailer.service.js';
import { UnsubscribeLinks } from './unsubscribe-links.js';

const MAILER = {
  work: WorkQueue,
  runner: WorkRunner,
  database: Database,
  randomness: Randomness,
  choices: MailChoicesRepository,
  links: UnsubscribeLinks,
};

@Global()
@Module({
  providers: [MailChoicesRepository, UnsubscribeLinks, fromParts(Mailer, MAILER, [MAIL_CHANNEL, CONFIG])],
  exports: [Mailer, UnsubscribeLinks],
})
export class MailModule {}
