/** What happens inside and between candles: named scenarios of the engine, by hand. */
import { ACCOUNT, enter, HOUR, hours, START, termsOf } from '../../../test/factories/backtests.js';
import { EXACT_FILLS } from '../paper/fill-model.js';
import { marginBrackets } from '../margin/liquidation.js';
import type { ChangeIntent, EnterIntent, Intent } from '../intent/intent.js';
import { Decimal } from '../money/decimal.js';
import type { CandleColumns } from '../strategy/candle-view.js';
import type { IntrabarRule } from './bar-path.js';
import { runBacktest } from './run.js';
import type { BacktestTerms } from './terms.js';

type Row = readonly [number, number, number, number];

/** The intent is said in the first hour, so it is carried out at the open of the second. */
function run(
  intents: Intent | readonly Intent[],
  rows: readonly Row[],
  more: {
    terms?: BacktestTerms;
    intrabar?: IntrabarRule;
    fine?: CandleColumns;
    said?: readonly number[];
  } = {},
) {
  const all = Array.isArray(intents) ? (intents as readonly Intent[]) : [intents as Intent];
  const { terms = termsOf(), intrabar = 'stop-first', fine, said = [] } = more;
  const series = {
    symbol: 'BTCUSDT',
    intervalMs: HOUR,
    candles: hours(rows),
    fine: fine === undefined ? undefined : { intervalMs: HOUR / 4, candles: fine },
  };
  const result = runBacktest({
    series: [series],
    said: all.map((intent, index) => ({ at: START + (said[index] ?? 0) * HOUR + 1, intent })),
    terms,
    intrabar,
  });
  const [trade] = result.trades;
  const exits = trade?.fills.filter(({ effect }) => effect === 'EXIT') ?? [];
  return { result, trade, exits: exits.map(({ leg, price }) => `${leg}@${price.toString()}`) };
}

const FLAT: Row = [100, 100, 100, 100];
const long = (plan = {}): EnterIntent => enter('LONG', '95', ['105', '110'], plan);
const short = (): EnterIntent => enter('SHORT', '105', ['95', '90']);

describe('inside a candle', () => {
  it('the stop comes first where stop and target lie in one candle, for both sides', () => {
    expect(run(long(), [FLAT, FLAT, [100, 112, 94, 111]]).exits).toEqual(['STOP@95']);
    expect(run(short(), [FLAT, FLAT, [100, 106, 89, 90]]).exits).toEqual(['STOP@105']);
  });

  it('finer candles say what came first, as far as they can', () => {
    const quarter = (index: number, [open, high, low, close]: Row) =>
      [START + 2 * HOUR + index * (HOUR / 4), open, high, low, close, 1] as const;
    const rows = [
      quarter(0, [100, 112, 100, 111]),
      quarter(1, [111, 111, 96, 96]),
      quarter(2, [96, 96, 94, 94]),
      quarter(3, [94, 111, 94, 111]),
    ];
    const fine: CandleColumns = {
      time: Float64Array.from(rows, (row) => row[0]),
      open: Float64Array.from(rows, (row) => row[1]),
      high: Float64Array.from(rows, (row) => row[2]),
      low: Float64Array.from(rows, (row) => row[3]),
      close: Float64Array.from(rows, (row) => row[4]),
      volume: Float64Array.from(rows, (row) => row[5]),
    };
    expect(run(long(), [FLAT, FLAT, [100, 112, 94, 111]], { fine }).exits).toEqual(['TP1@105', 'TP2@110']);
  });

  it('orders on the way fill at their own price; a gap over the stop is paid in full', () => {
    expect(run(long(), [FLAT, FLAT, [100, 107, 99, 106], [106, 106, 90, 91]]).exits).toEqual(['TP1@105', 'STOP@95']);
    expect(run(long(), [FLAT, FLAT, [90, 92, 89, 91]]).exits).toEqual(['STOP@90']);
  });

  it('a limit that fills inside a candle sees only the worst and the close of it', () => {
    const waits = enter('LONG', '95', ['105'], {}, '98');
    const rows: Row[] = [FLAT, FLAT, [100, 106, 97, 101]];
    const { trade, exits } = run({ ...waits, plan: { 'entry.kind': 'LIMIT' } }, rows);
    expect(trade?.entryPrice.toString()).toBe('98');
    expect(exits).toEqual(['FLATTEN@101']);
    expect(run({ ...waits, plan: { 'entry.kind': 'LIMIT' } }, [FLAT, FLAT, [100, 106, 94, 101]]).exits).toEqual([
      'STOP@95',
    ]);
    expect(run({ ...waits, plan: { 'entry.kind': 'LIMIT' } }, [FLAT, FLAT, [100, 107, 97, 106]]).exits).toEqual([
      'TP1@105',
    ]);
  });

  it('a breakout fills on the way up, and then the worst of the candle comes first', () => {
    const breakout = { ...enter('LONG', '95', ['110'], { 'entry.kind': 'BREAKOUT' }, '103') };
    expect(run(breakout, [FLAT, FLAT, [100, 111, 99, 111]]).exits).toEqual(['TP1@110']);
    const { trade, exits } = run(breakout, [FLAT, FLAT, [100, 111, 94, 104]]);
    expect(trade?.entryPrice.toString()).toBe('103');
    expect(exits).toEqual(['STOP@95']);
  });

  it('a safety order that fills inside a candle takes its best price from it', () => {
    const plan = { 'safety.levels': 1, 'safety.step_percent': '2', 'targets.anchor': 'AVERAGE' } as const;
    const { trade, exits } = run(enter('LONG', '90', ['101'], plan), [
      FLAT,
      FLAT,
      [100, 103, 97.5, 99],
      [99, 103, 99, 102],
    ]);
    expect(trade?.fills.filter(({ effect }) => effect === 'ENTRY').map(({ leg }) => leg)).toEqual(['ENTRY', 'SAFETY1']);
    expect(trade?.closedAt.getTime()).toBeGreaterThan(START + 3 * HOUR);
    expect(exits[0]).toMatch(/^TP1@99\.99$/);
  });

  it('a trailing stop follows the best price and fires on the way back', () => {
    const plan = { 'stop.rules': [{ action: 'BELOW_HIGHEST', at_percent: '3', percent: '2' }] } as const;
    const { exits } = run(enter('LONG', '95', ['130'], plan), [
      FLAT,
      FLAT,
      [100, 110, 100, 109],
      [109, 120, 108.5, 110],
    ]);
    expect(exits).toEqual(['STOP@117.6']);
  });

  it('as the replay feed tells it: four prices, and nothing between them', () => {
    const { exits } = run(
      long(),
      [FLAT, FLAT, [100, 112, 94, 93.5].map((v, i) => (i === 3 ? 94 : v)) as unknown as Row],
      { intrabar: 'replay' },
    );
    expect(exits).toEqual(['TP1@105', 'TP2@110']);
    expect(run(long(), [FLAT, FLAT, [100, 112, 93, 111]], { intrabar: 'replay' }).exits).toEqual(['STOP@93']);
  });
});

describe('between candles', () => {
  it('what is said is carried out at the next open, never at a price that had been seen', () => {
    const { trade } = run(long(), [FLAT, [101, 102, 100, 101]]);
    expect(trade?.entryPrice.toString()).toBe('101');
    expect(trade?.openedAt.toISOString()).toBe('2026-01-01T01:00:00.000Z');
    expect(run(long(), [FLAT]).result).toMatchObject({ signals: 0, trades: [] });
  });

  it('an open beyond the stop or the target refuses the entry with the reason of live trading', () => {
    expect(run(long(), [FLAT, [94, 94, 94, 94]]).result.refusals).toEqual({
      'INVALID: sl must be below the entry of a LONG': 1,
    });
    const at100 = enter('LONG', '95', ['105'], {}, '100');
    expect(run(at100, [FLAT, [94, 94, 94, 94]]).result.refusals).toEqual({ PRICE_BEYOND_STOP: 1 });
  });

  it('waiting entries expire and timed exits close at the next price', () => {
    const waits = enter('LONG', '80', ['105'], { 'entry.kind': 'LIMIT', 'entry.expires_after': 3_600 }, '90');
    expect(run(waits, [FLAT, FLAT, FLAT, [100, 100, 85, 86]]).result).toMatchObject({ unfilled: 1, trades: [] });
    const timed = enter('LONG', '80', ['120'], { 'exit.after': 7_200 });
    const { trade } = run(timed, [FLAT, FLAT, FLAT, [103, 103, 103, 103], FLAT]);
    expect([trade?.reason, trade?.exitPrice.toString()]).toEqual(['TIME', '103']);
  });

  it('the other side closes what is held, in one-way mode', () => {
    const { result } = run([long(), short()], [FLAT, FLAT, [102, 102, 102, 102], [102, 102, 102, 102]], {
      said: [0, 1],
    });
    expect(result.trades.map(({ side, reason }) => `${side} ${reason}`)).toEqual(['LONG REVERSAL', 'SHORT END']);
    const hedge = termsOf({}, { positionMode: 'HEDGE' });
    const both = run([long(), short()], [FLAT, FLAT, [102, 102, 102, 102]], { said: [0, 1], terms: hedge });
    expect(both.result.trades.map(({ reason }) => reason)).toEqual(['END', 'END']);
  });

  it('follows what the source says of its trade: stop, part, close', () => {
    const change = (...changes: ChangeIntent['changes']): ChangeIntent => ({
      kind: 'CHANGE',
      about: { symbol: 'BTCUSDT' },
      changes,
    });
    const up: Row = [103, 103, 103, 103];
    const moved = run(
      [long(), change({ kind: 'MOVE_STOP', to: { at: 'ENTRY' } })],
      [FLAT, FLAT, up, [103, 103, 99, 99]],
      { said: [0, 1] },
    );
    expect(moved.exits).toEqual(['STOP@100']);
    const halved = run([long(), change({ kind: 'REDUCE', percent: '50' }, { kind: 'CLOSE' })], [FLAT, FLAT, up], {
      said: [0, 1],
    });
    expect(halved.exits.map((exit) => exit.split('@')[1])).toEqual(['103', '103']);
    expect(halved.trade?.reason).toBe('MANUAL');
  });
});

describe('money', () => {
  it('of a whole trade, to the last place', () => {
    // 100 USDT at 100: 1 BTC; half at 105, half at 110; fees 0.05 % in, 0.02 % out.
    const { trade, result } = run(long(), [FLAT, FLAT, [100, 111, 99, 110]]);
    expect(trade).toMatchObject({ reason: 'TARGETS', targetsHit: 2, maePercent: 1, mfePercent: 10 });
    expect([trade?.grossPnl, trade?.fees, trade?.netPnl].map(String)).toEqual(['7.5', '0.0715', '7.4285']);
    expect(result.finalBalance).toBe('1007.4285');
    // 5 at the stop, 0.05 of fees in and 0.0475 out.
    expect(trade?.risk.toString()).toBe('5.0975');
  });

  it('funding is paid every eight hours by what is held then', () => {
    const terms = termsOf({ fundingRatePercent: () => '0.01' });
    const { trade, result } = run(
      long(),
      Array.from({ length: 18 }, () => FLAT),
      { terms },
    );
    expect(trade?.funding.toString()).toBe('0.02');
    expect([result.finalBalance, trade?.netPnl.toString()]).toEqual(['999.88', '-0.12']);
  });

  it('a liquidation takes the margin and no more', () => {
    const fees = {
      ...termsOf().venue.fees,
      fills: EXACT_FILLS,
      brackets: marginBrackets([{ upTo: null, ratePercent: '0.5' }]),
    };
    const terms = termsOf({ fees }, { leverage: 10 });
    const noStop = enter('LONG', '50', ['120'], { 'margin.leverage': 10 });
    const { result } = run(noStop, [FLAT, FLAT, [100, 100, 80, 85]], { terms });
    expect(result.refusals).toEqual({ LIQUIDATION_BEFORE_STOP: 1 });
    const gap = run(enter('LONG', '92', ['120'], { 'margin.leverage': 10 }), [FLAT, FLAT, [80, 80, 80, 80]], { terms });
    expect(gap.trade).toMatchObject({ reason: 'LIQUIDATION' });
    // The margin of 100 and the fee of the entry.
    expect(gap.trade?.netPnl.toString()).toBe('-100.5');
  });

  it('the caps of the account hold', () => {
    const terms = termsOf({}, { ...ACCOUNT, maxConcurrentTrades: 1 });
    const { result } = run([long(), long()], [FLAT, FLAT, FLAT], { terms });
    expect(result.refusals).toEqual({ MAX_CONCURRENT_TRADES: 1 });
    const poor = run(long(), [FLAT, FLAT], { terms: termsOf({}, { balance: '50' }) });
    expect(Object.keys(poor.result.refusals)).toEqual(['INSUFFICIENT_BALANCE']);
    expect(Decimal.of(poor.result.finalBalance).toString()).toBe('50');
  });
});
