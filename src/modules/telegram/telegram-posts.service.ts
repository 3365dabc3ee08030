/**
 * Posts of sources in allowed chats: reads them, and carries out what they want.
 * Keeps: what the platform has said itself is never read; a post makes one signal at most, in whatever forms it comes; an edit
 * changes that signal and asks for nothing twice; an old post opens nothing; what is refused is told to administrators once.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { ChangeIntent, EnterIntent, Intent } from '../../domain/intent/intent.js';
import { echoOf, type Ourselves } from '../../domain/listening/loop-guard.js';
import { furtherChanges, tradeEdit } from '../../domain/listening/post-edit.js';
import { readSignalText, type ReplyTo, type TextReading } from '../../domain/signal-text/read-signal-text.js';
import { COMMON_PROFILE, parseTextProfile, type TextProfile } from '../../domain/signal-text/text-profile.js';
import { Clock } from '../../platform/clock/clock.js';
import { MESSAGE_LISTENER, type MessageListener } from '../../ports/message-listener.js';
import type { IntakeResult } from '../intake/intake-result.js';
import { IntakeService } from '../intake/intake.service.js';
import { SignalsRepository } from '../signals/signals.repository.js';
import { BroadcastGroups } from './broadcast-groups.js';
import type { ChatRow } from './telegram-chats.repository.js';
import { type Handled, ignored } from './telegram-handler.js';
import { type Earlier, type MessageRow, postKey, TelegramMessages } from './telegram-messages.repository.js';
import { asked, carriedOut, refusal } from './telegram-outcomes.js';

/** The same words of the same source mean the same trade for so long. */
const REPEAT_MS = 3_600_000;

export interface PostsParts {
  readonly intake: IntakeService;
  readonly signals: SignalsRepository;
  readonly messages: TelegramMessages;
  readonly clock: Clock;
}

/** A post of a chat that is listened to. */
interface Post {
  readonly row: MessageRow;
  readonly chat: ChatRow;
  readonly sourceId: number;
  /** What its earlier forms came to. */
  readonly earlier: readonly Earlier[];
}

type Reading<Kind extends TextReading['kind']> = Extract<TextReading, { kind: Kind }>;

@Injectable()
export class TelegramPosts {
  readonly #own: Ourselves;
  readonly #maxAgeMs: number;
  /** By source: what its profile was read from, and what it is. */
  readonly #profiles = new Map<number, { readonly from: string; readonly profile: TextProfile }>();

  constructor(
    private readonly parts: PostsParts,
    @Inject(MESSAGE_LISTENER) listener: MessageListener | null,
    @Inject(CONFIG) config: Config,
  ) {
    this.#own = { botId: listener?.botId ?? 0, groups: new BroadcastGroups(config).ids };
    this.#maxAgeMs = config.telegram.TELEGRAM_SIGNAL_MAX_AGE_SECONDS * 1_000;
  }

  async handle(row: MessageRow, chat: ChatRow | undefined): Promise<Handled> {
    if (chat === undefined || !chat.is_allowed || chat.source_id === null) return ignored('CHAT_NOT_ALLOWED');
    const { via_bot: viaBotId = null, origin = null, automatic = false } = row.facts;
    const said = { chatId: row.chat_id, senderId: row.sender_id, viaBotId, origin, isAutomaticForward: automatic };
    const echo = echoOf({ ...said, text: row.text }, this.#own, chat.senders);
    if (echo !== undefined) return ignored(echo);
    const earlier = await this.parts.messages.earlier(row);
    const post: Post = { row, chat, sourceId: chat.source_id, earlier };
    const replyTo = await this.#replied(row);
    const context = replyTo === undefined ? {} : { replyTo };
    return this.#carryOut(
      post,
      readSignalText(row.text, { profile: this.#profileOf(chat, post.sourceId), ...context }),
    );
  }

  async #carryOut(post: Post, reading: TextReading): Promise<Handled> {
    switch (reading.kind) {
      case 'noise':
        return { judgement: { verdict: 'NOISE', code: reading.why, reading: { ...reading } } };
      case 'refused':
        return asked(post.row, post.chat, reading);
      case 'signal': {
        const made = madeBy(post.earlier);
        return made === undefined ? this.#enter(post, reading) : this.#edit(post, reading, made);
      }
      case 'update':
        return this.#update(post, reading);
    }
  }

  async #enter({ row, chat, sourceId }: Post, reading: Reading<'signal'>): Promise<Handled> {
    // What was posted before a crash stays posted, however late its verdict comes.
    const isPosted = (await this.parts.signals.findByKey(sourceId, postKey(row.id))) !== undefined;
    if (!isPosted) {
      if (this.#isOld(row)) return refusal(row, chat, reading, 'TOO_OLD', 'It is too old to be traded now.');
      const since = new Date(this.parts.clock.now().getTime() - REPEAT_MS);
      if (await this.parts.messages.isRepeat(row, sourceId, since)) return ignored('REPEATED');
    }
    const result = await this.#do(reading.intent, sourceId, row);
    return carriedOut(row, chat, reading, result, 'SIGNAL');
  }

  /** The post that made a signal says something else now. */
  async #edit({ row, chat, sourceId, earlier }: Post, reading: Reading<'signal'>, made: number): Promise<Handled> {
    const before = earlier.findLast(({ reading: { kind } }) => kind === 'signal')?.reading.intent as EnterIntent;
    const edit = tradeEdit(before, reading.intent);
    if (edit === undefined) {
      return refusal(row, chat, reading, 'ANOTHER_TRADE', 'An edit cannot make another trade of a signal.', made);
    }
    const lost = `The edit of ${edit.left.join(', ')} cannot be carried out.`;
    if (edit.changes.length === 0) {
      if (edit.left.length > 0) return refusal(row, chat, reading, 'NOT_EDITABLE', lost, made);
      return { judgement: { verdict: 'UPDATE', code: 'UNCHANGED', reading: { ...reading }, signalId: made } };
    }
    const intent: ChangeIntent = { kind: 'CHANGE', about: { signalId: made }, changes: edit.changes };
    const result = await this.#do(intent, sourceId, row);
    return carriedOut(row, chat, reading, result, 'UPDATE', edit.left.length > 0 ? lost : undefined);
  }

  async #update({ row, chat, sourceId, earlier }: Post, reading: Reading<'update'>): Promise<Handled> {
    const before = earlier.flatMap(({ reading: { kind, intent } }) =>
      kind === 'update' ? (intent as ChangeIntent).changes : [],
    );
    const changes = furtherChanges(before, reading.intent.changes);
    const made = madeBy(earlier);
    if (changes.length === 0 && before.length > 0) {
      return { judgement: { verdict: 'UPDATE', code: 'UNCHANGED', reading: { ...reading }, signalId: made ?? null } };
    }
    const about = made === undefined ? reading.intent.about : { signalId: made };
    const result = await this.#do({ ...reading.intent, about, changes }, sourceId, row);
    return carriedOut(row, chat, reading, result, 'UPDATE');
  }

  async #do(intent: Intent, sourceId: number, row: MessageRow): Promise<IntakeResult> {
    const [result] = await this.parts.intake.carryOut([intent], { sourceId }, postKey(row.id));
    if (result === undefined) throw new Error('an intent was carried out without a result');
    return result;
  }

  /** What the message answers: the signal that was made there, or at least the words. */
  async #replied(row: MessageRow): Promise<ReplyTo | undefined> {
    if (row.reply_to === null) return undefined;
    const replied = await this.parts.messages.lastOf(row.chat_id, row.reply_to);
    if (replied === undefined) return undefined;
    return replied.signal_id === null ? { text: replied.text } : { signalId: replied.signal_id };
  }

  #isOld(row: MessageRow): boolean {
    return this.parts.clock.now().getTime() - row.sent_at.getTime() > this.#maxAgeMs;
  }

  #profileOf({ text_profile }: ChatRow, sourceId: number): TextProfile {
    if (text_profile === null) return COMMON_PROFILE;
    const from = JSON.stringify(text_profile);
    const known = this.#profiles.get(sourceId);
    if (known?.from === from) return known.profile;
    const { profile } = parseTextProfile(text_profile);
    this.#profiles.set(sourceId, { from, profile });
    return profile;
  }
}

/** The signal that an earlier form of the post made. */
function madeBy(earlier: readonly Earlier[]): number | undefined {
  return earlier.find(({ verdict, signal_id }) => verdict === 'SIGNAL' && signal_id !== null)?.signal_id ?? undefined;
}
