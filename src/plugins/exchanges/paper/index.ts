/** Paper trading: the default venue. */
import type { ExchangeClient, VenueBooks } from '../../../ports/exchange-client.js';
import type { Plugin } from '../../../ports/plugin.js';
import { PaperExchange } from './paper-exchange.js';
import { type PaperSettings, paperSettings, termsOf } from './settings.js';

export const plugin: Plugin<ExchangeClient, PaperSettings, VenueBooks> = {
  code: 'paper',
  summary: 'simulated money, no exchange',
  settings: paperSettings,
  create: (chosen, _host, books) =>
    new PaperExchange(
      { makerPercent: chosen.PAPER_MAKER_FEE_PERCENT, takerPercent: chosen.PAPER_TAKER_FEE_PERCENT },
      termsOf(chosen),
      books,
    ),
};
