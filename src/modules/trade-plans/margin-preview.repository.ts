/**
 * Reads what the margin of one signal for one user is reckoned from: the signal, the user's size and leverage with their
 * overrides, and the instrument's rules where it has been traded. Keeps: read only; the user is named in every read.
 */
import { Injectable } from '@nestjs/common';
import type { Side } from '../../domain/instrument/side.js';
import { Database } from '../../platform/database/database.js';

export interface PreviewRow {
  symbol: string;
  side: Side;
  trade_type: string;
  entry: string;
  stop_loss: string;
  target_prices: string[];
  per_trade_usdt: string;
  leverage: number;
  /** USDT that the account has not in use. */
  free: string;
  /** Null while nobody has traded the symbol. */
  tick_size: string | null;
  lot_step: string | null;
  min_qty: string | null;
  min_notional: string | null;
  max_leverage: number | null;
}

const FIND = `
  SELECT s.symbol, s.side, s.trade_type, s.entry, s.stop_loss, s.target_prices,
         coalesce(sub.per_trade_usdt, u.per_trade_usdt) AS per_trade_usdt, coalesce(sub.leverage, a.leverage, u.leverage) AS leverage,
         coalesce(a.balance - a.margin_used, 0) AS free, i.tick_size, i.lot_step, i.min_qty, i.min_notional, i.max_leverage
  FROM signals s JOIN user_settings u ON u.user_id = $2
  LEFT JOIN accounts a ON a.user_id = u.user_id AND a.exchange = $3
  LEFT JOIN source_subscriptions sub ON sub.user_id = u.user_id AND sub.source_id = s.source_id
  LEFT JOIN instruments i ON i.symbol = s.symbol
  WHERE s.id = $1`;

@Injectable()
export class MarginPreviewRepository {
  constructor(private readonly database: Database) {}

  find(signalId: number, userId: number, exchange: string): Promise<PreviewRow | undefined> {
    return this.database.first<PreviewRow>(FIND, [signalId, userId, exchange]);
  }
}
