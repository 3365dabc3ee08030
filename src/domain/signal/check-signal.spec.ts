import fc from 'fast-check';
import { canonicalSymbol, checkSignal, type SignalDraft } from './check-signal.js';

const good: SignalDraft = {
  symbol: 'BTCUSDT',
  side: 'LONG',
  entry: '70000',
  stopLoss: '69500',
  targets: ['70500', '71000', '72000'],
  tradeType: 'FUTURES',
  duration: 'SHORT',
  leverage: 10,
  confidence: 90,
  plan: {},
  meta: {},
};

const fields = (change: Partial<SignalDraft>) => checkSignal({ ...good, ...change }).map((problem) => problem.field);

describe('checking a signal', () => {
  it('admits a sound one, long and short', () => {
    expect(fields({})).toEqual([]);
    expect(fields({ side: 'SHORT', stopLoss: '70500', targets: ['69500', '69000'] })).toEqual([]);
    expect(fields({ tradeType: 'SPOT', leverage: 1 })).toEqual([]);
  });

  it.each([
    [{ symbol: 'BTC' }, ['symbol']],
    [{ symbol: "BTC';--USDT" }, ['symbol']],
    [{ targets: [] }, ['tp']],
    [{ targets: Array.from({ length: 11 }, (_, index) => String(70001 + index)) }, ['tp']],
    [{ targets: ['71000', '70500'] }, ['tp']],
    [{ targets: ['70500', '70500'] }, ['tp']],
    [{ targets: ['69000'] }, ['tp']],
    [{ stopLoss: '70000' }, ['sl']],
    [{ stopLoss: '70100' }, ['sl']],
    [{ entry: '0' }, ['entry']],
    [{ stopLoss: '-1' }, ['sl']],
    [{ leverage: 126 }, ['leverage']],
    [{ leverage: 0 }, ['leverage']],
    [{ confidence: 101 }, ['confidence']],
    [{ tradeType: 'SPOT' as const }, ['leverage']],
    [{ side: 'SHORT' as const }, ['sl', 'tp']],
  ])('%p names %p', (change, expected) => {
    expect(fields(change)).toEqual(expected);
  });

  it('refuses the mirror image of every sound ladder', () => {
    const prices = fc.uniqueArray(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(prices, (drawn) => {
        const [stop, entry, ...targets] = drawn.sort((a, b) => a - b).map(String) as [string, string, ...string[]];
        const draft = { ...good, stopLoss: stop, entry, targets: targets.slice(0, 10) };
        expect(checkSignal(draft)).toEqual([]);
        expect(checkSignal({ ...draft, side: 'SHORT' }).map((problem) => problem.field)).toEqual(['sl', 'tp']);
      }),
    );
  });

  it('knows one symbol in all its spellings', () => {
    expect(['BTC/USDT', 'btc-usdt', ' BTC_USDT '].map(canonicalSymbol)).toEqual(['BTCUSDT', 'BTCUSDT', 'BTCUSDT']);
  });
});
