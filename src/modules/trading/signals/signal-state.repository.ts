/**
 * Reads signals as the domain sees them and writes their steps, with the events that follow from them.
 * Keeps: a step is written under the signal's row lock, together with its events.
 */
import { Injectable } from '@nestjs/common';
import type { EntryType, Side } from '../../../domain/instrument/side.js';
import { Decimal } from '../../../domain/money/decimal.js';
import type { SignalState, SignalStep } from '../../../domain/signal/signal-progress.js';
import type { SignalStatus } from '../../../domain/signal/signal.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { killPoint } from '../../../platform/process/kill-point.js';
import { SignalEvents } from '../../signals/signal-events.repository.js';

interface SignalRow {
  id: number;
  source_id: number;
  symbol: string;
  side: Side;
  status: SignalStatus;
  trade_type: 'FUTURES' | 'SPOT';
  entry_type: EntryType | null;
  confidence: number;
  entry: string;
  stop_loss: string;
  reference_price: string | null;
  plan: Record<string, unknown>;
  edit_version: number;
  target_prices: string[];
  target_hit_at: (Date | null)[];
  close_reason: string | null;
  dispatched_at: Date | null;
  opened_at: Date | null;
  closed_at: Date | null;
}

/** A signal with what dispatching it needs besides its progress. */
export interface StoredSignal extends SignalState {
  readonly sourceId: number;
  readonly isSpot: boolean;
  /** 0 to 100. */
  readonly confidence: number;
  readonly referencePrice: Decimal | null;
  /** Its own layer of the plan, as it was written. */
  readonly plan: Readonly<Record<string, unknown>>;
  /** How often it was edited. */
  readonly editVersion: number;
  readonly dispatchedAt: Date | null;
}

const COLUMNS = `id, source_id, symbol, side, status, trade_type, entry_type, confidence, entry, stop_loss, reference_price, plan,
  edit_version,  target_prices, target_hit_at, close_reason, dispatched_at, opened_at, closed_at`;

@Injectable()
export class SignalStateRepository {
  constructor(
    private readonly database: Database,
    private readonly events: SignalEvents,
    private readonly clock: Clock,
  ) {}

  async find(id: number): Promise<StoredSignal | undefined> {
    const sql = `SELECT ${COLUMNS} FROM signals WHERE id = $1`;
    const row = await this.database.first<SignalRow>(sql, [id], { name: 'signal_find' });
    return row === undefined ? undefined : toState(row);
  }

  async lock(id: number): Promise<StoredSignal | undefined> {
    const row = await this.database.first<SignalRow>(`SELECT ${COLUMNS} FROM signals WHERE id = $1 FOR UPDATE`, [id]);
    return row === undefined ? undefined : toState(row);
  }

  /** Signals that are dispatched and have not ended. */
  async live(): Promise<StoredSignal[]> {
    const rows = await this.database.query<SignalRow>(
      `SELECT ${COLUMNS} FROM signals WHERE status IN ('NEW', 'OPENED', 'PARTIAL') AND dispatched_at IS NOT NULL ORDER BY id`,
    );
    return rows.map(toState);
  }

  /** Fixes how a locked signal is entered; answers it as it then stands. */
  async markDispatched(
    signal: StoredSignal,
    entryType: EntryType | null,
    referencePrice: Decimal | null,
  ): Promise<StoredSignal> {
    const dispatchedAt = this.clock.now();
    await this.database.execute(
      'UPDATE signals SET entry_type = $2, reference_price = $3, dispatched_at = $4, updated_at = $4 WHERE id = $1',
      [signal.id, entryType, referencePrice?.toString() ?? null, dispatchedAt],
    );
    return { ...signal, entryType, referencePrice, dispatchedAt };
  }

  /** Status and version as they will stay until the running transaction ends. */
  hold(id: number): Promise<{ status: SignalStatus; edit_version: number } | undefined> {
    return this.database.first<{ status: SignalStatus; edit_version: number }>(
      'SELECT status, edit_version FROM signals WHERE id = $1 FOR SHARE',
      [id],
      { name: 'signal_hold' },
    );
  }

  /** Tells of a reduction of a locked signal, once for each mark; `price` is the market's, where there is one. */
  async noteReduction(
    signalId: number,
    reduction: { readonly mark: string; readonly percent: string; readonly actor_id: number | null },
    price: string | undefined,
  ): Promise<void> {
    const { mark, percent, actor_id } = reduction;
    const actor = actor_id === null ? {} : { actorId: actor_id };
    const at = price === undefined ? {} : { price };
    await this.events.record({ signalId, type: 'REDUCED', mark, detail: { percent }, ...at, ...actor });
  }

  /** Writes a step of a locked signal and records its events. */
  async writeStep(step: SignalStep, actorId: number | null): Promise<void> {
    const { after, facts } = step;
    await this.database.execute(
      `UPDATE signals SET status = $2, target_hit_at = $3, opened_at = $4, closed_at = $5, close_reason = $6, updated_at = $7
       WHERE id = $1`,
      [after.id, after.status, after.targetHitAt, after.openedAt, after.closedAt, after.closeReason, this.clock.now()],
    );
    for (const fact of facts) {
      await this.events.record({
        signalId: after.id,
        type: fact.type,
        targetIndex: fact.targetIndex,
        price: fact.price.toString(),
        actorId: actorId ?? undefined,
        detail: after.closeReason === null ? {} : { reason: after.closeReason },
      });
    }
    killPoint('signal-step:written');
  }
}

function toState(row: SignalRow): StoredSignal {
  return {
    id: row.id,
    sourceId: row.source_id,
    symbol: row.symbol,
    side: row.side,
    status: row.status,
    isSpot: row.trade_type === 'SPOT',
    entryType: row.entry_type,
    confidence: row.confidence,
    entry: Decimal.of(row.entry),
    stopLoss: Decimal.of(row.stop_loss),
    referencePrice: row.reference_price === null ? null : Decimal.of(row.reference_price),
    plan: row.plan,
    editVersion: row.edit_version,
    targetPrices: row.target_prices.map((price) => Decimal.of(price)),
    targetHitAt: row.target_hit_at,
    closeReason: row.close_reason,
    dispatchedAt: row.dispatched_at,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
  };
}
