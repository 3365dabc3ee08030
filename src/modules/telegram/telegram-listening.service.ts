/**
 * Runs the listener in one process: the one that watches the market.
 * Keeps: at most one process asks for messages or has them sent; losing the lead ends it before another begins; how it goes
 * is stored, so that every process can say it; nothing here fails a start or a takeover.
 */
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Logger } from '../../platform/logging/logger.js';
import { redactText } from '../../platform/logging/redaction.js';
import { type ListenerReport, MESSAGE_LISTENER, type MessageListener } from '../../ports/message-listener.js';
import { MarketWatch } from '../market-data/market-watch.service.js';
import { ListenerStates } from './listener-state.repository.js';
import { TelegramInbox } from './telegram-inbox.service.js';

export const WEBHOOK_PATH = '/api/telegram/webhook';

/** How often an unchanged state is stored. */
const BEAT_MS = 20_000;

export interface ListeningParts {
  readonly watch: MarketWatch;
  readonly inbox: TelegramInbox;
  readonly states: ListenerStates;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class TelegramListening implements OnModuleInit, OnModuleDestroy {
  #last: ListenerReport | undefined;
  #storedAtMs = -Infinity;
  /** Reports are stored one after the other, so that the last one stays. */
  #storing = Promise.resolve();

  constructor(
    private readonly parts: ListeningParts,
    @Inject(MESSAGE_LISTENER) private readonly listener: MessageListener | null,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    const { listener } = this;
    if (listener === null || this.config.process.ROLE === 'api') return;
    this.parts.watch.onLeading((leading) => (leading ? this.#begin(listener) : listener.stop()));
  }

  async onModuleDestroy(): Promise<void> {
    await this.listener?.stop();
    await this.#storing;
  }

  #begin(listener: MessageListener): void {
    this.#last = undefined;
    const tell = (report: ListenerReport) => this.#tell(report);
    if (this.config.telegram.TELEGRAM_LISTEN === 'polling') {
      listener.poll((heard) => this.parts.database.inLane('worker', () => this.parts.inbox.take(heard)), tell);
      return;
    }
    const { PUBLIC_URL = '' } = this.config.process;
    const url = new URL(WEBHOOK_PATH, PUBLIC_URL).href;
    listener.receive(url, this.config.telegram.TELEGRAM_WEBHOOK_SECRET ?? '', tell);
  }

  #tell(given: ListenerReport): void {
    const report = { ...given, reason: redactText(given.reason) };
    const { clock, logger } = this.parts;
    const isChange = this.#last?.state !== report.state || this.#last.reason !== report.reason;
    if (isChange) {
      const fields = { state: report.state, reason: report.reason, failures: report.failures };
      if (report.state === 'waiting' || report.state === 'refused') logger.warn('Telegram is not listened to', fields);
      else logger.info('listening to Telegram', fields);
    }
    if (!isChange && clock.monotonicMs() - this.#storedAtMs < BEAT_MS) return;
    this.#last = report;
    this.#storedAtMs = clock.monotonicMs();
    this.#storing = this.#storing.then(() => this.#store(report));
  }

  async #store(report: ListenerReport): Promise<void> {
    try {
      await this.parts.database.inLane('worker', () => this.parts.states.note(report));
    } catch (error) {
      this.#storedAtMs = -Infinity;
      this.parts.logger.warn('how the listening goes could not be stored', { error });
    }
  }
}
