/**
 * A result as JSON and its trades as CSV: what is stored, shown and compared.
 * Keeps: the same result is the same bytes; times are ISO 8601 in UTC, money and prices are decimal text; a cell of the CSV
 * that a spreadsheet would take for a formula is quoted and led by an apostrophe.
 */
import { type MetricsTable, metricsTable } from './metrics.js';
import type { BacktestResult } from './run.js';
import type { Trade } from './trade.js';

export const TRADE_COLUMNS = [
  'id',
  'symbol',
  'side',
  'opened_at',
  'closed_at',
  'entry_price',
  'exit_price',
  'qty',
  'leverage',
  'gross_pnl',
  'fees',
  'funding',
  'net_pnl',
  'risk',
  'reason',
  'targets_hit',
  'mae_percent',
  'mfe_percent',
  'confidence',
  'ref',
] as const;

export type TradeJson = Readonly<Record<(typeof TRADE_COLUMNS)[number], string | number | null>>;

export function tradeJson(trade: Trade): TradeJson {
  return {
    id: trade.id,
    symbol: trade.symbol,
    side: trade.side,
    opened_at: trade.openedAt.toISOString(),
    closed_at: trade.closedAt.toISOString(),
    entry_price: trade.entryPrice.toString(),
    exit_price: trade.exitPrice.toString(),
    qty: trade.qty.toString(),
    leverage: trade.leverage,
    gross_pnl: trade.grossPnl.toString(),
    fees: trade.fees.toString(),
    funding: trade.funding.toString(),
    net_pnl: trade.netPnl.toString(),
    risk: trade.risk.toString(),
    reason: trade.reason,
    targets_hit: trade.targetsHit,
    mae_percent: rounded(trade.maePercent),
    mfe_percent: rounded(trade.mfePercent),
    confidence: trade.confidence,
    ref: trade.ref,
  };
}

export interface ResultJson {
  readonly from: string;
  readonly to: string;
  readonly symbols: readonly string[];
  readonly candles: number;
  readonly initial_balance: string;
  readonly final_balance: string;
  readonly signals: number;
  readonly unfilled: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly decisions: Readonly<Record<string, number>>;
  readonly metrics: MetricsTable;
}

export function resultJson(result: BacktestResult): ResultJson {
  return {
    from: new Date(result.from).toISOString(),
    to: new Date(result.to).toISOString(),
    symbols: result.symbols,
    candles: result.candles,
    initial_balance: result.initialBalance,
    final_balance: result.finalBalance,
    signals: result.signals,
    unfilled: result.unfilled,
    refusals: result.refusals,
    decisions: result.decisions,
    metrics: metricsTable(result),
  };
}

/** RFC 4180, with a header; lines end in CRLF. */
export function tradesCsv(trades: readonly Trade[]): string {
  const lines = trades.map((trade) => {
    const json = tradeJson(trade);
    return TRADE_COLUMNS.map((column) => cell(json[column])).join(',');
  });
  return [TRADE_COLUMNS.join(','), ...lines, ''].join('\r\n');
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  const isNumber = /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Statistics are told to six places. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
