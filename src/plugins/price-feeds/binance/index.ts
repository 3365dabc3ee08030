/** Prices of Binance's USD-M futures, from the public stream: no key needed. */
import { z } from 'zod';
import type { Plugin } from '../../../ports/plugin.js';
import type { PriceFeed } from '../../../ports/price-feed.js';
import { BinanceFeed } from './binance-feed.js';

const settings = z.object({
  BINANCE_STREAM_URL: z
    .string()
    .regex(/^wss?:\/\/[^\s/]+/, 'must begin with wss:// (or ws://)')
    .default('wss://fstream.binance.com')
    .transform((url) => url.replace(/(?<!\/)\/+$/, '')),
  BINANCE_STREAM_PRICE: z.enum(['mark', 'book']).default('mark'),
  PRICE_STALE_SECONDS: z.coerce.number().int().min(1).max(3_600).default(30),
});

export const plugin: Plugin<PriceFeed, z.infer<typeof settings>> = {
  code: 'binance',
  summary: 'the public stream of Binance USD-M futures',
  settings,
  create: (chosen, host) =>
    new BinanceFeed(
      {
        url: chosen.BINANCE_STREAM_URL,
        kind: chosen.BINANCE_STREAM_PRICE,
        staleMs: chosen.PRICE_STALE_SECONDS * 1_000,
      },
      host,
    ),
};
