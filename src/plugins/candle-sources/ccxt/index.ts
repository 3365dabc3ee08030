/** Candles of real markets through ccxt: public data, no key needed. The library is loaded when the first candle is asked for. */
import { z } from 'zod';
import type { CandleSource } from '../../../ports/candle-source.js';
import type { Plugin } from '../../../ports/plugin.js';
import { CcxtCandles } from './ccxt-candles.js';
import { VENUES } from './venues.js';

const webAddress = z
  .string()
  .regex(/^https?:\/\/[^\s/]+$/, 'must be an address without a path, such as http://127.0.0.1:9000')
  .optional();

const settings = z.object({
  CCXT_EXCHANGE: z.enum(Object.keys(VENUES) as [keyof typeof VENUES]).default('binance'),
  CCXT_REST_URL: webAddress,
});

export const plugin: Plugin<CandleSource, z.infer<typeof settings>> = {
  code: 'ccxt',
  summary: 'USDT perpetuals of Binance or Bybit, by REST',
  settings,
  create: (chosen, host) => new CcxtCandles(VENUES[chosen.CCXT_EXCHANGE], chosen.CCXT_REST_URL, host),
};
