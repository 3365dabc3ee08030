/** Recorded prices: plays a file of candles. No network; the prices were those of a market, the times are the file's. */
import { basename } from 'node:path';
import { z } from 'zod';
import type { Plugin } from '../../../ports/plugin.js';
import type { PriceFeed } from '../../../ports/price-feed.js';
import { candleFileProblem } from './candle-file.js';
import { ReplayFeed } from './replay-feed.js';

const SYMBOL = /^[A-Z0-9]{2,20}$/;

/** `BTCUSDT` of `/data/BTCUSDT-1m-2025.csv.gz`. */
function symbolOfFile(path: string): string {
  return (/^[A-Za-z0-9]+/.exec(basename(path))?.[0] ?? '').toUpperCase();
}

const settings = z
  .object({
    REPLAY_FILE: z
      .string({ error: 'must name a .csv or .csv.gz file of candles when PRICE_FEED=replay' })
      .trim()
      .min(1),
    REPLAY_SYMBOL: z.string().trim().toUpperCase().regex(SYMBOL, 'must be a symbol such as BTCUSDT').optional(),
    REPLAY_SPEED: z.coerce.number().int().min(0).max(10_000_000).default(60),
  })
  .superRefine((chosen, context) => {
    const problem = candleFileProblem(chosen.REPLAY_FILE);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['REPLAY_FILE'], message: problem });
    if (chosen.REPLAY_SYMBOL === undefined && !SYMBOL.test(symbolOfFile(chosen.REPLAY_FILE))) {
      const message = `must be set, because the name ${basename(chosen.REPLAY_FILE)} does not begin with a symbol`;
      context.addIssue({ code: 'custom', path: ['REPLAY_SYMBOL'], message });
    }
  });

export const plugin: Plugin<PriceFeed, z.infer<typeof settings>> = {
  code: 'replay',
  summary: 'recorded candles from a file',
  settings,
  create: (chosen, host) =>
    new ReplayFeed(
      {
        file: chosen.REPLAY_FILE,
        symbol: chosen.REPLAY_SYMBOL ?? symbolOfFile(chosen.REPLAY_FILE),
        speed: chosen.REPLAY_SPEED,
      },
      host,
    ),
};
