/**
 * `GET /api/prices`: the newest stored prices. Keeps: says of every price how old it is and whether it is simulated.
 */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { toJsonNumber } from '../../domain/money/money.js';
import { Clock } from '../../platform/clock/clock.js';
import { Allow } from '../../platform/http/access.js';
import type { StoredPrice } from './market-prices.repository.js';
import { type PricesAnswer, PricesQuery, PriceView } from './prices.dto.js';
import { Prices } from './prices.service.js';
import { Answers } from '../../platform/openapi/answers.js';

@ApiTags('prices')
@ApiBearerAuth()
@Controller('prices')
export class PricesController {
  constructor(
    private readonly prices: Prices,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Allow('signed_in')
  @ApiOperation({ summary: 'The newest known prices, with their age' })
  @Answers({ prices: [PriceView], missing: ['NEWUSDT'] })
  async list(@Query() query: PricesQuery): Promise<PricesAnswer> {
    const symbols = [...new Set(query.symbols.split(',').map((symbol) => symbol.trim()))];
    const found = await this.prices.latest(symbols);
    const now = this.clock.now();
    return {
      ok: true,
      prices: [...found.values()].map((price) => view(price, now)),
      missing: symbols.filter((symbol) => !found.has(symbol)),
    };
  }
}

function view(price: StoredPrice, now: Date): PriceView {
  return {
    symbol: price.symbol,
    price: toJsonNumber(price.price),
    at: price.at.toISOString(),
    age_seconds: price.isSimulated ? null : Math.max(0, (now.getTime() - price.at.getTime()) / 1_000),
    source: price.source,
    simulated: price.isSimulated,
  };
}
