/**
 * Takes what the engine says has become of its signals, by the engine's uuid: targets and closings.
 * Keeps: they reach the very signal and whoever trades it, as reports of the house do; the prices that the engine names are
 * answered back with its own profit, while trades are closed at the market's price; a repeated word changes nothing.
 */
import { Injectable } from '@nestjs/common';
import { Decimal, type DecimalText } from '../../domain/money/decimal.js';
import { asPercent, toJsonNumber } from '../../domain/money/money.js';
import { botOfSource, HOUSE_SOURCE_CODES } from '../../domain/signal/house.js';
import { isTerminalSignal } from '../../domain/signal/signal.js';
import { Clock } from '../../platform/clock/clock.js';
import { AppError } from '../../platform/errors/app-error.js';
import { HOUSE } from '../../platform/http/caller.js';
import { invalidInput } from '../../platform/http/validation.js';
import { signalError } from '../signals/signals.errors.js';
import { type SignalRow, SignalsRepository } from '../signals/signals.repository.js';
import { type Report, SignalsService } from '../signals/signals.service.js';
import { SourcesRepository } from '../signals/sources.repository.js';
import type { HouseCloseBody, HouseTargetBody } from './house-signals.dto.js';
import { houseSignalError } from './house-signals.errors.js';

@Injectable()
export class HouseReports {
  constructor(
    private readonly signals: SignalsRepository,
    private readonly reports: SignalsService,
    private readonly sources: SourcesRepository,
    private readonly clock: Clock,
  ) {}

  /** Throws 404 where no live signal is called so. */
  async close({ signal_id: uuid, exit_price, close_reason }: HouseCloseBody) {
    const signal = await this.#live(uuid);
    await this.#report(signal, reportOf(signal, close_reason));
    const closedAt = this.clock.now();
    return {
      ...namesOf(signal, uuid),
      entry_price: toJsonNumber(signal.entry),
      exit_price: toJsonNumber(exit_price),
      profit_pct: profitOf(signal, exit_price),
      duration_seconds: Math.floor((closedAt.getTime() - signal.created_at.getTime()) / 1_000),
      close_reason,
      closed_at: closedAt.toISOString(),
    };
  }

  /** Only the next target, or one that was hit: throws 400 for others, 404 where no live signal is called so. */
  async targetHit({ signal_id: uuid, hit_price, tp_number }: HouseTargetBody) {
    const signal = await this.#live(uuid);
    const hits = signal.target_hit_at.filter((hit) => hit !== null).length;
    const target = tp_number ?? hits + 1;
    if (target > hits + 1) throw invalidInput([{ field: 'tp_number', rule: `must be ${hits + 1}, the next target` }]);
    await this.#report(signal, { kind: 'target', signal_id: signal.id, target_index: target });
    return {
      ...namesOf(signal, uuid),
      tp_number: target,
      hit_price: toJsonNumber(hit_price),
      profit_pct: profitOf(signal, hit_price),
      current_tp_index: Math.max(hits, target),
      total_tps: signal.target_prices.length,
      is_closed: Math.max(hits, target) === signal.target_prices.length,
    };
  }

  async #live(uuid: string): Promise<SignalRow> {
    const signal = await this.signals.findByRef(await this.sources.idsOf(HOUSE_SOURCE_CODES), uuid);
    if (signal === undefined || isTerminalSignal(signal.status)) throw houseSignalError('HOUSE_SIGNAL_NOT_LIVE');
    return signal;
  }

  async #report(signal: SignalRow, report: Report): Promise<void> {
    if (await this.sources.isDisabled(HOUSE)) throw signalError('SOURCE_DISABLED');
    try {
      await this.reports.report(report, { kind: 'service', name: signal.source });
    } catch (error) {
      const isOver = error instanceof AppError && error.code === 'SIGNAL_ENDED';
      throw isOver ? houseSignalError('HOUSE_SIGNAL_NOT_LIVE') : error;
    }
  }
}

function reportOf({ id: signal_id, target_prices }: SignalRow, why: HouseCloseBody['close_reason']): Report {
  if (why === 'TP') return { kind: 'target', signal_id, target_index: target_prices.length };
  return why === 'SL' ? { kind: 'stop', signal_id } : { kind: 'cancel', signal_id, reason: why };
}

function namesOf({ symbol, side, source }: SignalRow, uuid: string) {
  return { signal_id: uuid, symbol, side, bot_source: botOfSource(source) ?? source };
}

/** In percent of the entry, without leverage, four places. */
function profitOf({ side, entry }: SignalRow, price: DecimalText): number {
  const before = Decimal.of(entry);
  const move = Decimal.of(price).minus(before);
  return toJsonNumber(asPercent(side === 'LONG' ? move : move.negated(), before));
}
