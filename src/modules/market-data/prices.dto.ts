/** What `GET /api/prices` takes and answers. */
import { ApiProperty } from '@nestjs/swagger';
import { TextField } from '../../platform/http/fields.js';

export const MAX_SYMBOLS = 50;

export class PricesQuery {
  @TextField({
    description: `Symbols, separated by commas; at most ${MAX_SYMBOLS}`,
    example: 'BTCUSDT,ETHUSDT',
    upper: true,
    max: MAX_SYMBOLS * 21,
    pattern: /^[A-Za-z0-9]{2,20}(\s*,\s*[A-Za-z0-9]{2,20}){0,49}$/,
    rule: `must be at most ${MAX_SYMBOLS} symbols such as BTCUSDT, separated by commas`,
  })
  symbols: string;
}

export class PriceView {
  @ApiProperty({ example: 'BTCUSDT' })
  symbol: string;

  @ApiProperty({ example: 70123.4 })
  price: number;

  @ApiProperty({
    format: 'date-time',
    example: '2026-03-01T12:00:00.000Z',
    description: "The source's time of the price",
  })
  at: string;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0.4,
    description: 'Seconds since then; null for a simulated market, whose times are its own',
  })
  age_seconds: number | null;

  @ApiProperty({ example: 'simulated', description: 'The price feed' })
  source: string;

  @ApiProperty({ example: true, description: 'True when this is not the price of a market' })
  simulated: boolean;
}

export class PricesAnswer {
  @ApiProperty({ example: true })
  ok: true;

  @ApiProperty({ type: [PriceView] })
  prices: PriceView[];

  @ApiProperty({ type: [String], example: ['NEWUSDT'], description: 'Symbols without a price so far' })
  missing: string[];
}
