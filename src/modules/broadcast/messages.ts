/**
 * What groups are told, as plain text and Telegram HTML.
 * Keeps: everything that comes from outside is escaped; prices are shown with their own digits; a message stays under
 * Telegram's 4,096 characters.
 */
import { forwardedLines } from '../../domain/listening/forwarded-text.js';
import type { DailyFigures, SymbolFigures, TradeFigures } from '../../domain/report/daily-report.js';
import type { SignalEventType } from '../../domain/signal/signal.js';
import type { OutgoingMessage } from '../../ports/notification-channel.js';

export interface SignalFacts {
  readonly id: number;
  readonly symbol: string;
  readonly side: string;
  readonly entry: string;
  readonly stop_loss: string;
  readonly target_prices: readonly string[];
  readonly leverage: number;
  readonly trade_type: string;
  readonly duration: string;
  readonly confidence: number;
}

export interface EventFacts {
  readonly type: SignalEventType;
  readonly target_index: number | null;
  readonly price: string | null;
  readonly reason: string | null;
  /** Of a reduction. */
  readonly percent?: string | null;
  /** Of an edit: by field, from what to what. */
  readonly changes?: Readonly<Record<string, { readonly from: unknown; readonly to: unknown }>> | null;
}

const LIMIT = 4_000;

/** Symbols that a report's message names; the whole list is in the report itself. */
const MAX_SYMBOLS = 50;

export interface Line {
  readonly text: string;
  readonly bold?: boolean;
}

export function escapeTelegram(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** Undefined for events that are stored but not told. */
export function signalMessage(signal: SignalFacts, event: EventFacts): OutgoingMessage | undefined {
  const lines = linesOf(signal, event);
  return lines === undefined ? undefined : compose(lines);
}

function linesOf(signal: SignalFacts, event: EventFacts): Line[] | undefined {
  const number = { text: `Signal #${signal.id}` };
  const price = event.price === null ? [] : [{ text: `Price: ${event.price}` }];
  switch (event.type) {
    case 'POSTED':
      return posted(signal);
    case 'TARGET':
      return [{ text: `🎯 ${signal.symbol}: target ${event.target_index ?? 0} hit`, bold: true }, ...price, number];
    case 'ALL_TARGETS':
      return [{ text: `🏁 ${signal.symbol}: all targets hit`, bold: true }, number];
    case 'STOP':
      return [{ text: `🛑 ${signal.symbol}: stop loss hit`, bold: true }, ...price, number];
    case 'CANCELLED': {
      const reason = event.reason === null || event.reason === 'CANCEL' ? [] : [{ text: `Reason: ${event.reason}` }];
      return [{ text: `⚪ ${signal.symbol}: signal cancelled`, bold: true }, ...reason, number];
    }
    case 'CLOSED':
      return [{ text: `⚪ ${signal.symbol}: signal closed`, bold: true }, ...price, number];
    case 'REDUCED': {
      const part = { text: `✂️ ${signal.symbol}: ${event.percent ?? ''} % of what is held is closed`, bold: true };
      return [part, ...price, number];
    }
    case 'EDITED': {
      const changed = changeLines(event.changes ?? {});
      if (changed.length === 0) return undefined;
      return [{ text: `✏️ ${signal.symbol}: signal changed`, bold: true }, ...changed, number];
    }
    case 'ENTRY':
      return undefined;
  }
}

/** What people trade by, in the words of the post; fields of the plan under their own names. Notes are not told. */
const CHANGE_NAMES: Readonly<Record<string, string>> = {
  entry: 'Entry',
  targets: 'Targets',
  stop_loss: 'Stop loss',
  leverage: 'Leverage',
  confidence: 'Confidence',
  duration: 'Duration',
};

/** Prices stand above under their own name. */
const TOLD_AS_PRICES = ['entry.prices', 'targets.values', 'targets.unit', 'stop.value', 'stop.unit', 'margin.leverage'];

function changeLines(changes: NonNullable<EventFacts['changes']>): Line[] {
  return Object.entries(changes).flatMap(([field, { from, to }]) => {
    if (field === 'meta' || TOLD_AS_PRICES.includes(field)) return [];
    return [{ text: `${CHANGE_NAMES[field] ?? field}: ${valueText(from)} → ${valueText(to)}` }];
  });
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}

function posted(signal: SignalFacts): Line[] {
  const colour = signal.side === 'LONG' ? '🟢' : '🔴';
  return [
    { text: `${colour} VerzekAutoTrader: ${signal.symbol} ${signal.side}`, bold: true },
    { text: `Entry: ${signal.entry}` },
    { text: `Targets: ${signal.target_prices.join(', ')}` },
    { text: `Stop loss: ${signal.stop_loss}` },
    { text: `Leverage: ${signal.leverage}x, ${signal.trade_type}, ${signal.duration}` },
    { text: `Confidence: ${signal.confidence}%` },
    { text: `Signal #${signal.id}` },
  ];
}

type Totals =
  'total_trades' | 'winning_trades' | 'losing_trades' | 'win_rate_pct' | 'total_pnl_usdt' | 'total_profit_pct';
type TradeFact = Pick<TradeFigures, 'symbol' | 'side' | 'profit_pct'>;

export interface ReportFacts extends Pick<DailyFigures, Totals> {
  readonly date: string;
  readonly best: TradeFact | null;
  readonly worst: TradeFact | null;
  readonly symbols: readonly Omit<SymbolFigures, 'pnl_usdt'>[];
}

export function reportMessage(report: ReportFacts): OutgoingMessage {
  const symbols = report.symbols.map(({ symbol, profit_pct, trades }) => {
    const mark = profit_pct.startsWith('-') ? '🔴' : '🟢';
    const sign = profit_pct.startsWith('-') ? '' : '+';
    return { text: `${mark} ${symbol} :${sign}${profit_pct}% (${trades})` };
  });
  const title = { text: `📊 Daily report ${report.date}`, bold: true };
  if (report.total_trades === 0) return compose([title, { text: 'No trade ended on this day.' }]);
  return compose([
    title,
    ...symbols.slice(0, MAX_SYMBOLS),
    ...(symbols.length > MAX_SYMBOLS ? [{ text: `… and ${symbols.length - MAX_SYMBOLS} more` }] : []),
    { text: `Total profit: ${report.total_profit_pct}%` },
    { text: `PnL: ${report.total_pnl_usdt} USDT` },
    { text: `Trades: ${report.total_trades}, won ${report.winning_trades}, lost ${report.losing_trades}` },
    { text: `Win rate: ${report.win_rate_pct}%` },
    ...tradeLine('Best', report.best),
    ...tradeLine('Worst', report.worst),
  ]);
}

function tradeLine(name: string, trade: TradeFact | null): Line[] {
  return trade === null ? [] : [{ text: `${name}: ${trade.symbol} ${trade.side} ${trade.profit_pct}%` }];
}

/** A provider's post in place of our own announcement; the number is that by which we tell what becomes of it. */
export function forwardedMessage(signalId: number, post: string, source: string): OutgoingMessage {
  return compose([...forwardedLines(post, source), { text: `Signal #${signalId}` }]);
}

/** Somebody on trial asks administrators to be let into the group. The address is left out: a chat is no place for it. */
export function accessRequestMessage(userId: number, name: string): OutgoingMessage {
  return compose([
    { text: '🔑 Access to the Telegram group is asked for', bold: true },
    { text: `User #${userId}${name === '' ? '' : `, ${name}`}` },
  ]);
}

export function compose(lines: readonly Line[]): OutgoingMessage {
  const kept: Line[] = [];
  let length = 0;
  for (const line of lines) {
    length += escapeTelegram(line.text).length + 8;
    if (length > LIMIT) {
      kept.push({ text: '…' });
      break;
    }
    kept.push(line);
  }
  return {
    text: kept.map((line) => line.text).join('\n'),
    html: kept
      .map(({ text, bold }) => (bold === true ? `<b>${escapeTelegram(text)}</b>` : escapeTelegram(text)))
      .join('\n'),
  };
}
