/**
 * Commands of administrators on Telegram: what stops trading or lets it go on, and a few figures.
 * Keeps: unknown people are not answered; what changes something is done by the services of safety, in the name of the linked
 * administrator, in one transaction with its answer; a code is asked back before the kill switch is set or a stop is ended.
 */
import { Injectable } from '@nestjs/common';
import { type BotCommand, commandOf, type GivenCommand, minutesOf } from '../../domain/listening/bot-command.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { AppError } from '../../platform/errors/app-error.js';
import { callContext } from '../../platform/http/call-context.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { RateLimits } from '../../platform/http/rate-limits.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { SwitchesService } from '../safety/switches.service.js';
import { dryRun } from './telegram-dry-run.js';
import type { CodePurpose } from './telegram-admin.entity.js';
import { type LinkedAdmin, TelegramAdmins } from './telegram-admins.repository.js';
import { codeHash, codeOf } from './telegram-codes.js';
import { type Finish, type Handled, ignored } from './telegram-handler.js';
import type { MessageRow } from './telegram-messages.repository.js';
import type { Answer } from './telegram-replies.service.js';
import { TelegramTexts } from './telegram-texts.service.js';

const PER_MINUTE = { name: 'telegram_command', points: 30, seconds: 60 };

const CONFIRM_SECONDS = 60;

const DEFAULT_PAUSE_MINUTES = 60;

const BUTTON = /^(kill|resume):([0-9A-F]{8})$/;

export interface CommandParts {
  readonly admins: TelegramAdmins;
  readonly switches: SwitchesService;
  readonly texts: TelegramTexts;
  readonly limits: RateLimits;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly randomness: Randomness;
}

type Confirmed = Exclude<CodePurpose, 'link'>;

@Injectable()
export class TelegramCommands {
  constructor(private readonly parts: CommandParts) {}

  /** `ourName`: the bot's, where it is known. */
  async handle(row: MessageRow, ourName: string | undefined, finish: Finish): Promise<void> {
    const sender = row.sender_id ?? 0;
    const code = row.chat_kind === 'private' ? codeOf(row.text) : undefined;
    if (code !== undefined) return this.#in(async () => finish(row, await this.#link(row, code)));
    const admin = (await this.parts.admins.linked([sender])).get(sender);
    if (admin === undefined) return finish(row, ignored('NOT_LINKED'));
    if ((await this.parts.limits.take(PER_MINUTE, String(sender))) !== undefined) {
      return finish(row, ignored('TOO_MANY_COMMANDS'));
    }
    const given = givenBy(row, ourName);
    if (given === undefined) {
      const isText = row.chat_kind === 'private' && row.kind === 'message' && !row.text.startsWith('/');
      return finish(row, isText ? dryRun(row.text) : ignored('NO_COMMAND'));
    }
    // Read before the transaction: it looks at what other processes have committed.
    const told = await this.#told(given.name);
    await this.#in(() => this.#through(admin, async () => finish(row, told ?? (await this.#act(given, admin)))));
  }

  /** The answer to what only asks. */
  async #told(name: BotCommand | undefined): Promise<Handled | undefined> {
    const { texts } = this.parts;
    switch (name) {
      case 'status':
        return said(name, await texts.status());
      case 'report':
        return said(name, await texts.report());
      case 'positions':
        return said(name, await texts.positions());
      case 'start':
      case 'help':
      case undefined:
        return said(name ?? 'unknown', texts.help());
      default:
        return undefined;
    }
  }

  async #act({ name, argument }: GivenCommand, admin: LinkedAdmin): Promise<Handled> {
    try {
      if (name === 'pause') return said(name, await this.#pause(argument, callerOf(admin)));
      const purpose = name === 'kill' ? 'kill' : 'resume';
      const answer = argument === '' ? await this.#ask(purpose, admin) : await this.#confirm(purpose, argument, admin);
      return said(purpose, answer);
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      const lines = [`It was refused: ${error.message}`];
      return { judgement: { verdict: 'COMMAND', code: error.code, result: { lines } }, answer: { lines } };
    }
  }

  async #pause(argument: string, caller: UserCaller): Promise<Answer> {
    const minutes = minutesOf(argument, DEFAULT_PAUSE_MINUTES);
    if (minutes === undefined) return { lines: ['Say for how many minutes: /pause 30 (at most 10080, a week)'] };
    const request = { scope: 'platform', mode: 'block_entries', reason: '/pause in Telegram', minutes } as const;
    const { item, changed } = await this.parts.switches.set(request, caller);
    const until = item.expires_at?.toISOString() ?? '';
    return { lines: [changed ? `⏸ No new entries until ${until}` : `⏸ It was paused already, until ${until}`] };
  }

  /** A code that this person has to send back. */
  async #ask(purpose: Confirmed, admin: LinkedAdmin): Promise<Answer> {
    const code = this.parts.randomness.hexCode(8);
    const { telegram_user_id: person, user_id } = admin;
    await this.parts.admins.addCode(codeHash(code), purpose, user_id, person, CONFIRM_SECONDS);
    const what =
      purpose === 'kill'
        ? '⛔ This stops all new exposure on the whole platform, until somebody resumes. Exits go on.'
        : '▶️ This ends the pause or the kill switch of the whole platform: new entries are let in.';
    return {
      lines: [what, `Press the button, or send /${purpose} ${code} within ${CONFIRM_SECONDS} seconds.`],
      buttons: [{ text: purpose === 'kill' ? '⛔ Stop trading' : '▶️ Let trading go on', data: `${purpose}:${code}` }],
    };
  }

  async #confirm(purpose: Confirmed, code: string, admin: LinkedAdmin): Promise<Answer> {
    const hash = codeHash(code.toUpperCase());
    const owner = await this.parts.admins.useCode(hash, purpose, admin.telegram_user_id);
    if (owner !== admin.user_id) return { lines: [`This code is not good any more. Send /${purpose} for another.`] };
    return purpose === 'kill' ? this.#kill(callerOf(admin)) : this.#resume(callerOf(admin));
  }

  async #kill(caller: UserCaller): Promise<Answer> {
    const request = { scope: 'platform', mode: 'reduce_only', reason: '/kill in Telegram', minutes: null } as const;
    const { changed } = await this.parts.switches.set(request, caller);
    return { lines: [changed ? '⛔ Trading is stopped. Exits go on.' : '⛔ Trading was stopped already.'] };
  }

  async #resume(caller: UserCaller): Promise<Answer> {
    const outcome = await this.parts.switches.resume(true, caller);
    return { lines: [outcome === undefined ? 'Nothing was stopped.' : '▶️ Trading goes on.'] };
  }

  /** Somebody brings the code that an administrator was given in the app. */
  async #link(row: MessageRow, code: string): Promise<Handled> {
    const person = row.sender_id ?? 0;
    const userId = row.sender_kind === 'person' ? await this.#use(code, person) : undefined;
    if (userId === undefined) return ignored('WRONG_CODE');
    await this.parts.admins.link(person, userId, row.sender_name);
    const after = { telegram_user_id: person, name: row.sender_name };
    await this.parts.audit.record({
      actorKind: 'user',
      actorId: userId,
      action: 'telegram.link',
      subject: `user:${userId}`,
      after,
    });
    return said('start', { lines: ['You are linked as an administrator.', ...this.parts.texts.help().lines] });
  }

  #use(code: string, person: number): Promise<number | undefined> {
    return this.parts.admins.useCode(codeHash(code), 'link', person);
  }

  #in(work: () => Promise<void>): Promise<void> {
    return this.parts.database.transaction(work);
  }

  /** The audit trail names by which account of Telegram it was said. */
  #through(admin: LinkedAdmin, work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      callContext.run('', () => {
        callContext.via(`telegram:${admin.telegram_user_id}`);
        work().then(resolve, reject);
      });
    });
  }
}

function givenBy(row: MessageRow, ourName: string | undefined): GivenCommand | undefined {
  if (row.kind === 'message') return commandOf(row.text, ourName);
  const [, name, argument] = BUTTON.exec(row.text) ?? [];
  if (argument === undefined) return undefined;
  return { name: name === 'kill' ? 'kill' : 'resume', argument };
}

/** Codes are left out of what is kept. */
function said(name: string, answer: Answer): Handled {
  const isSecret = answer.buttons !== undefined;
  const result = isSecret ? { asked: true } : { lines: answer.lines };
  return { judgement: { verdict: 'COMMAND', code: name, result }, answer };
}

function callerOf({ user_id: userId, telegram_user_id }: LinkedAdmin): UserCaller {
  return {
    kind: 'user',
    userId,
    sessionId: `telegram:${telegram_user_id}`,
    role: 'admin',
    isVerified: true,
    subscription: { tier: 'TRIAL', expiresAt: null },
  };
}
