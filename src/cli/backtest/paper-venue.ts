/**
 * The simulated exchange of the product, as a backtest's venue: the same plugin, the same PAPER_* settings.
 */
import { venueOf } from '../../domain/backtest/venue.js';
import type { CandleSeries } from '../../domain/backtest/series.js';
import { priceText } from '../../domain/money/double.js';
import type { BacktestVenue } from '../../domain/backtest/terms.js';
import type { Realism } from '../../domain/paper/fill-model.js';
import { createFromPlugin, loadPlugin } from '../../platform/plugins/plugin-loader.js';
import type { ExchangeClient } from '../../ports/exchange-client.js';
import type { PluginHost } from '../../ports/plugin.js';

const QUIET: PluginHost = {
  now: () => new Date(0),
  after: () => () => undefined,
  every: () => () => undefined,
  log: () => undefined,
};

export async function paperVenue(
  environment: Readonly<Record<string, string | undefined>>,
  realism: Realism | undefined,
  series: readonly CandleSeries[],
): Promise<BacktestVenue> {
  const set = Object.entries(environment).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '');
  const settings = { ...Object.fromEntries(set), ...(realism === undefined ? {} : { PAPER_REALISM: realism }) };
  const plugin = await loadPlugin('exchanges', 'paper', 'EXCHANGE_MODE');
  const client = createFromPlugin<ExchangeClient, undefined>(plugin, settings, QUIET, undefined);
  const rules = await Promise.all(
    series.map(async ({ symbol, candles }) => {
      const near = priceText(candles.open[0] as number);
      return [symbol, await client.rules(symbol, near)] as const;
    }),
  );
  return venueOf(client, new Map(rules));
}
