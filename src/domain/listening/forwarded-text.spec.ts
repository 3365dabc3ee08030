/** What subscribers read of a provider's post. */
import fc from 'fast-check';
import { forwardedLines } from './forwarded-text.js';

const words = (text: string) =>
  forwardedLines(text, 'Alpha desk')
    .slice(2)
    .map((line) => line.text);

it('begins with the platform’s header and whose words they are', () => {
  expect(forwardedLines('LONG', 'Alpha <desk>').slice(0, 2)).toEqual([
    { text: '📡 VerzekAutoTrader', bold: true },
    { text: 'Source: Alpha <desk>' },
  ]);
});

it.each([
  [
    '#Signal #BTC/USDT\n\n\nLong 🟢 Lev x10\nEntry: 67,500.5 - 67,600',
    'Signal BTC/USDT|Long 🟢|Entry: 67,500.5 - 67,600',
  ],
  ['BTCUSDT LONG\nLeverage: 10x\nEntry: 100', 'BTCUSDT LONG|Entry: 100'],
  ['ETHUSDT short Cross 20x\nLeverage: Cross (25x)\nTP1: 2 TP2: 1.5', 'ETHUSDT short Cross|TP1: 2 TP2: 1.5'],
  ['SOL 5х, плечо 10\nСтоп 90', 'SOL ,|Стоп 90'],
  ['1000X10USDT at 10.5\nX10 2x', '1000X10USDT at 10.5'],
  ['Entry 100\nJoin t.me/other_group\nhttps://scam.example\nvia @other_channel\nSL 90', 'Entry 100|SL 90'],
  ['Leveraged tokens of 10 kinds', 'Leveraged tokens of 10 kinds'],
])('%j', (text, expected) => {
  expect(words(text).join('|')).toBe(expected);
});

it('no line is empty, none has a #, and what is a price stays', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' })),
      fc.double({ min: 0.01, max: 1e6, noNaN: true }),
      (lines, price) => {
        const text = [...lines.map((line) => line.replace(/\n/g, ' ')), `TP ${price.toFixed(4)}`].join('\n');
        const kept = words(text);
        expect(kept.every((line) => line.trim() !== '' && !line.includes('#'))).toBe(true);
        expect(kept.at(-1)).toBe(`TP ${price.toFixed(4)}`);
      },
    ),
  );
});
