/** Simulated prices: the default feed. No network, and not the prices of any market. */
import { z } from 'zod';
import type { Plugin } from '../../../ports/plugin.js';
import type { PriceFeed } from '../../../ports/price-feed.js';
import { SimulatedFeed } from './simulated-feed.js';

const percent = z.string().regex(/^\d{1,4}(\.\d{1,8})?$/, 'must be a percentage such as 60');

const bySymbol = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((item) => item.trim()))
  .transform((items) => items.filter((item) => item !== ''))
  .refine(
    (items) => items.every((item) => /^[A-Z0-9]{2,20}=\d{1,4}(\.\d{1,8})?$/.test(item)),
    'must be a list such as BTCUSDT=50,DOGEUSDT=120',
  )
  .transform(
    (items) => new Map(items.map((item) => item.split('=')).map(([name, value]) => [name ?? '', Number(value)])),
  );

const startPrices = z
  .string()
  .default('')
  .transform((text) => text.split(',').map((item) => item.trim()))
  .transform((items) => items.filter((item) => item !== ''))
  .refine(
    (items) => items.every((item) => /^[A-Z0-9]{2,20}=(?=.*[1-9])\d{1,12}(\.\d{1,12})?$/.test(item)),
    'must be a list such as BTCUSDT=70000,ETHUSDT=3500',
  )
  .transform(
    (items) => new Map(items.map((item) => item.split('=')).map(([name, price]) => [name ?? '', price ?? ''])),
  );

const settings = z.object({
  SIMULATED_SEED: z.coerce.number().int().min(0).max(4_294_967_295).default(42),
  SIMULATED_TICK_MS: z.coerce.number().int().min(10).max(60_000).default(1_000),
  SIMULATED_VOLATILITY_PERCENT: percent.default('60').transform(Number),
  SIMULATED_VOLATILITY_BY_SYMBOL: bySymbol,
  SIMULATED_START_PRICES: startPrices,
  SIMULATED_SPEED: z.coerce.number().int().min(1).max(100_000).default(1),
});

export const plugin: Plugin<PriceFeed, z.infer<typeof settings>> = {
  code: 'simulated',
  summary: 'random prices, no network, not the market',
  settings,
  create: (chosen, host) =>
    new SimulatedFeed(
      {
        seed: chosen.SIMULATED_SEED,
        tickMs: chosen.SIMULATED_TICK_MS,
        volatilityPercent: chosen.SIMULATED_VOLATILITY_PERCENT,
        volatilityBySymbol: chosen.SIMULATED_VOLATILITY_BY_SYMBOL,
        speed: chosen.SIMULATED_SPEED,
        startPrices: chosen.SIMULATED_START_PRICES,
      },
      host,
    ),
};
