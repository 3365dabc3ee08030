/**
 * The figures of a daily report, and the word by which a stored one is announced to whoever tells people.
 */

/** Queue in which a stored report waits to be told; payload `{ day }`, key the day. */
export const REPORT_STORED_QUEUE = 'report.stored';

export interface SymbolFigures {
  readonly symbol: string;
  readonly trades: number;
  readonly pnl_usdt: string;
  readonly profit_pct: string;
}

export interface TradeFigures {
  readonly position_id: number;
  readonly symbol: string;
  readonly side: string;
  readonly pnl_usdt: string;
  readonly profit_pct: string;
}

/** As stored; decimals as text. */
export interface DailyFigures {
  readonly total_trades: number;
  readonly winning_trades: number;
  readonly losing_trades: number;
  readonly win_rate_pct: string;
  readonly total_pnl_usdt: string;
  readonly total_profit_pct: string;
  readonly average_profit_pct: string;
  readonly fees_usdt: string;
  readonly tp_hits: number;
  readonly sl_hits: number;
  readonly best: TradeFigures | null;
  readonly worst: TradeFigures | null;
  readonly symbols: readonly SymbolFigures[];
}
