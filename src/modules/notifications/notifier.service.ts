/**
 * Tells users of facts by the ways that they chose: stored for the app's list, by mail, and to their phones.
 * Keeps: a page of facts costs a fixed number of statements, whatever the number of users; nothing is told twice,
 * because what is sent is queued in the transaction that stores it as new; quiet hours are kept but for what is urgent.
 */
import { Injectable } from '@nestjs/common';
import {
  isMailedElsewhere,
  isUrgent,
  type NotificationEvent,
  type Ways,
  waysOf,
} from '../../domain/notification/events.js';
import { quietUntil } from '../../domain/notification/quiet-hours.js';
import { Clock } from '../../platform/clock/clock.js';
import type { OutgoingMessage } from '../../ports/notification-channel.js';
import { composeMail } from '../mail/mail-layout.js';
import { Mailer } from '../mail/mailer.service.js';
import { Pushes } from './push/pushes.service.js';
import { NotificationsRepository, type Reader } from './notifications.repository.js';

export interface Fact {
  readonly userId: number;
  readonly event: NotificationEvent;
  /** Unique for the user: what is told under it again is told to nobody. */
  readonly key: string;
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The mail for those who want one at once; made of title and body without it. */
  readonly mail?: (name: string) => OutgoingMessage;
}

interface Told extends Fact {
  readonly reader: Reader;
  readonly ways: Ways;
}

@Injectable()
export class Notifier {
  constructor(
    private readonly notifications: NotificationsRepository,
    private readonly mailer: Mailer,
    private readonly pushes: Pushes,
    private readonly clock: Clock,
  ) {}

  /** Tells everybody concerned, in the running transaction. */
  async tell(facts: readonly Fact[]): Promise<void> {
    if (facts.length === 0) return;
    const readers = await this.notifications.readers([...new Set(facts.map(({ userId }) => userId))]);
    const known = new Map(readers.map((reader) => [reader.id, reader]));
    const told = facts.flatMap((fact): Told[] => {
      const reader = known.get(fact.userId);
      if (reader === undefined) return [];
      const ways = waysOf(fact.event, reader.choices ?? {}, reader.is_enabled);
      return ways.in_app || ways.push || ways.email !== 'off' ? [{ ...fact, reader, ways }] : [];
    });
    if (told.length === 0) return;
    const added = await this.notifications.add(
      told.map(({ ways, ...fact }) => ({ ...fact, isShown: ways.in_app, inDigest: ways.email === 'digest' })),
    );
    const fresh = new Map(added.map(({ id, user_id, key }) => [`${user_id}:${key}`, id]));
    const stored = told.filter(({ userId, key }) => fresh.has(`${userId}:${key}`));
    await this.#mail(stored);
    const pushed = stored.filter(({ ways }) => ways.push);
    const idOf = ({ userId, key }: Told) => fresh.get(`${userId}:${key}`) ?? 0;
    await this.pushes.queue(pushed.map((fact) => ({ notificationId: idOf(fact), at: this.#quietUntil(fact) })));
  }

  async #mail(told: readonly Told[]): Promise<void> {
    const wanted = told.filter(({ event, ways }) => ways.email === 'instant' && !isMailedElsewhere(event));
    if (wanted.length === 0) return;
    await this.mailer.postChosen(
      wanted.map((fact) => ({
        userId: fact.userId,
        event: fact.event,
        to: fact.reader.email,
        message: mailOf(fact),
        at: this.#quietUntil(fact),
      })),
    );
  }

  #quietUntil({ event, reader }: Told): Date | undefined {
    const { quiet_from: from, quiet_until: until, time_zone } = reader;
    if (isUrgent(event) || from === null || until === null) return undefined;
    return quietUntil(this.clock.now(), { from, until }, time_zone ?? 'UTC');
  }
}

function mailOf({ mail, title, body, reader }: Told): OutgoingMessage {
  if (mail !== undefined) return mail(reader.full_name);
  return composeMail({ subject: title, name: reader.full_name, paragraphs: [body] });
}
