/** The command on files: the same bytes every time, and one sentence for every mistake. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CROSS, HOUR, randomCandles, START } from '../../../test/factories/backtests.js';
import { nothing } from '../../domain/strategy/strategy.js';
import type { CandleColumns } from '../../domain/strategy/candle-view.js';
import type { Strategy } from '../../ports/strategy.js';
import { backtestCommand } from './backtest-command.js';

const folder = mkdtempSync(join(tmpdir(), 'verzek-backtest-'));
const at = (name: string) => join(folder, name);
const csv = ({ time, open, high, low, close, volume }: CandleColumns) =>
  [
    'timestamp_ms,open,high,low,close,volume',
    ...Array.from(time, (ms, i) => [ms, open[i], high[i], low[i], close[i], volume[i]].join(',')),
  ].join('\n');

/** Remembers between runs, which no strategy may: it decides otherwise when it is asked again. */
let asked = 0;
const restless: Strategy = {
  ...CROSS,
  code: 'restless',
  decide: () => nothing(`ASKED ${(asked += 1)}`),
};
const strategies = new Map<string, Strategy>([
  ['cross', CROSS],
  ['restless', restless],
]);

async function run(...args: string[]) {
  const [out, told]: [string[], string[]] = [[], []];
  const host = {
    strategies,
    environment: {},
    out: (text: string) => out.push(text),
    told: (text: string) => told.push(text),
  };
  const isFit = await backtestCommand(args, host);
  return { out: out.join('\n'), told, isFit };
}

beforeAll(() => {
  const candles = randomCandles(21, 900);
  writeFileSync(at('BTCUSDT-1h.csv'), csv(candles));
  writeFileSync(at('ETHUSDT-5m.csv.gz'), gzipSync(csv(randomCandles(22, 9_000, HOUR / 12))));
  writeFileSync(at('grid.json'), JSON.stringify({ fast: [3, 5], stop: { from: 1, to: 2, step: 1 } }));
  writeFileSync(at('plan.json'), JSON.stringify({ stop: { rules: [{ action: 'BREAKEVEN', at_target: 1 }] } }));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('npm run backtest', () => {
  const base = ['--strategy', 'cross', '--candles', at('BTCUSDT-1h.csv'), at('ETHUSDT-5m.csv.gz')];

  it('writes report, trades and JSON, twice the same', async () => {
    const files = ['--html', at('report.html'), '--csv', at('trades.csv'), '--json'];
    const more = [
      '--plan',
      at('plan.json'),
      '--monte-carlo',
      '50',
      '--look-ahead',
      '3',
      '--set',
      'stop=1.2',
      '--realism',
      'full',
    ];
    const once = async () => {
      const { out, isFit } = await run(...base, ...files, ...more);
      expect(isFit).toBe(true);
      return [out, readFileSync(at('report.html'), 'utf8'), readFileSync(at('trades.csv'), 'utf8')];
    };
    const first = await once();
    expect(await once()).toEqual(first);
    const json = JSON.parse(first[0] ?? '') as {
      trades: unknown[];
      metrics: { total: { trades: number } };
      setup: object;
    };
    expect(json.trades.length).toBe(json.metrics.total.trades);
    expect(first[2]?.split('\r\n').length).toBe(json.trades.length + 2);
    expect(json.setup).toMatchObject({
      Strategy: 'cross fast=5 slow=20 stop=1.2',
      Candles: 'BTCUSDT 60m, ETHUSDT 60m',
    });
    expect(first[1]).toContain('<h2>Monte Carlo</h2>');
  });

  it('searches and walks forward', async () => {
    const searched = await run(...base, '--search', at('grid.json'), '--min-trades', '1', '--objective', 'netProfit');
    expect(searched.out).toMatch(/Search: 4 candidates by netProfit/);
    const walked = await run(...base, '--search', at('grid.json'), '--walk-forward', '2', '--min-trades', '1');
    expect(walked.out).toMatch(/Walk forward: Outside the samples/);
    expect(walked.told).toContain('walking forward: 2 folds, 4 candidates');
  });

  it('follows the history of a channel, counts what it said, and names a line that is no message', async () => {
    const price = randomCandles(21, 900).close;
    const at = (hour: number, text: string, id: number, replyTo?: number) =>
      JSON.stringify({ at: START + hour * HOUR, id, text, reply_to: replyTo });
    const [first, second] = [price[99] as number, price[299] as number];
    const call = (entry: number) =>
      `#BTCUSDT LONG\nEntry: ${entry}\nTarget 1: ${(entry * 1.2).toFixed(2)}\nTarget 2: ${(entry * 1.4).toFixed(2)}\nStop Loss: ${(entry * 0.7).toFixed(2)}\nLeverage: 2x`;
    const history = [
      at(300, call(second), 3),
      at(100, call(first), 1),
      at(110, 'Close now', 2, 1),
      at(120, 'Good morning, have a nice day!', 4),
      at(130, call(first).replaceAll('BTC', 'XRP'), 5),
    ];
    writeFileSync(join(folder, 'channel.jsonl'), history.join('\n'));
    const told = ['--messages', join(folder, 'channel.jsonl'), '--candles', join(folder, 'BTCUSDT-1h.csv'), '--json'];
    const { out } = await run(...told);
    const json = JSON.parse(out) as { messages: object; trades: { reason: string; opened_at: string; ref: string }[] };
    expect(json.messages).toEqual({
      'noise: NOTHING_SAID': 1,
      signal: 2,
      update: 1,
      'without candles of its symbol': 1,
    });
    expect(json.trades.map(({ reason, ref }) => `${ref} ${reason}`)).toEqual(['message:1 MANUAL', 'message:3 STOP']);
    // Said on the hour, at whose open it is known: the same price that everybody sees then.
    expect(json.trades[0]?.opened_at).toBe(new Date(START + 100 * HOUR).toISOString());
    writeFileSync(join(folder, 'channel.jsonl'), `${history[0] as string}\n{"text": 1}`);
    await expect(run(...told)).rejects.toThrow('line 2 has no "at"');
  });

  it('says that the results of a strategy cannot be believed', async () => {
    const { out, isFit } = await run('--strategy', 'restless', '--candles', at('BTCUSDT-1h.csv'), '--look-ahead', '5');
    expect(isFit).toBe(false);
    expect(out).toContain('restless LOOKS AHEAD');
  });

  it.each([
    [[], 'Give either --strategy or --messages.'],
    [['--strategy', 'cross'], 'Give --candles.'],
    [['--strategy', 'none', '--candles', 'x'], 'There is no strategy "none". Known: cross, restless'],
    [[...base, '--colour', 'red'], "Unknown option '--colour'"],
    [[...base, '--from', 'yesterday'], '--from must be a day'],
    [[...base, '--leverage', '0'], '--leverage must be a whole number from 1 to 125.'],
    [[...base, '--balance', '1e9'], '--balance must be an amount above zero'],
    [[...base, '--set', 'slow=1'], '--set slow must be a whole number from 3 to 200.'],
    [[...base, '--random', '5'], '--random belongs to --search.'],
    [[...base, '--plan', at('grid.json')], 'plan.fast must be an object.'],
    [[...base, '--search', at('plan.json')], 'stop must be a list of values'],
    [[...base, at('BTCUSDT-1h.csv')], 'There are two files of BTCUSDT'],
    [['--strategy', 'cross', '--candles', at('none.csv')], 'none.csv'],
    [['--strategy', 'cross', '--candles', `XYZ=${at('BTCUSDT-1h.csv')}`], 'does not begin with a symbol'],
    [['--strategy', 'cross', '--candles', `XYZUSDT=${at('grid.json')}`], 'must begin with the header'],
    [[...base, '--from', '2040-01-01'], 'there are no candles in that time'],
    [[...base, '--fine', at('BTCUSDT-1h.csv')], 'holds no shorter candles than'],
  ])('%j: %s', async (args, sentence) => {
    await expect(run(...args)).rejects.toThrow(TypeError);
    await expect(run(...args)).rejects.toThrow(sentence);
  });
});
