/**
 * The few figures that administrators ask for from their phones. Keeps: read only; everybody's, from stored prices.
 */
import { Injectable } from '@nestjs/common';
import type { DailyFigures } from '../../domain/report/daily-report.js';
import { Database } from '../../platform/database/database.js';

export interface OpenFigures {
  positions: number;
  users: number;
  live_signals: number;
}

export interface SymbolPositions {
  symbol: string;
  side: string;
  positions: number;
  value_usdt: string;
  pnl_usdt: string | null;
}

@Injectable()
export class TelegramFigures {
  constructor(private readonly database: Database) {}

  async open(): Promise<OpenFigures> {
    const row = await this.database.first<OpenFigures>(
      `SELECT count(*) AS positions, count(DISTINCT user_id) AS users,
         (SELECT count(*) FROM signals WHERE status IN ('NEW', 'OPENED', 'PARTIAL')) AS live_signals
       FROM positions WHERE status IN ('OPEN', 'PARTIAL')`,
    );
    return row ?? { positions: 0, users: 0, live_signals: 0 };
  }

  /** What is held, by symbol and side, the largest first. */
  held(limit: number): Promise<SymbolPositions[]> {
    return this.database.query(
      `SELECT p.symbol, p.side, count(*) AS positions, round(sum(p.remaining_qty * p.entry_price), 2) AS value_usdt,
         round(sum((m.price - p.entry_price) * p.remaining_qty * CASE p.side WHEN 'LONG' THEN 1 ELSE -1 END), 2) AS pnl_usdt
       FROM positions p LEFT JOIN market_prices m ON m.symbol = p.symbol
       WHERE p.status IN ('OPEN', 'PARTIAL')
       GROUP BY p.symbol, p.side ORDER BY sum(p.remaining_qty * p.entry_price) DESC LIMIT $1`,
      [limit],
    );
  }

  /** The platform's newest daily report. */
  report(): Promise<{ day: string; report: DailyFigures } | undefined> {
    return this.database.first(
      `SELECT day::text AS day, report FROM daily_reports WHERE user_id IS NULL ORDER BY day DESC LIMIT 1`,
    );
  }
}
