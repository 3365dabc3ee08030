/**
 * Sends digests: what users wanted gathered, in one mail at the time they chose.
 * Keeps: a page of users, what they are sent and the time of their next digest are one transaction; replicas share the
 * users out; a digest that would be empty is not sent.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { type DigestPeriod, nextDigest } from '../../domain/notification/quiet-hours.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import type { OutgoingMessage } from '../../ports/notification-channel.js';
import { composeMail } from '../mail/mail-layout.js';
import { Mailer } from '../mail/mailer.service.js';
import { type DigestItem, PreferencesRepository } from './preferences.repository.js';

const EVERY_MS = 30_000;

const USERS = 200;

/** Lines of one digest; older ones are in the app. */
const LINES = 50;

@Injectable()
export class Digests {
  constructor(
    private readonly preferences: PreferencesRepository,
    private readonly mailer: Mailer,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Interval('notification-digests', EVERY_MS)
  async look(): Promise<void> {
    if (this.config.process.ROLE === 'api') return;
    try {
      await this.database.inLane('worker', () => this.round());
    } catch (error) {
      this.logger.warn('digests could not be sent yet', { error });
    }
  }

  async round(): Promise<void> {
    while ((await this.database.transaction(() => this.#page())) === USERS);
  }

  async #page(): Promise<number> {
    const due = await this.preferences.due(USERS);
    if (due.length === 0) return 0;
    const items = await this.preferences.takeDigests(
      due.map(({ user_id }) => user_id),
      LINES,
    );
    const mails = due.flatMap((user) => {
      const own = items.filter((item) => item.user_id === user.user_id);
      if (own.length === 0 || !user.is_reached) return [];
      return [
        {
          userId: user.user_id,
          event: 'digest' as const,
          to: user.email,
          message: digestMail(user.full_name, user.digest, own),
        },
      ];
    });
    await this.mailer.postChosen(mails);
    const now = this.clock.now();
    await this.preferences.schedule(
      due.map(({ user_id, digest, digest_minute, time_zone }) => ({
        userId: user_id,
        at: nextDigest(now, digest, digest_minute, time_zone),
      })),
    );
    return due.length;
  }
}

export function digestMail(name: string, period: DigestPeriod, items: readonly DigestItem[]): OutgoingMessage {
  return composeMail({
    subject: `Your ${period === 'weekly' ? 'week' : 'day'} in ${items.length === 1 ? 'one message' : `${items.length} messages`}`,
    name,
    paragraphs: ['This is what happened since the last digest.'],
    facts: items.map(({ title, body }) => [title, body] as const),
    closing: ['Everything stands in the app under your notifications.'],
  });
}
