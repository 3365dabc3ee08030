/**
 * The analyses that a command asks for, each as data and as a table of the report.
 * Keeps: analyses run the strategy by the same runner on the same candles; what they choose never sees what judges it.
 */
import { candidatesOf } from '../../domain/backtest/analysis/candidates.js';
import { detectLookAhead, type LookAheadReport } from '../../domain/backtest/analysis/look-ahead.js';
import { type MonteCarlo, monteCarlo, PERCENTILES } from '../../domain/backtest/analysis/monte-carlo.js';
import {
  foldsOf,
  type RunWith,
  type SearchReport,
  searchSettings,
  type WalkForward,
  walkForward,
} from '../../domain/backtest/analysis/search.js';
import type { Metrics } from '../../domain/backtest/metrics.js';
import { toDouble } from '../../domain/money/double.js';
import type { ReportSection } from '../../domain/backtest/report/html-report.js';
import { figure, moment } from '../../domain/backtest/report/markup.js';
import { type BacktestInput, type BacktestResult, runBacktest } from '../../domain/backtest/run.js';
import type { SettingValues } from '../../domain/strategy/settings.js';
import type { BacktestOptions } from './options.js';
import { jsonOf } from './files.js';

export interface Analyses {
  readonly search?: SearchReport;
  readonly walk_forward?: WalkForward;
  readonly monte_carlo?: MonteCarlo;
  readonly look_ahead?: readonly LookAheadReport[];
  /** How the messages of a channel were read: kinds and reasons. */
  readonly messages?: Readonly<Record<string, number>>;
}

/** Of the time a search looks at; the rest judges it. */
const SAMPLE_SHARE = 0.7;

/** `told` gets a line for each analysis that begins. @throws TypeError with a sentence. */
export function analyse(
  input: BacktestInput,
  result: BacktestResult,
  options: BacktestOptions,
  told: (line: string) => void,
): Analyses {
  const { strategy } = input;
  const runs = options.monteCarlo;
  const results = result.trades.map(({ netPnl }) => toDouble(netPnl));
  const chance =
    runs === undefined ? undefined : monteCarlo(results, Number(result.initialBalance), { runs, seed: options.seed });
  const drawn = chance === undefined ? {} : { monte_carlo: chance };
  if (strategy === undefined) return drawn;
  const run: RunWith = (settings, from, to) =>
    runBacktest({ ...input, strategy: { rule: strategy.rule, settings }, from, to });
  return { ...drawn, ...searched(run, strategy, result, options, told), ...lookedAhead(input, options, told) };
}

function searched(
  run: RunWith,
  { rule, settings }: NonNullable<BacktestInput['strategy']>,
  { from, to }: BacktestResult,
  options: BacktestOptions,
  told: (line: string) => void,
): Pick<Analyses, 'search' | 'walk_forward'> {
  if (options.search === undefined && options.walkForward === undefined) return {};
  const { objective, minTrades, seed } = options;
  let candidates: readonly SettingValues[] = [settings];
  if (options.search !== undefined) {
    const random = options.random === undefined ? undefined : { count: options.random, seed };
    const found = candidatesOf(rule.settings, settings, jsonOf(options.search), random);
    const [problem] = found.problems;
    if (problem !== undefined) throw new TypeError(`${options.search}: ${problem.field} ${problem.rule}.`);
    candidates = found.candidates;
  }
  if (options.walkForward !== undefined) {
    told(`walking forward: ${options.walkForward} folds, ${candidates.length} candidates`);
    const folds = foldsOf({ from, to }, options.walkForward, !options.isRolling);
    return { walk_forward: walkForward(run, candidates, folds, { objective, minTrades }) };
  }
  told(`searching: ${candidates.length} candidates`);
  const cut = Math.round(from + (to - from) * SAMPLE_SHARE);
  const stretches = { inSample: { from, to: cut }, outOfSample: { from: cut, to } };
  return { search: searchSettings(run, candidates, stretches, { objective, minTrades }) };
}

function lookedAhead(
  { strategy, series }: BacktestInput,
  { lookAhead, seed }: BacktestOptions,
  told: (line: string) => void,
): Pick<Analyses, 'look_ahead'> {
  if (lookAhead === undefined || strategy === undefined) return {};
  told(`looking whether the strategy looks ahead: ${lookAhead} places`);
  return {
    look_ahead: series.map(({ symbol, intervalMs, candles }) =>
      detectLookAhead({
        make: () => strategy.rule,
        settings: strategy.settings,
        symbol,
        intervalMs,
        candles,
        places: lookAhead,
        seed,
      }),
    ),
  };
}

export function sectionsOf(found: Analyses): ReportSection[] {
  const { search, walk_forward: forward, monte_carlo: chance, look_ahead: ahead, messages } = found;
  return [
    ...(messages === undefined ? [] : [messagesSection(messages)]),
    ...(search === undefined ? [] : [searchSection(search)]),
    ...(forward === undefined ? [] : [forwardSection(forward)]),
    ...(chance === undefined ? [] : [chanceSection(chance)]),
    ...(ahead === undefined ? [] : [aheadSection(ahead)]),
  ];
}

function messagesSection(counts: Readonly<Record<string, number>>): ReportSection {
  return { title: 'Messages', head: ['Read as', 'Messages'], rows: Object.entries(counts) };
}

const scoreOf = (score: number | null): string => figure(score, 3);

const netOf = ({ netProfit, trades }: Metrics): string => `${figure(Number(netProfit))} (${trades})`;

function settingsText(settings: SettingValues): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}

function searchSection({ objective, inSample, outOfSample, tried, best }: SearchReport): ReportSection {
  return {
    title: 'Search',
    note: `${tried} candidates by ${objective} from ${moment(inSample.from)} to ${moment(inSample.to)}, judged until ${moment(outOfSample.to)}. Net USDT, with the number of trades.`,
    head: ['Settings', 'In sample', 'Net', 'Out of sample', 'Net'],
    rows: best.map((one) => [
      settingsText(one.settings),
      scoreOf(one.score),
      netOf(one.metrics),
      scoreOf(one.outOfSample.score),
      netOf(one.outOfSample.metrics),
    ]),
  };
}

function forwardSection({ folds, netProfit, trades, profitableFolds, efficiency }: WalkForward): ReportSection {
  return {
    title: 'Walk forward',
    note: `Outside the samples ${figure(netProfit)} USDT in ${trades} trades; ${profitableFolds} of ${folds.length} folds earned; efficiency ${figure(efficiency)}.`,
    head: ['Judged from', 'to', 'Chosen', 'In sample', 'Net', 'Out of sample', 'Net'],
    rows: folds.map(({ outOfSample, chosen, judged }) => [
      moment(outOfSample.from),
      moment(outOfSample.to),
      settingsText(chosen.settings),
      scoreOf(chosen.score),
      netOf(chosen.metrics),
      scoreOf(judged.score),
      netOf(judged.metrics),
    ]),
  };
}

function chanceSection(chance: MonteCarlo): ReportSection {
  const row = (name: string, of: MonteCarlo['drawdownOfOrders']) => [
    name,
    ...PERCENTILES.map((percent) => figure(of[`p${percent}`])),
  ];
  return {
    title: 'Monte Carlo',
    note: `${chance.runs} runs of ${chance.trades} trades, seed ${chance.seed}; ${figure(chance.losingPercent)} % of the draws lose, ${figure(chance.ruinPercent)} % lose everything.`,
    head: ['Percentile', ...PERCENTILES.map(String)],
    rows: [
      row('Drawdown %, other orders', chance.drawdownOfOrders),
      row('Drawdown %, drawn anew', chance.drawdownOfDraws),
      row('Result USDT, drawn anew', chance.resultOfDraws),
    ],
  };
}

function aheadSection(reports: readonly LookAheadReport[]): ReportSection {
  const findings = reports.flatMap((report) => report.findings);
  return {
    title: 'Look-ahead',
    note:
      findings.length === 0
        ? 'No decision depends on candles that came later.'
        : `${findings[0]?.strategy} LOOKS AHEAD: its results cannot be believed.`,
    head: ['Strategy', 'Candle', 'Opened', 'Decided', 'Without the future'],
    rows: findings.map(({ strategy, candle, at, decided, instead }) => [strategy, candle, at, decided, instead]),
  };
}
