/**
 * `npm run check:indicators -- DIR`: holds every indicator against the reference tables of a folder, batch and bar by bar.
 * Keeps: exit code 1 where a value is outside its tolerance, where a first value stands at another bar, or where the two
 * forms differ in any bit; every column that no indicator of ours answers is named.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureBuilt, ensureInstalled, fail, fromBuild, requireNode, ROOT } from './lib/project.mjs';
import {
  parametersInReadme,
  readCandles,
  readTable,
  skenderColumn,
  tablesIn,
  talibColumn,
} from './lib/reference-tables.mjs';

const folder = resolve(process.argv[2] ?? '');
requireNode();
process.chdir(ROOT);
if (process.argv[2] === undefined || !existsSync(join(folder, 'quotes'))) {
  fail('Say where the tables are: npm run check:indicators -- DIR (with quotes/, talib/, skender/)');
}
ensureInstalled();
ensureBuilt();

const { indicate, indicatorNamed, indicators } = await fromBuild('src/domain/indicators/registry.js');
const quotes = new Map([...tablesIn(join(folder, 'quotes'))].map(([name, file]) => [name, readCandles(file)]));
const uncovered = [];
const lines = [];
let outside = 0;

/** What a unit may differ by: of the close, of the column's largest value, or absolutely. */
function toleranceOf(unit, call, candles, expected) {
  const isDeviation = /^(BBANDS|STDDEV)/.test(call);
  if (unit === 'price') return (bar) => (isDeviation ? 1e-7 : 1e-8) * candles.close[bar];
  if (unit === 'square') return (bar) => 1e-7 * candles.close[bar] ** 2;
  if (unit === 'volume') {
    const largest = expected.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);
    return () => 1e-9 * largest;
  }
  return () => 1e-6;
}

/** Bars of warm-up that one may show and the other keep to itself. */
const AFTER_WARM_UP = 60;

/** Compares a column; `worst` is the largest deviation as part of what is allowed. */
function compare(expected, found, tolerance, options = {}) {
  const { from = 0, isEarlier = false, whereExpected = false, isSame = () => false } = options;
  const result = { compared: 0, worst: 0, bar: -1, problem: undefined };
  for (let bar = from; bar < expected.length; bar += 1) {
    const isExpected = !Number.isNaN(expected[bar]);
    const isFound = !Number.isNaN(found[bar]);
    if (isExpected !== isFound) {
      if ((isExpected && isEarlier && bar < AFTER_WARM_UP) || (isFound && whereExpected)) continue;
      result.problem ??= `bar ${bar}: ${isExpected ? 'no value' : 'a value where there is none'}`;
      continue;
    }
    if (!isExpected) continue;
    result.compared += 1;
    const difference = Math.abs(expected[bar] - found[bar]);
    const share = difference === 0 ? 0 : difference / tolerance(bar);
    if (share <= result.worst || (share > 1 && isSame(bar, expected[bar], found[bar]))) continue;
    result.worst = share;
    result.bar = bar;
  }
  return result;
}

/** Where two bars share the extreme, the answers may name either: whether both of them name one. */
function sameExtreme(candles, side, period) {
  const age = (percent) => Math.round((1 - percent / 100) * period);
  if (side === 'both') return () => true;
  const prices = candles[side];
  return (bar, expected, found) => prices[bar - age(expected)] === prices[bar - age(found)];
}

function report(label, result) {
  const isOutside = result.problem !== undefined || !(result.worst <= 1);
  if (isOutside) outside += 1;
  const where = result.problem ?? `worst ${result.worst.toExponential(1)} of its tolerance at bar ${result.bar}`;
  lines.push(
    `${isOutside ? 'OUTSIDE' : 'agrees '}  ${label.padEnd(58)} ${String(result.compared).padStart(5)}  ${where}`,
  );
}

const numbers = (rows, index) =>
  Float64Array.from(rows, (row) => (row[index] === '' || row[index] === undefined ? NaN : Number(row[index])));

const computed = new Map();

/** All outputs over the candles, and a check that bar by bar gives the same bits. */
function results(dataset, name, parameters) {
  const key = `${dataset} ${name} ${JSON.stringify(parameters)}`;
  const known = computed.get(key);
  if (known !== undefined) return known;
  const candles = quotes.get(dataset);
  const batch = indicate(name, candles, parameters);
  const stream = indicators([{ name, parameters }]);
  const outputs = indicatorNamed(name).outputs.map((output) => output.name);
  for (let bar = 0; bar < candles.length; bar += 1) {
    const values = stream.next({
      time: candles.time[bar],
      open: candles.open[bar],
      high: candles.high[bar],
      low: candles.low[bar],
      close: candles.close[bar],
      volume: candles.volume[bar],
    });
    outputs.forEach((output, index) => {
      if (Object.is(values[index], batch[output][bar])) return;
      fail(`${key}: bar ${bar}, ${output}: ${batch[output][bar]} in a batch, ${values[index]} bar by bar`);
    });
  }
  computed.set(key, batch);
  return batch;
}

function unitOf(name, output) {
  return indicatorNamed(name).outputs.find((one) => one.name === output)?.unit;
}

for (const [dataset, file] of tablesIn(join(folder, 'talib'))) {
  const [header, ...rows] = readTable(file);
  for (const [index, column] of header.entries()) {
    if (index === 0) continue;
    const ours = talibColumn(column);
    const unit = ours && unitOf(ours.name, ours.output);
    if (unit === undefined) {
      uncovered.push(`talib/${dataset}: ${column}`);
      continue;
    }
    const expected = numbers(rows, index);
    const found = results(dataset, ours.name, ours.parameters)[ours.output];
    const tolerance = toleranceOf(unit, column, quotes.get(dataset), expected);
    report(`talib ${dataset} ${column}`, compare(expected, found, tolerance));
  }
}

const readme = parametersInReadme(folder);
for (const [name, file] of tablesIn(join(folder, 'skender'))) {
  const candles = quotes.get('skender502') ?? fail('quotes/skender502.csv.gz is missing');
  const [header, ...rows] = readTable(file);
  for (const [index, column] of header.entries()) {
    if (['i', 'date', 'volume'].includes(column)) continue;
    const ours = skenderColumn(name, column, readme);
    if (ours === undefined) {
      uncovered.push(`skender/${name}: ${column}`);
      continue;
    }
    const { shift = 0, equal, ...options } = ours.options;
    if (equal !== undefined) options.isSame = sameExtreme(candles, equal, ours.parameters.period ?? 25);
    const found = shifted(results('skender502', ours.name, ours.parameters)[ours.output], shift);
    const expected = numbers(rows, index);
    const tolerance = (bar) => Math.max(1e-6 * Math.abs(expected[bar]), 1e-9);
    report(`skender ${name}.${column}`, compare(expected, found, tolerance, options));
  }
}

/** Drawn so many bars later (above 0) or earlier (below 0). */
function shifted(values, bars) {
  return values.map((_, bar) => values[bar - bars] ?? NaN);
}

function regressionPoints() {
  const file = join(folder, 'talib', 'regtest-points.json');
  if (!existsSync(file)) return;
  const { datasets, points, tolerance } = JSON.parse(readFileSync(file, 'utf8'));
  const worst = new Map();
  for (const point of points) {
    const dataset = datasetOf(point.dataset, datasets[point.dataset]);
    const ours = dataset === undefined ? undefined : pointColumn(point);
    const label = `regtest ${point.fn}(${Object.values(point.params).join(',')}) ${point.output}`;
    if (ours === undefined || unitOf(ours.name, ours.output) === undefined) {
      uncovered.push(label);
      continue;
    }
    const values = results(dataset, ours.name, ours.parameters)[ours.output];
    const result = worst.get(label) ?? { compared: 0, worst: 0, bar: -1, problem: undefined };
    const share = Math.abs(values[point.bar] - point.value) / tolerance;
    result.compared += 1;
    if (!(share <= result.worst)) Object.assign(result, { worst: share, bar: point.bar });
    if (values.findIndex((value) => !Number.isNaN(value)) !== point.begin) {
      result.problem ??= `begins at another bar than ${point.begin}`;
    }
    worst.set(label, result);
  }
  for (const [label, result] of worst) report(label, result);
}

function datasetOf(name, given) {
  if (typeof given === 'string') return /([^/]+)\.csv(\.gz)?$/.exec(given)?.[1];
  if (given?.high === undefined) return undefined;
  if (!quotes.has(name)) {
    const high = Float64Array.from(given.high);
    const low = Float64Array.from(given.low);
    const column = (key) => Float64Array.from(given[key] ?? given.low);
    const volume = new Float64Array(high.length);
    const time = Float64Array.from(high, (_, index) => index);
    quotes.set(name, { length: high.length, time, open: column('open'), high, low, close: column('close'), volume });
  }
  return name;
}

function pointColumn({ fn, params, output }) {
  const names = { upper: 'upper', middle: 'middle', lower: 'lower' };
  const out = output === 'out' ? undefined : (names[output] ?? output);
  const call = `${fn}${Object.keys(params).length === 0 ? '' : `(${Object.values(params).join(',')})`}`;
  return talibColumn(out === undefined ? call : `${call}.${out}`);
}

regressionPoints();
console.log(lines.sort().join('\n'));
console.log(`\n${lines.length} columns compared, ${outside} outside their tolerance`);
console.log(
  uncovered.length === 0 ? 'no column is left out' : `not covered:\n  ${[...new Set(uncovered)].join('\n  ')}`,
);
if (outside > 0) process.exitCode = 1;
