/**
 * Reads and changes how a user wants to be told.
 * Keeps: what is asked for is checked whole before anything is stored; what guards the account cannot be chosen away.
 */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  type Choices,
  isMandatory,
  MAIL_CHOICES,
  NOTIFICATION_EVENTS,
  type NotificationEvent,
  waysOf,
} from '../../domain/notification/events.js';
import { type DigestPeriod, minutesOfDay, nextDigest, timeOfDay } from '../../domain/notification/quiet-hours.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { invalidInput } from '../../platform/http/validation.js';
import type { NotificationPreferencesBody } from './notifications.dto.js';
import { type Preferences, PreferencesRepository } from './preferences.repository.js';

const CHOICES = z.partialRecord(
  z.enum(NOTIFICATION_EVENTS),
  z.strictObject({ in_app: z.boolean(), push: z.boolean(), email: z.enum(MAIL_CHOICES) }).partial(),
);

@Injectable()
export class PreferencesService {
  constructor(
    private readonly preferences: PreferencesRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async view(userId: number) {
    return viewOf(await this.preferences.find(userId));
  }

  /** Only what is named changes. Throws 400 naming the field. */
  async change(userId: number, body: NotificationPreferencesBody) {
    const choices = readChoices(body.events);
    const zone = readZone(body.time_zone);
    const quiet = readQuiet(body);
    const minute = body.digest_at === undefined ? undefined : minutesOfDay(body.digest_at);
    return this.database.transaction(async () => {
      const before = await this.preferences.lock(userId);
      const changed: Preferences = {
        ...before,
        ...quiet,
        choices: merged(before.choices, choices),
        time_zone: zone ?? before.time_zone,
        digest: readDigest(body.digest, before.digest, choices),
        digest_minute: minute ?? before.digest_minute,
      };
      const { digest, digest_minute, time_zone } = changed;
      await this.preferences.store(userId, changed, nextDigest(this.clock.now(), digest, digest_minute, time_zone));
      return viewOf(changed);
    });
  }
}

function viewOf({ choices, quiet_from, quiet_until, time_zone, digest, digest_minute }: Preferences) {
  const event = (name: NotificationEvent) =>
    [name, { ...waysOf(name, choices, true), is_fixed: isMandatory(name) }] as const;
  const quiet_hours =
    quiet_from === null || quiet_until === null ? null : { from: timeOfDay(quiet_from), until: timeOfDay(quiet_until) };
  const events = Object.fromEntries(NOTIFICATION_EVENTS.map(event));
  return { events, quiet_hours, time_zone, digest, digest_at: timeOfDay(digest_minute) };
}

function readChoices(value: unknown): Choices {
  const parsed = CHOICES.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 10).map((issue) => ({
    field: ['events', ...issue.path.map(String)].join('.').slice(0, 100),
    rule: issue.code === 'unrecognized_keys' ? 'may hold in_app, push and email' : issue.message,
  }));
  throw invalidInput(problems);
}

/** Whoever wants mails in a digest has one: daily, where none is named. */
function readDigest(given: DigestPeriod | undefined, before: DigestPeriod, choices: Choices): DigestPeriod {
  const isWanted = Object.values(choices).some(({ email }) => email === 'digest');
  if (isWanted && given === 'off') {
    throw invalidInput([
      { field: 'digest', rule: 'must be daily or weekly where mails of an event are to wait for it' },
    ]);
  }
  return isWanted && (given ?? before) === 'off' ? 'daily' : (given ?? before);
}

function merged(before: Choices, change: Choices): Choices {
  const names = Object.keys(change) as NotificationEvent[];
  return { ...before, ...Object.fromEntries(names.map((name) => [name, { ...before[name], ...change[name] }])) };
}

/** The zone under the name that computers know it by. */
function readZone(zone: string | undefined): string | undefined {
  if (zone === undefined) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    throw invalidInput([{ field: 'time_zone', rule: 'must be a time zone such as Europe/Berlin' }]);
  }
}

function readQuiet({ quiet_from, quiet_until }: NotificationPreferencesBody): Partial<Preferences> {
  if (quiet_from === undefined && quiet_until === undefined) return {};
  // Null for one is null for both: there is no half of quiet hours.
  if ((quiet_from ?? null) === null && (quiet_until ?? null) === null) return { quiet_from: null, quiet_until: null };
  const [from, until] = [minutesOfDay(quiet_from ?? ''), minutesOfDay(quiet_until ?? '')];
  if (from === undefined || until === undefined || from === until) {
    throw invalidInput([{ field: 'quiet_from', rule: 'and quiet_until must be two different times, or both null' }]);
  }
  return { quiet_from: from, quiet_until: until };
}
