/**
 * The signals of the demo: which symbols, and how far targets and stop lie from the price.
 * Keeps: the ladder spans what the simulated market walks in the time of the show, so that it almost surely ends by
 * itself; prices have six significant digits. Pure: knows neither server nor clock.
 */
import type { Side } from '../../domain/instrument/side.js';
import { Decimal, type DecimalText } from '../../domain/money/decimal.js';

export interface DemoMarket {
  readonly symbol: string;
  readonly side: Side;
  /** Where the simulated market begins when it has no price of the symbol yet. */
  readonly start: DecimalText;
}

/** In the order in which they are tried: a symbol that is traded on, or was posted a moment ago, is passed over. */
export const DEMO_MARKETS: readonly DemoMarket[] = [
  { symbol: 'BTCUSDT', side: 'LONG', start: '70000' },
  { symbol: 'ETHUSDT', side: 'SHORT', start: '3500' },
  { symbol: 'SOLUSDT', side: 'LONG', start: '150' },
  { symbol: 'BNBUSDT', side: 'SHORT', start: '600' },
  { symbol: 'XRPUSDT', side: 'LONG', start: '0.5' },
  { symbol: 'DOGEUSDT', side: 'SHORT', start: '0.15' },
  { symbol: 'ADAUSDT', side: 'LONG', start: '0.45' },
  { symbol: 'LINKUSDT', side: 'SHORT', start: '15' },
  { symbol: 'AVAXUSDT', side: 'LONG', start: '30' },
  { symbol: 'LTCUSDT', side: 'SHORT', start: '80' },
  { symbol: 'DOTUSDT', side: 'LONG', start: '6' },
  { symbol: 'UNIUSDT', side: 'SHORT', start: '8' },
];

export const DEMO_SIGNALS = 3;

const SYMBOLS = DEMO_MARKETS.map(({ symbol }) => symbol);

/** Settings of a server that is started for the demo: a second of the show is two hours of the market. */
export const DEMO_SERVER_SETTINGS: Readonly<Record<string, string>> = {
  EXCHANGE_MODE: 'paper',
  PRICE_FEED: 'simulated',
  SIMULATED_SPEED: '7200',
  SIMULATED_TICK_MS: '100',
  SIMULATED_VOLATILITY_BY_SYMBOL: SYMBOLS.map((symbol) => `${symbol}=60`).join(','),
  AUTO_TRADE_TIERS_PAPER: 'VIP,PREMIUM',
};

/** How the simulated market of the server moves. */
export interface MarketPace {
  /** Annual volatility in percent. */
  readonly volatilityPercent: number;
  readonly speed: number;
}

/** The body of `POST /api/signals`. */
export interface DemoSignal {
  readonly symbol: string;
  readonly side: Side;
  readonly entry: DecimalText;
  readonly tp: readonly DecimalText[];
  readonly sl: DecimalText;
  readonly leverage: number;
  readonly confidence: number;
}

const YEAR_SECONDS = 365 * 24 * 3_600;

/** Parts of the whole span between stop and last target. */
const STOP_AT = 0.42;
const TARGETS_AT = [0.15, 0.35, 0.58] as const;

/** A walk is still between its walls after the time in one case of 500, or of 200 when seen ten times a second only. */
const DECAY = 6.5;
const NARROWEST = 0.0004;
const WIDEST = 0.8;
const DIGITS = 6;

/**
 * The distance between stop and last target, as a fraction of the price, that a walk leaves within `seconds`.
 * The chance that it is still inside is about (4/π)·exp(−π²σ²t/2w²), the leading term of the heat kernel on a strip.
 */
export function ladderSpan(pace: MarketPace, seconds: number): number {
  const sigma = (pace.volatilityPercent / 100) * Math.sqrt(pace.speed / YEAR_SECONDS);
  const span = sigma * Math.PI * Math.sqrt(seconds / (2 * DECAY));
  return Math.min(WIDEST, Math.max(NARROWEST, span));
}

/** A signal at the price of the moment whose ladder has that span. */
export function demoSignal(market: DemoMarket, price: DecimalText, span: number): DemoSignal {
  const toward = market.side === 'LONG' ? 1 : -1;
  const at = (fraction: number) => priceAt(Decimal.of(price), toward * fraction * span);
  return {
    symbol: market.symbol,
    side: market.side,
    entry: price,
    tp: TARGETS_AT.map(at),
    sl: at(-STOP_AT),
    leverage: 10,
    confidence: 80,
  };
}

function priceAt(price: Decimal, change: number): DecimalText {
  const moved = price.times(Decimal.of((1 + change).toFixed(8)));
  const [whole = '', fraction = ''] = moved.toString().split('.');
  const zeros = whole === '0' ? (/^0*/.exec(fraction)?.[0].length ?? 0) : -whole.length;
  return moved.rounded(Math.max(0, DIGITS + zeros), 'half_even').toString();
}
