/**
 * What may be asked of `npm run backtest`. Keeps: pure; every mistake is one sentence with the usage, before a file is opened.
 */
import { parseArgs } from 'node:util';
import { OBJECTIVES, type Objective } from '../../domain/backtest/analysis/search.js';
import { INTRABAR_RULES, type IntrabarRule } from '../../domain/backtest/bar-path.js';
import { Decimal } from '../../domain/money/decimal.js';
import { type Realism, REALISMS } from '../../domain/paper/fill-model.js';

export const BACKTEST_USAGE = `Usage: npm run backtest -- --strategy CODE --candles FILE... [options]
  --candles FILE...         CSV, plain or .gz: timestamp_ms,open,high,low,close,volume; the symbol is what the name begins
                            with, or SYMBOL=FILE; shorter candles than the strategy's are made into its own
  --fine FILE               shorter candles that tell what came first inside a candle
  --set NAME=VALUE          a setting of the strategy, as often as needed
  --from DATE --to DATE     2025-01-31 or 2025-01-31T08:00Z; what lies before warms the strategy up
  --fusion                  with the layer that chooses among candidates of house bots
  --plan FILE               JSON of a trade plan that all trades follow
  --balance 1000 --per-trade 100 --leverage 1 --max-trades 50 --hedge    the account, in USDT
  --realism off|basic|full  how orders fill (PAPER_REALISM); --intrabar stop-first|replay
  --html FILE --csv FILE --json          report, trades, everything as JSON on stdout
  --search GRID.json [--random N]        tries settings: {"name": [1, 2] or {"from": 1, "to": 2, "step": 0.5}}
  --walk-forward N [--rolling]           N folds, each judged by what followed it
  --objective ${OBJECTIVES.join('|')} --min-trades 10
  --monte-carlo N           other orders and draws of the trades
  --look-ahead N            looks at N places whether the strategy knows the future
  --messages FILE           instead of a strategy: a channel's texts, JSON lines {"at", "text", "id", "reply_to"}
  --seed 1                  of all chance`;

export interface BacktestOptions {
  readonly strategy: string | undefined;
  readonly messages: string | undefined;
  readonly isFused: boolean;
  readonly candles: readonly string[];
  readonly fine: readonly string[];
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly plan: string | undefined;
  readonly balance: string;
  readonly perTrade: string;
  readonly leverage: number;
  readonly maxTrades: number;
  readonly isHedge: boolean;
  readonly realism: Realism | undefined;
  readonly intrabar: IntrabarRule;
  readonly html: string | undefined;
  readonly csv: string | undefined;
  readonly json: boolean;
  readonly search: string | undefined;
  readonly random: number | undefined;
  readonly walkForward: number | undefined;
  readonly isRolling: boolean;
  readonly objective: Objective;
  readonly minTrades: number;
  readonly monteCarlo: number | undefined;
  readonly lookAhead: number | undefined;
  readonly seed: number;
}

const one = { type: 'string' } as const;
const many = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;

const OPTIONS = {
  strategy: one,
  messages: one,
  fusion: flag,
  candles: many,
  fine: many,
  set: many,
  from: one,
  to: one,
  plan: one,
  balance: one,
  'per-trade': one,
  leverage: one,
  'max-trades': one,
  hedge: flag,
  realism: one,
  intrabar: one,
  html: one,
  csv: one,
  json: flag,
  search: one,
  random: one,
  'walk-forward': one,
  rolling: flag,
  objective: one,
  'min-trades': one,
  'monte-carlo': one,
  'look-ahead': one,
  seed: one,
} as const;

/** @throws TypeError with a sentence and the usage. */
export function readBacktestOptions(args: readonly string[]): BacktestOptions {
  const { values, positionals } = parse(args);
  const candles = [...(values.candles ?? []), ...positionals];
  if ((values.strategy === undefined) === (values.messages === undefined)) {
    throw wrong('Give either --strategy or --messages.');
  }
  if (candles.length === 0) throw wrong('Give --candles.');
  if (values.search === undefined && values.random !== undefined) throw wrong('--random belongs to --search.');
  return {
    strategy: values.strategy,
    messages: values.messages,
    isFused: values.fusion === true,
    candles,
    fine: values.fine ?? [],
    settings: settingsOf(values.set ?? []),
    from: time('from', values.from),
    to: time('to', values.to),
    plan: values.plan,
    balance: amount('balance', values.balance, '1000'),
    perTrade: amount('per-trade', values['per-trade'], '100'),
    leverage: integer('leverage', values.leverage, 1, 1, 125),
    maxTrades: integer('max-trades', values['max-trades'], 50, 1, 500),
    isHedge: values.hedge === true,
    realism: values.realism === undefined ? undefined : choice('realism', values.realism, REALISMS),
    intrabar: choice('intrabar', values.intrabar ?? 'stop-first', INTRABAR_RULES),
    html: values.html,
    csv: values.csv,
    json: values.json === true,
    search: values.search,
    random: optional('random', values.random, 1, 10_000),
    walkForward: optional('walk-forward', values['walk-forward'], 1, 50),
    isRolling: values.rolling === true,
    objective: choice('objective', values.objective ?? 'sharpe', OBJECTIVES),
    minTrades: integer('min-trades', values['min-trades'], 10, 1, 100_000),
    monteCarlo: optional('monte-carlo', values['monte-carlo'], 1, 100_000),
    lookAhead: optional('look-ahead', values['look-ahead'], 1, 1_000),
    seed: integer('seed', values.seed, 1, 0, 4_294_967_295),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw wrong((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '');
  }
}

function wrong(sentence: string): TypeError {
  return new TypeError(`${sentence}\n${BACKTEST_USAGE}`);
}

function settingsOf(pairs: readonly string[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...rest] = pair.split('=');
      if (name === '' || rest.length === 0) throw wrong(`--set ${pair} must be NAME=VALUE.`);
      return [name, valueOf(rest.join('='))];
    }),
  );
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function choice<const Known extends string>(name: string, value: string, known: readonly Known[]): Known {
  const found = known.find((one) => one === value);
  if (found === undefined) throw wrong(`--${name} must be one of ${known.join(', ')}.`);
  return found;
}

function integer(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw wrong(`--${name} must be a whole number from ${min} to ${max}.`);
}

function optional(name: string, text: string | undefined, min: number, max: number): number | undefined {
  return text === undefined ? undefined : integer(name, text, min, min, max);
}

function amount(name: string, text: string | undefined, fallback: string): string {
  if (text === undefined) return fallback;
  if (/^\d{1,12}(\.\d{1,8})?$/.test(text) && Decimal.of(text).isPositive) return text;
  throw wrong(`--${name} must be an amount above zero such as 250.5.`);
}

/** A day is its beginning in UTC. */
function time(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isKnown = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$/.test(text);
  const at = isKnown ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw wrong(`--${name} must be a day such as 2025-01-31, or 2025-01-31T08:00Z.`);
  return at;
}
