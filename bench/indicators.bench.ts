/**
 * `npm run bench -- indicators`: what a candle costs every indicator, over whole columns and bar by bar, against the loop
 * that one would write by hand and against other packages, which are fetched for it (see support/indicator-peers).
 * Keeps: all in one process, in turns, the least of each; a batch dearer than twice its loop or than a package in JavaScript fails
 * the run, and so does a bar alone that is dearer than a package and than keeping its windows may cost.
 */
import { columnsOf, type Bar } from '../src/domain/indicators/core/columns.js';
import { batchIndicators, indicators, INDICATORS } from '../src/domain/indicators/registry.js';
import { LOOPS } from './support/indicator-loops.js';
import { contenders, loadPeers, type Contender, type Peers, type PlainBars } from './support/indicator-peers.js';

/** The same for everybody: what is long enough to leave the nearest caches and short enough for the slowest package. */
const CANDLES = 250_000;
const ROUNDS = 7;
const LOOP_CEILING = 2;

/** What keeping windows may cost a bar that comes alone; packages that remember a single number are quicker than that. */
const WINDOWS_NS = 50;

interface Row {
  readonly name: string;
  readonly batchNs: number;
  readonly loopNs?: number;
  readonly streamNs: number;
  readonly peers: readonly {
    readonly peer: string;
    readonly form: 'batch' | 'stream';
    readonly ns: number;
    readonly isJavaScript: boolean;
  }[];
}

/** A small generator of its own, so that every run sees the same candles. */
function candles(count: number): Bar[] {
  let state = 7;
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  let close = 50_000;
  return Array.from({ length: count }, (_, index) => {
    const open = close;
    close = Math.max(100, open * (1 + (random() - 0.5) * 0.004));
    const high = Math.max(open, close) * (1 + random() * 0.001);
    const low = Math.min(open, close) * (1 - random() * 0.001);
    return { time: 1_700_000_000_000 + index * 60_000, open, high, low, close, volume: Math.floor(random() * 1_000) };
  });
}

function nsOf(count: number, work: () => unknown): number {
  const start = process.hrtime.bigint();
  sink = work();
  return Number(process.hrtime.bigint() - start) / count;
}

let sink: unknown;

/** The least disturbed: other work of the machine only ever adds. */
function least(values: readonly number[]): number {
  return Math.min(...values);
}

const BARS = candles(CANDLES);
const COLUMNS = columnsOf(BARS);
const PLAIN: PlainBars = {
  open: BARS.map(({ open }) => open),
  high: BARS.map(({ high }) => high),
  low: BARS.map(({ low }) => low),
  close: BARS.map(({ close }) => close),
  volume: BARS.map(({ volume }) => volume),
  bars: BARS,
};

/** Each piece of work by its label, in turns; two turns to warm up. */
function measured(
  works: ReadonlyMap<string, { readonly count: number; readonly work: () => unknown }>,
): Map<string, number> {
  const times = new Map<string, number[]>([...works.keys()].map((label) => [label, []]));
  for (let round = -2; round < ROUNDS; round += 1) {
    for (const [label, { count, work }] of works) {
      const ns = nsOf(count, work);
      if (round >= 0) times.get(label)?.push(ns);
    }
  }
  return new Map([...times].map(([label, values]) => [label, least(values)]));
}

function streamed(name: string): number {
  const stream = indicators([{ name }]);
  let total = 0;
  for (const bar of BARS) total += stream.next(bar)[0] as number;
  return total;
}

function peerStream({ stream }: Contender): unknown {
  const next = stream?.(PLAIN);
  let last: unknown;
  for (let index = 0; index < CANDLES; index += 1) last = next?.(index);
  return last;
}

function rowOf(name: string, outputs: number, peers: Peers): Row {
  const into = Array.from({ length: outputs }, () => new Float64Array(CANDLES));
  const works = new Map<string, { count: number; work: () => unknown }>();
  works.set('batch', { count: CANDLES, work: () => batchIndicators([{ name }]).batch(COLUMNS, into) });
  const loop = LOOPS[name];
  if (loop !== undefined) works.set('loop', { count: CANDLES, work: () => loop(COLUMNS, into) });
  works.set('stream', { count: CANDLES, work: () => streamed(name) });
  const others = contenders(peers, name);
  for (const [index, contender] of others.entries()) {
    const { batch } = contender;
    if (batch !== undefined) works.set(`${index} batch`, { count: CANDLES, work: () => batch(PLAIN) });
    if (contender.stream !== undefined)
      works.set(`${index} stream`, { count: CANDLES, work: () => peerStream(contender) });
  }
  const times = measured(works);
  return {
    name,
    batchNs: times.get('batch') ?? NaN,
    loopNs: times.get('loop'),
    streamNs: times.get('stream') ?? NaN,
    peers: others.flatMap(({ peer, isJavaScript }, index) =>
      (['batch', 'stream'] as const).flatMap((form) => {
        const ns = times.get(`${index} ${form}`);
        return ns === undefined ? [] : [{ peer, form, ns, isJavaScript }];
      }),
    ),
  };
}

function failuresOf(row: Row): string[] {
  const failures: string[] = [];
  if (row.loopNs !== undefined && row.batchNs > LOOP_CEILING * row.loopNs) {
    failures.push(`${row.name}: ${(row.batchNs / row.loopNs).toFixed(2)} times its loop`);
  }
  for (const { peer, form, ns, isJavaScript } of row.peers) {
    const ours = form === 'batch' ? row.batchNs : row.streamNs;
    const allowed = form === 'batch' ? ns : Math.max(ns, WINDOWS_NS);
    if (isJavaScript && ours >= allowed)
      failures.push(`${row.name}: ${form} ${ours.toFixed(1)} ns, ${peer} ${ns.toFixed(1)} ns`);
  }
  return failures;
}

function print(row: Row): void {
  const number = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(1)).padStart(8);
  const ratio = row.loopNs === undefined ? '–' : (row.batchNs / row.loopNs).toFixed(2);
  const peers = row.peers.map(
    ({ peer, form, ns }) => `${peer}${form === 'stream' ? ' (bar by bar)' : ''} ${ns.toFixed(0)}`,
  );
  console.log(
    `${row.name.padEnd(13)}${number(row.batchNs)}${number(row.loopNs)}${ratio.padStart(7)}${number(row.streamNs)}   ${peers.join(', ')}`,
  );
}

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const peers = await loadPeers();
for (const line of peers.missing) console.error(`not compared: ${line}`);
const rows: Row[] = [];
const asJson = process.argv.includes('--json');
if (!asJson) console.log(`${'ns a candle'.padEnd(13)}   batch    loop  ratio bar/bar   others`);
for (const { name, outputs } of INDICATORS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const row = rowOf(name, outputs.length, peers);
  rows.push(row);
  if (!asJson) print(row);
}
const failures = rows.flatMap(failuresOf);
if (asJson) console.log(JSON.stringify({ candles: CANDLES, rows, missing: peers.missing, failures }));
for (const line of failures) console.error(`too slow: ${line}`);
if (sink === undefined || failures.length > 0) process.exitCode = 1;
