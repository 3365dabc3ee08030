/**
 * Choosing settings by what they made in one stretch of time, and judging the choice by another that followed.
 * Keeps: a choice never sees the stretch that judges it; candidates that trade too little to be told apart from luck come
 * last; equal scores keep the order of the candidates. Walk-forward analysis: R. Pardo, "The Evaluation and Optimization of
 * Trading Strategies" (2008).
 */
import type { SettingValues } from '../../strategy/settings.js';
import { type Metrics, metricsOf } from '../metrics.js';
import { toDouble } from '../../money/double.js';
import { Decimal } from '../../money/decimal.js';
import type { BacktestResult } from '../run.js';

export const OBJECTIVES = ['sharpe', 'sortino', 'calmar', 'profitFactor', 'netProfit', 'expectancyR'] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** Runs the strategy with settings from a time up to another. */
export type RunWith = (settings: SettingValues, from: number, to: number) => BacktestResult;

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface Scored {
  readonly settings: SettingValues;
  /** Null where the objective is not defined or there were too few trades. */
  readonly score: number | null;
  readonly metrics: Metrics;
}

export interface SearchOptions {
  readonly objective: Objective;
  /** Fewer trades than this have no score. */
  readonly minTrades: number;
}

export interface SearchReport {
  readonly objective: Objective;
  readonly inSample: Stretch;
  readonly outOfSample: Stretch;
  readonly tried: number;
  /** Best first by the score in the sample, with the score outside it. */
  readonly best: readonly (Scored & { readonly outOfSample: Omit<Scored, 'settings'> })[];
}

/** Candidates that are also run outside the sample. */
const JUDGED = 10;

export function searchSettings(
  run: RunWith,
  candidates: readonly SettingValues[],
  { inSample, outOfSample }: { readonly inSample: Stretch; readonly outOfSample: Stretch },
  options: SearchOptions,
): SearchReport {
  const ranked = rank(run, candidates, inSample, options);
  const best = ranked.slice(0, JUDGED).map((scored) => {
    const { score, metrics } = scoreOf(run, scored.settings, outOfSample, options);
    return { ...scored, outOfSample: { score, metrics } };
  });
  return { objective: options.objective, inSample, outOfSample, tried: candidates.length, best };
}

export interface Fold {
  readonly inSample: Stretch;
  readonly outOfSample: Stretch;
  readonly chosen: Scored;
  readonly judged: Omit<Scored, 'settings'>;
}

export interface WalkForward {
  readonly folds: readonly Fold[];
  /** USDT, of all stretches that judged. */
  readonly netProfit: number;
  readonly trades: number;
  /** Folds whose choice earned money outside its sample. */
  readonly profitableFolds: number;
  /** Profit per day outside the samples over that inside; null where the choice lost in its sample. */
  readonly efficiency: number | null;
}

/**
 * `count` folds: the time is cut into `count` + 1 equal parts; each fold chooses on all parts before the one that judges it
 * (`anchored`), or on the one before only.
 */
export function foldsOf(
  { from, to }: Stretch,
  count: number,
  anchored: boolean,
): { inSample: Stretch; outOfSample: Stretch }[] {
  const part = (to - from) / (count + 1);
  const cut = (index: number) => (index > count ? to : Math.round(from + index * part));
  return Array.from({ length: count }, (_, fold) => ({
    inSample: { from: anchored ? from : cut(fold), to: cut(fold + 1) },
    outOfSample: { from: cut(fold + 1), to: cut(fold + 2) },
  }));
}

export function walkForward(
  run: RunWith,
  candidates: readonly SettingValues[],
  stretches: readonly { readonly inSample: Stretch; readonly outOfSample: Stretch }[],
  options: SearchOptions,
): WalkForward {
  const folds = stretches.map(({ inSample, outOfSample }): Fold => {
    const [chosen] = rank(run, candidates, inSample, options);
    if (chosen === undefined) throw new RangeError('there is nothing to choose from');
    const { score, metrics } = scoreOf(run, chosen.settings, outOfSample, options);
    return { inSample, outOfSample, chosen, judged: { score, metrics } };
  });
  const perDay = (some: readonly { net: number; days: number }[]) =>
    some.reduce((sum, { net }) => sum + net, 0) / some.reduce((sum, { days }) => sum + days, 0);
  const inside = perDay(folds.map(({ inSample, chosen }) => ({ net: netOf(chosen.metrics), days: daysOf(inSample) })));
  const outside = perDay(
    folds.map(({ outOfSample, judged }) => ({ net: netOf(judged.metrics), days: daysOf(outOfSample) })),
  );
  return {
    folds,
    netProfit: folds.reduce((sum, { judged }) => sum + netOf(judged.metrics), 0),
    trades: folds.reduce((sum, { judged }) => sum + judged.metrics.trades, 0),
    profitableFolds: folds.filter(({ judged }) => netOf(judged.metrics) > 0).length,
    efficiency: inside > 0 ? outside / inside : null,
  };
}

function rank(run: RunWith, candidates: readonly SettingValues[], stretch: Stretch, options: SearchOptions): Scored[] {
  const scored = candidates.map((settings) => scoreOf(run, settings, stretch, options));
  return scored.sort((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity) || 0);
}

function scoreOf(run: RunWith, settings: SettingValues, { from, to }: Stretch, options: SearchOptions): Scored {
  const metrics = metricsOf(run(settings, from, to));
  const isEnough = metrics.trades >= options.minTrades;
  const value = options.objective === 'netProfit' ? netOf(metrics) : metrics[options.objective];
  return { settings, metrics, score: isEnough ? value : null };
}

const netOf = ({ netProfit }: Metrics): number => toDouble(Decimal.of(netProfit));

const daysOf = ({ from, to }: Stretch): number => (to - from) / 86_400_000;
