/**
 * `/api/candles`: closed candles, and the list of symbols whose candles are kept.
 * Keeps: a page is a window of time, so that a deep one costs what the first one costs.
 */
import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Decimal } from '../../../domain/money/decimal.js';
import { type Timeframe, TIMEFRAME_NAMES, TIMEFRAMES } from '../../../domain/candles/candle-length.js';
import { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { Database } from '../../../platform/database/database.js';
import { Allow, CurrentUser } from '../../../platform/http/access.js';
import type { UserCaller } from '../../../platform/http/caller.js';
import { ChoiceField, IntegerField, TextField, TextListField, TimeField } from '../../../platform/http/fields.js';
import { Answers } from '../../../platform/openapi/answers.js';
import { oneOf, orNull } from '../../../platform/openapi/shape.js';
import type { CandleOfMinutes } from './candles.repository.js';
import { type CandleAge, Candles } from './candles.service.js';
import { Watchlist } from './watchlist.repository.js';

const SYMBOL = /^[A-Z0-9]{2,20}$/;
const SYMBOL_RULE = 'must be a symbol such as BTCUSDT';
const USUAL = 500;
const MOST = 1_000;
const MOST_WATCHED = 500;
const TIME = '2026-01-31T12:00:00.000Z';

export class CandlesQuery {
  @TextField({ max: 20, pattern: SYMBOL, rule: SYMBOL_RULE, upper: true, example: 'BTCUSDT' })
  symbol: string;

  @ChoiceField(TIMEFRAME_NAMES, { required: false, example: '15m', description: '1m by default' })
  timeframe?: Timeframe;

  @TimeField({ required: false, example: TIME, description: 'Candles that open from here on; else the newest' })
  from?: string;

  @TimeField({ required: false, example: TIME, description: 'Candles that open before; else up to the newest' })
  to?: string;

  @IntegerField({
    required: false,
    fromText: true,
    min: 1,
    max: MOST,
    example: 100,
    description: `${USUAL} by default; of long candles one answer holds fewer`,
  })
  limit?: number;
}

export class WatchlistBody {
  @TextListField({
    maxItems: MOST_WATCHED,
    pattern: SYMBOL,
    rule: 'must hold symbols such as BTCUSDT',
    upper: true,
    example: ['BTCUSDT', 'ETHUSDT'],
    description: 'In place of the list before; an empty one is none, and CANDLE_WATCHLIST counts again',
  })
  symbols: string[];
}

const CANDLE = {
  time: TIME,
  open: '70000.5',
  high: '70100',
  low: '69950.1',
  close: '70050',
  volume: '12.345',
  complete: true,
};

const WATCHED = {
  symbol: 'BTCUSDT',
  newest_candle_at: orNull(TIME),
  age_seconds: orNull(12),
  failures: 0,
  last_error: orNull('The venue has had enough'),
};

const WATCHLIST = { source: 'binance', listed: true, symbols: [WATCHED] };

@ApiTags('Candles')
@ApiBearerAuth()
@Controller('candles')
export class CandlesController {
  constructor(
    private readonly candles: Candles,
    private readonly watchlist: Watchlist,
    private readonly audit: AuditTrail,
    private readonly database: Database,
  ) {}

  @Get()
  @Allow('signed_in')
  @ApiOperation({
    summary: 'Closed candles of a symbol, oldest first',
    description:
      'Longer ones are made of minutes; `complete` is false where some of those are not known. The next page begins at ' +
      '`next_from`; the one before ends at `from`, given as `to`.',
  })
  @Answers({
    symbol: 'BTCUSDT',
    timeframe: oneOf(TIMEFRAME_NAMES[0] as string, ...TIMEFRAME_NAMES.slice(1)),
    source: 'binance',
    candles: [CANDLE],
    count: 1,
    from: TIME,
    to: TIME,
    next_from: orNull(TIME),
  })
  async list(@Query() { symbol, timeframe = '1m', from, to, limit = USUAL }: CandlesQuery) {
    const found = await this.candles.window({ symbol, timeframe, from: timeOf(from), to: timeOf(to), limit });
    return {
      ok: true,
      symbol,
      timeframe,
      source: this.candles.sourceCode,
      candles: found.rows.map((row) => candleView(row, TIMEFRAMES[timeframe])),
      count: found.rows.length,
      from: found.from.toISOString(),
      to: found.to.toISOString(),
      next_from: found.isCut ? found.to.toISOString() : null,
    };
  }

  @Get('watchlist')
  @Allow('admin')
  @ApiOperation({ summary: 'The symbols whose candles are kept, and how fresh each is' })
  @Answers(WATCHLIST)
  async watched() {
    const [ages, listed] = await Promise.all([this.candles.ages(), this.watchlist.listed()]);
    return {
      ok: true,
      source: this.candles.sourceCode,
      listed: listed.length > 0,
      symbols: ages.map(ageView),
    };
  }

  @Put('watchlist')
  @Allow('admin')
  @ApiOperation({ summary: 'List the symbols whose candles are kept' })
  @Answers(WATCHLIST)
  async watch(@Body() body: WatchlistBody, @CurrentUser() { userId }: UserCaller) {
    const symbols = [...new Set(body.symbols)];
    await this.database.transaction(async () => {
      const before = await this.watchlist.listed();
      await this.watchlist.set(symbols);
      await this.audit.record({
        actorKind: 'user',
        actorId: userId,
        action: 'candles.watchlist',
        subject: 'candles',
        before: { symbols: before },
        after: { symbols },
      });
    });
    return this.watched();
  }
}

function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  return new Date(/T/.test(text) && !/(Z|[+-]\d\d:\d\d)$/.test(text) ? `${text}Z` : text);
}

/** Sums of volumes keep the zeros of their longest part. */
const plain = (text: string) => Decimal.of(text).toString();

function candleView({ at, open, high, low, close, volume, minutes }: CandleOfMinutes, length: number) {
  const prices = { open: plain(open), high: plain(high), low: plain(low), close: plain(close) };
  return { time: at.toISOString(), ...prices, volume: plain(volume), complete: minutes === length };
}

export function ageView({ symbol, candleAt, ageMs, failures, lastError }: CandleAge) {
  return {
    symbol,
    newest_candle_at: candleAt?.toISOString() ?? null,
    age_seconds: ageMs === undefined ? null : Math.round(ageMs / 1_000),
    failures,
    last_error: lastError,
  };
}
