/**
 * Texts of channels read per second, against the least that looking at them can cost: a bare split of the same texts into
 * words and numbers. Then the time of hostile texts of 100 kB.
 * Keeps: both are measured in the same run, in turns; medians count; processor time, because other work shares the machine.
 * A hostile text above its ceiling fails the run.
 */
import { readSignalText } from '../src/domain/signal-text/read-signal-text.js';

const ROUNDS = 15;
const PASSES = 200;
const HOSTILE_SIZE = 100_000;

/** Highest allowed time of a hostile text. */
const HOSTILE_MS = 50;

/** As channels write: calls, updates, reports, chatter. */
const TEXTS = [
  '⚡️ #SOL/USDT ⚡️\nExchanges: Binance Futures\nSignal Type: Regular (Long)\nLeverage: Isolated (8.0X)\n\nEntry Targets:\n1) 151.2\n2) 149.6\n\nTake-Profit Targets:\n1) 154\n2) 158.5\n3) 165\n\nStop Targets:\n1) 144.8\n\nTrailing Configuration:\nStop: Breakeven -\n  Trigger: Target (1)',
  '🟢 LONG - $AVAX\n\n- Entry: 22.41\n- Entry limit: 21.98\n- SL: 21.02\n\n🎯 TP1: 23.3\n🎯 TP2: 24.9\n🎯 TP3: 27\n\n⚠️ Disclaimer\nThis is not financial advice. Trade at your own risk.',
  '#ATOMUSDT 🐻 Шорт (вход лимиткой)\n\n— Вход: 4,1510\n— Усреднение: 4,2230\n\n— SL: 4,4010 🛡 (от A: -6,0%)\n\n— TP1: 3,9900 🎯 (от A: +3,9%)\n— TP2: 3,8100 🎯 (от A: +8,2%)\n\nВход не более 1% от депозита',
  'ETH/USDT buy zone 3120-3180, tp 3260 3340, stop 3015, RM: 1%',
  '#VETUSDT - ✅ Target 3 reached\nProfit collected 29.3233%\nPosted: 3 Days 5 Hours 24 Minutes Ago',
  'SOL close 30% and move SL to entry',
  'Первый тейк взяли, фиксируем 50%, стоп в бу',
  'Good morning everybody! The market was quiet this night, Bitcoin holds its range and we wait for the news of today before we look for a trade.',
  '🔥 VIP results of this week: SOL +120%, ADA +45%, DOT +30%. 20% discount for new members today, join us 👉 https://example.com/join',
];

const HOSTILE: Readonly<Record<string, string>> = {
  'one letter': 'a'.repeat(HOSTILE_SIZE),
  'digits and commas': '1,'.repeat(HOSTILE_SIZE / 2),
  labels: 'TP1: '.repeat(HOSTILE_SIZE / 5),
  'a list of prices': `#A/USDT long entry ${'1.5 '.repeat(HOSTILE_SIZE / 4)}`,
  'empty lines': `Entry:${'\n'.repeat(HOSTILE_SIZE)}`,
  pairs: Array.from({ length: HOSTILE_SIZE / 12 }, (_, index) => `#C${index}/USDT`).join(' '),
  'check marks': `TP1 ${'5 ✅ '.repeat(HOSTILE_SIZE / 4)}`,
  'nearly phrases': 'take take profit stop '.repeat(HOSTILE_SIZE / 22),
  emoji: '🚀'.repeat(HOSTILE_SIZE / 2),
  brackets: '('.repeat(HOSTILE_SIZE),
};

let sink = 0;

/** The ceiling: words and numbers of a text, and nothing made of them. */
function bare(text: string): number {
  return text.toLowerCase().split(/[^\p{L}\p{N}.,]+/u).length;
}

function read(text: string): number {
  return readSignalText(text).kind.length;
}

/** Processor time in microseconds. */
function cost(of: () => void): number {
  const start = process.cpuUsage();
  of();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

function perSecond(look: (text: string) => number): number {
  const micros = cost(() => {
    for (let pass = 0; pass < PASSES; pass += 1) for (const text of TEXTS) sink += look(text);
  });
  return (PASSES * TEXTS.length * 1_000_000) / micros;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

const rounds = Array.from({ length: ROUNDS + 3 }, () => ({ bare: perSecond(bare), read: perSecond(read) })).slice(3);
const texts = { bare: median(rounds.map((round) => round.bare)), read: median(rounds.map((round) => round.read)) };
const hostile = Object.entries(HOSTILE).map(([name, text]) => ({
  name,
  ms: median(Array.from({ length: 7 }, () => cost(() => (sink += read(text))))) / 1_000,
}));
const slow = hostile.filter(({ ms }) => ms > HOSTILE_MS);
const result = {
  bench: 'parse',
  textsPerSecond: Math.round(texts.read),
  barePerSecond: Math.round(texts.bare),
  ratio: Number((texts.bare / texts.read).toFixed(2)),
  hostile: hostile.map(({ name, ms }) => ({ name, ms: Number(ms.toFixed(1)) })),
  hostileCeilingMs: HOSTILE_MS,
  isWithin: slow.length === 0,
};

if (process.argv.includes('--json')) console.log(JSON.stringify(result));
else {
  console.log(
    `${result.textsPerSecond} texts a second; a bare split of the same ${result.barePerSecond} (${result.ratio} times)`,
  );
  console.table(result.hostile);
  if (slow.length > 0)
    console.log(`Above ${HOSTILE_MS} ms for ${HOSTILE_SIZE} bytes: ${slow.map(({ name }) => name).join(', ')}`);
}
if (sink === 0 || slow.length > 0) process.exitCode = 1;
