/**
 * Tells the engine what has become of its signals, at its own receiver (HOUSE_ENGINE_URL): targets and ends, by its uuid.
 * Keeps: at least once, those of one signal in their order; what the engine does not know or has closed itself is taken as told;
 * an engine that stays away for half an hour is given up, with a line in the log. Nothing is called inside a transaction.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import { toJsonNumber } from '../../domain/money/money.js';
import { botOfSource, EXPIRED_REASON, type HouseCloseReason } from '../../domain/signal/house.js';
import { Logger } from '../../platform/logging/logger.js';
import type { ClaimedWork } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { SIGNAL_TOLD_QUEUE } from '../signals/signal-work.js';
import { isUnnamed } from './house-signals.service.js';
import { type HouseEventRow, HouseSignalsRepository } from './house-signals.repository.js';

const TIMEOUT_MS = 10_000;

/** With pauses of up to a minute. */
const MAX_ATTEMPTS = 36;

/** What the engine answers to what it does not know, has closed, or will never understand. */
const FINAL = [400, 404];

export interface EngineCall {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

@Injectable()
export class HouseCallbacks implements OnModuleInit {
  constructor(
    private readonly rows: HouseSignalsRepository,
    private readonly runner: WorkRunner,
    private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    if (this.config.process.ROLE === 'api') return;
    this.runner.register({
      queue: SIGNAL_TOLD_QUEUE,
      concurrency: 2,
      leaseMs: 30_000,
      maxAttempts: 0,
      handle: (work) => this.#tell(work),
    });
  }

  async #tell(work: ClaimedWork): Promise<void> {
    const { HOUSE_ENGINE_URL: url } = this.config.house;
    const row = await this.rows.event(Number(work.payload.event_id));
    const call = row === undefined ? undefined : callOf(row);
    if (url === undefined || call === undefined) return;
    const status = await this.#post(new URL(call.path, url), call).catch((error: unknown) => {
      if (work.attempts < MAX_ATTEMPTS) throw error;
      return 0;
    });
    if (status >= 200 && status < 300) return;
    const facts = { signal_id: row?.signal_id, path: call.path, status };
    if (FINAL.includes(status) || work.attempts >= MAX_ATTEMPTS)
      this.logger.warn('the engine did not take what became of its signal', facts);
    else throw new Error(`the engine answered ${status}`);
  }

  async #post(url: URL, { body }: EngineCall): Promise<number> {
    const { HOUSE_ENGINE_WEBHOOK_SECRET: own } = this.config.house;
    const secret = own ?? this.config.secrets.HOUSE_ENGINE_TOKEN ?? '';
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Webhook-Secret': secret },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status;
  }
}

/** What an event is to the engine; undefined where it is none of its signals, or nothing that it asks for. */
export function callOf({ code, ref, type, target_index, price, reason }: HouseEventRow): EngineCall | undefined {
  if (botOfSource(code) === undefined || ref === null || isUnnamed(ref)) return undefined;
  if (type === 'TARGET') {
    return {
      path: '/api/signals/tp-hit',
      body: { signal_id: ref, hit_price: toJsonNumber(price), tp_number: target_index },
    };
  }
  const closes = { STOP: 'SL', CANCELLED: reasonOf(reason) } as const;
  if (type !== 'STOP' && type !== 'CANCELLED') return undefined;
  const body = { signal_id: ref, exit_price: toJsonNumber(price), close_reason: closes[type] };
  return { path: '/api/signals/close', body };
}

function reasonOf(reason: string | null): HouseCloseReason {
  return reason === EXPIRED_REASON || reason === 'REVERSAL' ? reason : 'CANCEL';
}
