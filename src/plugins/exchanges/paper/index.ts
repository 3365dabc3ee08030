/** Paper trading: the default venue. */
import { z } from 'zod';
import type { ExchangeClient, VenueBooks } from '../../../ports/exchange-client.js';
import type { Plugin } from '../../../ports/plugin.js';
import { PaperExchange } from './paper-exchange.js';

const percent = (fallback: string) =>
  z
    .string()
    .regex(/^\d{1,2}(\.\d{1,8})?$/, 'must be a percentage such as 0.05')
    .default(fallback);

const settings = z.object({
  PAPER_MAKER_FEE_PERCENT: percent('0.02'),
  PAPER_TAKER_FEE_PERCENT: percent('0.05'),
});

export const plugin: Plugin<ExchangeClient, z.infer<typeof settings>, VenueBooks> = {
  code: 'paper',
  summary: 'simulated money, no exchange',
  settings,
  create: (chosen, _host, books) =>
    new PaperExchange(
      { makerPercent: chosen.PAPER_MAKER_FEE_PERCENT, takerPercent: chosen.PAPER_TAKER_FEE_PERCENT },
      books,
    ),
};
