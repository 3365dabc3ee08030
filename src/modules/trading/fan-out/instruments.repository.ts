/**
 * The instrument registry: rules by symbol, asked of the venue once and kept.
 * Keeps: the first rules stored for a symbol stay, also when two workers ask at the same time.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { InstrumentRules } from '../../../domain/instrument/instrument.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../../ports/exchange-client.js';

interface InstrumentRow {
  symbol: string;
  base: string;
  quote: string;
  tick_size: string;
  lot_step: string;
  min_qty: string;
  min_notional: string;
  max_leverage: number;
}

const COLUMNS = 'symbol, base, quote, tick_size, lot_step, min_qty, min_notional, max_leverage';

@Injectable()
export class InstrumentsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
  ) {}

  /** The rules of `symbol`; `near` is a price at which it trades, used when the symbol is new. */
  async rulesOf(symbol: string, near: string): Promise<InstrumentRules> {
    return (await this.#find(symbol)) ?? (await this.#register(symbol, near));
  }

  async #find(symbol: string): Promise<InstrumentRules | undefined> {
    const row = await this.database.first<InstrumentRow>(`SELECT ${COLUMNS} FROM instruments WHERE symbol = $1`, [
      symbol,
    ]);
    return row === undefined ? undefined : toRules(row);
  }

  async #register(symbol: string, near: string): Promise<InstrumentRules> {
    const rules = await this.client.rules(symbol, near);
    await this.database.execute(
      `INSERT INTO instruments (${COLUMNS}, exchange, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (symbol) DO NOTHING`,
      [
        symbol,
        rules.base,
        rules.quote,
        rules.tickSize,
        rules.lotStep,
        rules.minQty,
        rules.minNotional,
        rules.maxLeverage,
        this.client.code,
        this.clock.now(),
      ],
    );
    return (await this.#find(symbol)) ?? rules;
  }
}

function toRules(row: InstrumentRow): InstrumentRules {
  return {
    symbol: row.symbol,
    base: row.base,
    quote: row.quote,
    tickSize: row.tick_size,
    lotStep: row.lot_step,
    minQty: row.min_qty,
    minNotional: row.min_notional,
    maxLeverage: row.max_leverage,
  };
}
