import fc from 'fast-check';
import { readSignalText } from './read-signal-text.js';
import type { EnterIntent } from '../intent/intent.js';

function signal(text: string): EnterIntent {
  const reading = readSignalText(text);
  if (reading.kind !== 'signal') throw new Error(`read as ${JSON.stringify(reading)}`);
  return reading.intent;
}

describe('a call in any of the usual forms', () => {
  const cents = fc.integer({ min: 1_000, max: 9_000 });
  const call = fc.record({
    isLong: fc.boolean(),
    base: fc.constantFrom('SOL', 'AVAX', 'PEPE', '1INCH', 'C98', 'W', 'NEAR', 'LINK', 'ONE', 'HBAR'),
    entry: cents,
    steps: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 }),
    risk: fc.integer({ min: 1, max: 500 }),
    leverage: fc.integer({ min: 1, max: 125 }),
    scale: fc.constantFrom(0, 2, 5),
  });
  type Call = Parameters<Parameters<typeof call.map>[0]>[0];

  /** Exact text of so many hundredths, in steps of the scale. */
  function price(units: number, scale: number): string {
    const digits = String(units).padStart(scale + 1, '0');
    return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  }
  function pricesOf({ isLong, entry, steps, risk, scale }: Call) {
    const sign = isLong ? 1 : -1;
    let at = entry;
    const targets = steps.map((step) => price((at += sign * step), scale));
    return { entry: price(entry, scale), targets, stop: price(entry - sign * risk, scale) };
  }
  type Prices = ReturnType<typeof pricesOf>;
  const forms: ((call: Call, prices: Prices, side: string) => string)[] = [
    ({ base, leverage }, { entry, targets, stop }, side) =>
      `⚡️ #${base}/USDT ⚡️\nSignal Type: Regular (${side})\nLeverage: Isolated (${leverage}.0X)\nEntry Targets:\n1) ${entry}\nTake-Profit Targets:\n${targets.map((target, index) => `${index + 1}) ${target}`).join('\n')}\nStop Targets:\n1) ${stop}`,
    ({ base, leverage }, { entry, targets, stop }, side) =>
      `${side} $${base}\nLev ${leverage}x\nEntry: ${entry}\n${targets.map((target, index) => `🎯 TP${index + 1}: ${target}`).join('\n')}\n🛑 SL: ${stop}`,
    ({ base, leverage }, { entry, targets, stop }, side) =>
      `${base}USDT ${side} x${leverage} entry ${entry} targets ${targets.join(' - ')} stop ${stop}`,
    ({ base, leverage }, { entry, targets, stop }, side) =>
      `📌 ${base}-USDT\n${side === 'LONG' ? 'Лонг' : 'Шорт'}, плечо ${leverage}х\nВход: ${entry}\nЦели: ${targets.join(' / ')}\nСтоп: ${stop}`,
    ({ base, leverage }, { entry, targets, stop }, side) =>
      `Pair: ${base}/USDT\nPosition: ${side}\nLeverage: Cross ${leverage}X\nEntry price - ${entry}$\nTargets :- ${targets.map((target) => `${target}$`).join(' ')}\nStoploss - ${stop}$`,
  ];

  it('is read as it was meant, and in linear lists of prices none is lost', () => {
    fc.assert(
      fc.property(call, fc.integer({ min: 0, max: forms.length - 1 }), (given, form) => {
        const prices = pricesOf(given);
        const all = [prices.entry, prices.stop, ...prices.targets].map(Number);
        fc.pre(Math.min(...all) > 0 && Math.max(...all) < Math.min(...all) * 10);
        // Whole numbers up to 20 count things.
        fc.pre(given.scale !== 0 || Math.min(...all) > 20);
        const side = given.isLong ? 'LONG' : 'SHORT';
        const message = (forms[form] as (typeof forms)[number])(given, prices, side);
        const intent = signal(message);
        const numbers = [intent.entry, intent.stopLoss, ...intent.targets].map(Number);
        expect([intent.symbol, intent.side, intent.leverage]).toEqual([`${given.base}USDT`, side, given.leverage]);
        expect(numbers).toEqual([Number(prices.entry), Number(prices.stop), ...prices.targets.map(Number)]);
      }),
      { numRuns: 200 },
    );
  });
});
