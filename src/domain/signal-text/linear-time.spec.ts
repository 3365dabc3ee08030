import { readSignalText } from './read-signal-text.js';

/** Texts that make a careless parser look again and again. */
const HOSTILE: Readonly<Record<string, (size: number) => string>> = {
  'one letter': (size) => 'a'.repeat(size),
  'one digit': (size) => '1'.repeat(size),
  digits: (size) => '1,'.repeat(size / 2),
  'numbers of one list': (size) => `#A/USDT long entry ${'1.5 '.repeat(size / 4)}`,
  'different numbers': (size) => Array.from({ length: size / 7 }, (_, index) => 100_000 + index).join(' '),
  labels: (size) => 'TP1: '.repeat(size / 5),
  'empty lines behind a label': (size) => `Entry:${'\n'.repeat(size)}`,
  'labels and lines': (size) => 'Entry\n'.repeat(size / 6),
  dashes: (size) => `stop ${'- '.repeat(size / 2)}`,
  brackets: (size) => '('.repeat(size),
  pairs: (size) => Array.from({ length: size / 12 }, (_, index) => `#C${index}/USDT`).join(' '),
  sides: (size) => 'long $ '.repeat(size / 7),
  'nearly phrases': (size) => 'take take profit stop '.repeat(size / 22),
  'check marks': (size) => `TP1 ${'5 ✅ '.repeat(size / 4)}`,
  'zero-width': (size) => '\u200b'.repeat(size),
  emoji: (size) => '🚀'.repeat(size / 2),
  'many scripts': (size) =>
    String.fromCharCode(...Array.from({ length: size }, (_, index) => 0x400 + (index % 0x5000))),
  apostrophes: (size) => "a'".repeat(size / 2),
  'mixed case': (size) => 'aB'.repeat(size / 2),
};

/** Of the processor: other work is done on these cores. */
function milliseconds(text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 3; turn += 1) {
    const start = process.cpuUsage();
    readSignalText(text);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

it.each(Object.keys(HOSTILE))('%s takes time in proportion to its length', (name) => {
  const text = HOSTILE[name] as (size: number) => string;
  const [short, long] = [milliseconds(text(10_000)), milliseconds(text(80_000))];
  expect(long).toBeLessThan(Math.max(short * 24, 100));
});

it('reads more numbers than a call stack holds arguments', () => {
  expect(readSignalText(`#A/USDT long entry ${'1.5 1.6 x5 '.repeat(60_000)}`).kind).toBe('noise');
});
