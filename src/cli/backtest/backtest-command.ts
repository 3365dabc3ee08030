/**
 * A backtest as a command: reads what is asked, runs, writes what is wanted.
 * Keeps: results go to stdout and to the files that were named, everything else to stderr; no database, no network; the same
 * command on the same files writes the same bytes.
 */
import { writeFileSync } from 'node:fs';
import { metricsOf } from '../../domain/backtest/metrics.js';
import { htmlReport, summaryRows } from '../../domain/backtest/report/html-report.js';
import { resultJson, tradeJson, tradesCsv } from '../../domain/backtest/result-json.js';
import { type BacktestInput, type BacktestResult, runBacktest } from '../../domain/backtest/run.js';
import type { BacktestTerms } from '../../domain/backtest/terms.js';
import { FUSION_DEFAULTS } from '../../domain/fusion/candidate.js';
import { parsePlan, type PlanSpec } from '../../domain/plan/parse-plan.js';
import { NO_USER_PLAN } from '../../domain/plan/user-plan.js';
import { readSettings } from '../../domain/strategy/settings.js';
import type { Strategies, Strategy } from '../../ports/strategy.js';
import { analyse, type Analyses, sectionsOf } from './analyses.js';
import { jsonOf, readSeries } from './files.js';
import { readMessages } from './messages.js';
import { type BacktestOptions, readBacktestOptions } from './options.js';
import { paperVenue } from './paper-venue.js';

export interface CommandHost {
  readonly strategies: Strategies;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A line of the result. */
  out(text: string): void;
  /** What is going on. */
  told(text: string): void;
}

/** Platform limits of a fresh installation. */
const PLATFORM = { maxLeverage: 125, maxConcurrentTrades: 500 } as const;

/** @throws TypeError with a sentence for people. Answers whether the strategy is fit to be believed. */
export async function backtestCommand(args: readonly string[], host: CommandHost): Promise<boolean> {
  const options = readBacktestOptions(args);
  const rule = options.strategy === undefined ? undefined : strategyOf(options.strategy, host.strategies);
  const strategy = rule === undefined ? undefined : { rule, settings: settingsFor(rule, options) };
  const plan = options.plan === undefined ? {} : planOf(options.plan);
  host.told('reading candles');
  const series = readSeries(options.candles, options.fine, rule?.intervalMs);
  const terms = await termsOf(options, plan, series, host);
  const symbols = new Set(series.map(({ symbol }) => symbol));
  const messages = options.messages === undefined ? undefined : readMessages(options.messages, symbols);
  const input: BacktestInput = {
    series,
    strategy,
    said: messages?.said,
    terms,
    intrabar: options.intrabar,
    fusion: options.isFused ? FUSION_DEFAULTS : undefined,
    from: options.from,
    to: options.to,
  };
  const result = whole(() => runBacktest(input, progressTo(host)));
  const found = whole(() => analyse(input, result, options, host.told));
  const analyses = messages === undefined ? found : { ...found, messages: messages.counts };
  write(options, input, result, analyses, host);
  return (analyses.look_ahead ?? []).every(({ findings }) => findings.length === 0);
}

/** What the domain finds wrong with an input is a sentence for people. */
function whole<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? new TypeError(error.message) : error;
  }
}

function strategyOf(code: string, strategies: Strategies): Strategy {
  const found = strategies.get(code);
  if (found !== undefined) return found;
  throw new TypeError(`There is no strategy "${code}". Known: ${[...strategies.keys()].join(', ')}`);
}

function settingsFor(rule: Strategy, { settings }: BacktestOptions) {
  const { values, problems } = readSettings(rule.settings, settings);
  const [problem] = problems;
  if (problem !== undefined) throw new TypeError(`--set ${problem.field} ${problem.rule}.`);
  return values;
}

function planOf(path: string): PlanSpec {
  const { spec, problems } = parsePlan(jsonOf(path));
  const [problem] = problems;
  if (problem !== undefined) throw new TypeError(`${path}: ${problem.field} ${problem.rule}.`);
  return spec;
}

async function termsOf(
  options: BacktestOptions,
  source: PlanSpec,
  series: BacktestInput['series'],
  { environment }: CommandHost,
): Promise<BacktestTerms> {
  return {
    venue: await paperVenue(environment, options.realism, series),
    account: {
      balance: options.balance,
      perTradeUsdt: options.perTrade,
      leverage: options.leverage,
      maxConcurrentTrades: options.maxTrades,
      capitalUsdt: '0',
      positionMode: options.isHedge ? 'HEDGE' : 'ONE_WAY',
      allowsReversal: true,
    },
    plans: { user: { ...NO_USER_PLAN, caps: { ...NO_USER_PLAN.caps, allowsNoStop: true } }, source, platform: {} },
    platform: { ...PLATFORM, tolerancePercent: environment.ENTRY_TOLERANCE_PERCENT ?? '0.5' },
  };
}

function progressTo(host: CommandHost): (done: number, total: number) => void {
  let shown = -1;
  return (done, total) => {
    const percent = Math.floor((done / total) * 10) * 10;
    if (percent > shown) host.told(`${percent} % of ${total} candles`);
    shown = percent;
  };
}

function write(
  options: BacktestOptions,
  input: BacktestInput,
  result: BacktestResult,
  analyses: Analyses,
  host: CommandHost,
): void {
  const setup = setupOf(options, input);
  if (options.html !== undefined) {
    const title = `Backtest of ${options.strategy ?? 'messages'}`;
    writeFileSync(options.html, htmlReport(result, { title, setup, sections: sectionsOf(analyses) }));
    host.told(`report: ${options.html}`);
  }
  if (options.csv !== undefined) {
    writeFileSync(options.csv, tradesCsv(result.trades));
    host.told(`trades: ${options.csv}`);
  }
  if (options.json) {
    const setupJson = Object.fromEntries(setup);
    const json = { setup: setupJson, ...resultJson(result), ...analyses, trades: result.trades.map(tradeJson) };
    return host.out(JSON.stringify(json, undefined, 2));
  }
  for (const [name, value] of [...setup, ...summaryRows(result, metricsOf(result))])
    host.out(`${name.padEnd(26)} ${value}`);
  for (const { title, note, head, rows } of sectionsOf(analyses)) {
    host.out(`\n${title}${note === undefined ? '' : `: ${note}`}`);
    for (const row of rows.length === 0 ? [] : [head, ...rows]) host.out(`  ${row.map(String).join('  ')}`);
  }
}

function setupOf(options: BacktestOptions, { strategy, terms, series }: BacktestInput): [string, string][] {
  const settings = Object.entries(strategy?.settings ?? {}).map(([name, value]) => `${name}=${String(value)}`);
  const { account, venue } = terms;
  return [
    ['Strategy', [options.strategy ?? 'messages', ...settings, ...(options.isFused ? ['with fusion'] : [])].join(' ')],
    ['Candles', series.map(({ symbol, intervalMs }) => `${symbol} ${intervalMs / 60_000}m`).join(', ')],
    [
      'Account',
      `${account.balance} USDT, ${account.perTradeUsdt} a trade at ${account.leverage}x, ${account.positionMode}`,
    ],
    [
      'Costs',
      `maker ${venue.fees.makerPercent.toString()} %, taker ${venue.fees.takerPercent.toString()} %, fills ${venue.fees.fills?.realism ?? 'off'}`,
    ],
    [
      'Inside a candle',
      series.some(({ fine }) => fine !== undefined) ? `${options.intrabar}, by finer candles` : options.intrabar,
    ],
  ];
}
