/**
 * Reads tables of reference values of indicators and says which of ours answers each column: TA-Lib's full series and its
 * regression points, and Skender.Stock.Indicators' baselines.
 * Keeps: a column that nothing here answers is named as not covered, never passed over in silence.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** TA-Lib takes a variance below this for zero. */
const ZERO = { zeroBelow: 1e-14 };

const periodOnly = (name, output, parameters = {}) => ({
  of: ([period]) => ({ name, output: output ?? name, parameters: { ...parameters, period: Number(period) } }),
});
const plain = (name, output = name, parameters = {}) => ({ of: () => ({ name, output, parameters }) });

const MACD_OUT = { macd: 'macd', signal: 'signal', hist: 'histogram' };
const K_AND_D = { slowk: 'k', slowd: 'd', fastk: 'k', fastd: 'd' };

/** TA-Lib's calls: the arguments in brackets, and what follows the dot. */
const TALIB = {
  SMA: periodOnly('sma'),
  EMA: periodOnly('ema'),
  WMA: periodOnly('wma'),
  DEMA: periodOnly('dema'),
  TEMA: periodOnly('tema'),
  TRIMA: periodOnly('trima'),
  KAMA: periodOnly('kama'),
  T3: {
    of: ([period, factor]) => ({
      name: 't3',
      output: 't3',
      parameters: { period: Number(period), ...(factor === undefined ? {} : { factor: Number(factor) }) },
    }),
  },
  MIDPRICE: periodOnly('midprice'),
  MIDPOINT: periodOnly('midpoint'),
  MAX: periodOnly('midpoint', 'highest'),
  MIN: periodOnly('midpoint', 'lowest'),
  MAX_HIGH: periodOnly('donchian', 'upper'),
  MIN_LOW: periodOnly('donchian', 'lower'),
  SUM: periodOnly('sum'),
  RSI: periodOnly('rsi'),
  CMO: periodOnly('cmo'),
  WILLR: periodOnly('willr'),
  CCI: periodOnly('cci'),
  ATR: periodOnly('atr'),
  NATR: periodOnly('natr'),
  ADX: periodOnly('adx'),
  ADXR: periodOnly('adx', 'adxr'),
  DX: periodOnly('adx', 'dx'),
  PLUS_DI: periodOnly('adx', 'plusDi'),
  MINUS_DI: periodOnly('adx', 'minusDi'),
  PLUS_DM: periodOnly('dm', 'plusDm'),
  MINUS_DM: periodOnly('dm', 'minusDm'),
  AROON: { of: ([period], out) => ({ name: 'aroon', output: out, parameters: { period: Number(period) } }) },
  AROONOSC: periodOnly('aroon', 'oscillator'),
  MOM: periodOnly('mom'),
  ROC: periodOnly('roc'),
  ROCP: periodOnly('roc', 'change'),
  ROCR: periodOnly('roc', 'ratio'),
  TRIX: periodOnly('trix'),
  VAR: periodOnly('variance'),
  STDDEV: {
    of: ([period, deviations = '1']) => ({
      name: 'stddev',
      output: 'stddev',
      parameters: { period: Number(period), deviations: Number(deviations), ...ZERO },
    }),
  },
  BBANDS: {
    of: ([period, up, down, average = 'SMA'], out) => ({
      name: 'bollinger',
      output: out,
      parameters: { period: Number(period), up: Number(up), down: Number(down), average, ...ZERO },
    }),
  },
  STOCH: {
    of: ([fastK, slowK, slowKAverage, slowD, slowDAverage], out) => ({
      name: 'stoch',
      output: K_AND_D[out],
      parameters: { fastK: Number(fastK), slowK: Number(slowK), slowKAverage, slowD: Number(slowD), slowDAverage },
    }),
  },
  STOCHF: {
    of: ([fastK, fastD, fastDAverage], out) => ({
      name: 'stochFast',
      output: K_AND_D[out],
      parameters: { fastK: Number(fastK), fastD: Number(fastD), fastDAverage },
    }),
  },
  STOCHRSI: {
    of: ([period, fastK, fastD, average], out) => ({
      name: 'stochRsi',
      output: K_AND_D[out],
      parameters: { period: Number(period), fastK: Number(fastK), fastD: Number(fastD), average },
    }),
  },
  MACD: {
    of: ([fast, slow, signal], out) => ({
      name: 'macd',
      output: MACD_OUT[out],
      parameters: { fast: Number(fast), slow: Number(slow), signal: Number(signal) },
    }),
  },
  MACDEXT: {
    of: ([fast, fastAverage, slow, slowAverage, signal, signalAverage], out) => ({
      name: 'macdExt',
      output: MACD_OUT[out],
      parameters: {
        fast: Number(fast),
        fastAverage,
        slow: Number(slow),
        slowAverage,
        signal: Number(signal),
        signalAverage,
      },
    }),
  },
  APO: oscillator('apo'),
  PPO: oscillator('ppo'),
  SAR: {
    of: ([step, most]) => ({ name: 'psar', output: 'psar', parameters: { step: Number(step), most: Number(most) } }),
  },
  OBV: plain('obv'),
  AD: plain('ad'),
  ADOSC: {
    of: ([fast, slow]) => ({ name: 'adosc', output: 'adosc', parameters: { fast: Number(fast), slow: Number(slow) } }),
  },
  MFI: periodOnly('mfi', 'mfi', { zeroBelow: 1 }),
  ULTOSC: {
    of: ([short, middle, long]) => ({
      name: 'ultosc',
      output: 'ultosc',
      parameters: { short: Number(short), middle: Number(middle), long: Number(long) },
    }),
  },
  BOP: plain('bop'),
  TRANGE: plain('trange'),
  AVGPRICE: plain('avgprice'),
  MEDPRICE: plain('medprice'),
  TYPPRICE: plain('typprice'),
  WCLPRICE: plain('wclprice'),
  LINEARREG: periodOnly('linearReg', 'value'),
  LINEARREG_SLOPE: periodOnly('linearReg', 'slope'),
  LINEARREG_INTERCEPT: periodOnly('linearReg', 'intercept'),
  LINEARREG_ANGLE: periodOnly('linearRegAngle', 'angle'),
  TSF: periodOnly('linearReg', 'forecast'),
  CORREL: periodOnly('correl', 'correl', ZERO),
  CORREL_HL: periodOnly('correl', 'correl', ZERO),
  BETA: periodOnly('beta', 'beta', ZERO),
  BETA_HL: periodOnly('beta', 'beta', ZERO),
};

function oscillator(name) {
  return {
    of: ([fast, slow, average = 'SMA']) => ({
      name,
      output: name,
      parameters: { fast: Number(fast), slow: Number(slow), average },
    }),
  };
}

/** Which of our outputs a column of TA-Lib's is; undefined where there is none. */
export function talibColumn(column) {
  const [, call, args = '', out] = /^([A-Z0-9_]+)(?:\(([^)]*)\))?(?:\.(\w+))?$/.exec(column) ?? [];
  const found = call === undefined ? undefined : TALIB[call];
  return found?.of(args === '' ? [] : args.split(','), out);
}

/** From which bar on the early values of both have met, where TA-Lib decides (see the tables' own notes). */
const AFTER_SEED = 300;

/**
 * `numbers`: our parameters in the order in which the tables' README lists them; `columns`: our output by theirs, or the
 * whole answer where another indicator of ours has it.
 */
const skender = (name, numbers, columns, options = {}) => ({ name, numbers, columns, parameters: {}, ...options });
const BANDS = { upperBand: 'upper', centerline: 'middle', lowerBand: 'lower', width: 'width' };
const LATE = { from: AFTER_SEED };
const EARLY = { isEarlier: true };
const LINE = { name: 'ad', output: 'ad', parameters: {} };
const FLOW = {
  moneyFlowMultiplier: { name: 'cmf', output: 'multiplier', parameters: {} },
  moneyFlowVolume: { name: 'cmf', output: 'flow', parameters: {} },
};
/** Told only while it is the one that counts. */
const ACTIVE = { whereExpected: true };

const SKENDER = {
  sma: skender('sma', ['period'], { sma: 'sma' }),
  ema: skender('ema', ['period'], { ema: 'ema' }),
  wma: skender('wma', ['period'], { wma: 'wma' }),
  dema: skender('dema', ['period'], { dema: 'dema' }, LATE),
  tema: skender('tema', ['period'], { tema: 'tema' }, LATE),
  hma: skender('hma', ['period'], { hma: 'hma' }),
  t3: skender('t3', ['period', 'factor'], { t3: 't3' }, LATE),
  smma: skender('smma', ['period'], { smma: 'smma' }),
  kama: skender('kama', ['period', 'fast', 'slow'], { kama: 'kama', er: 'efficiency' }, EARLY),
  vwma: skender('vwma', ['period'], { vwma: 'vwma' }),
  vwap: skender('vwap', [], { vwap: 'vwap' }, { parameters: { anchor: 'never' } }),
  rsi: skender('rsi', ['period'], { rsi: 'rsi' }),
  'stoch-rsi': skender('stochRsi', ['period', 'fastK', 'fastD', 'smooth'], { stochRsi: 'k', signal: 'd' }, EARLY),
  stoch: skender(
    'stoch',
    ['fastK', 'slowD', 'slowK'],
    { oscillator: 'k', k: 'k', signal: 'd', d: 'd', percentJ: 'j', j: 'j' },
    EARLY,
  ),
  macd: skender(
    'macd',
    ['fast', 'slow', 'signal'],
    {
      macd: 'macd',
      signal: 'signal',
      histogram: 'histogram',
      fastEma: { name: 'ema', output: 'ema', parameters: { period: 12 } },
      slowEma: { name: 'ema', output: 'ema', parameters: { period: 26 } },
    },
    LATE,
  ),
  // ADXR looks one bar further back there; TA-Lib decides.
  adx: skender('adx', ['period'], { pdi: 'plusDi', mdi: 'minusDi', dx: 'dx', adx: 'adx' }, LATE),
  cci: skender('cci', ['period'], { cci: 'cci' }),
  roc: skender('roc', ['period'], { roc: 'roc', momentum: { name: 'mom', output: 'mom' } }),
  willr: skender('willr', ['period'], { williamsR: 'willr' }),
  ultimate: skender('ultosc', ['short', 'middle', 'long'], { ultimate: 'ultosc' }),
  awesome: skender('ao', ['fast', 'slow'], { oscillator: 'ao', normalized: 'normalized' }),
  bop: skender('bop', ['smooth'], { bop: 'bop' }),
  trix: skender('trix', ['period'], { trix: 'trix' }),
  atr: skender('atr', ['period'], {
    tr: { name: 'trange', output: 'trange', parameters: {} },
    atr: 'atr',
    atrp: { name: 'natr', output: 'natr' },
  }),
  tr: skender('trange', [], { tr: 'trange' }),
  stdev: skender('stddev', ['period'], { stdDev: 'stddev', mean: 'mean', zScore: 'zScore' }),
  bb: skender('bollinger', ['period', 'up'], {
    sma: 'middle',
    upperBand: 'upper',
    lowerBand: 'lower',
    percentB: 'percentB',
    width: 'width',
    zScore: { name: 'stddev', output: 'zScore', parameters: { period: 20 } },
  }),
  keltner: skender('keltner', ['period', 'factor', 'atrPeriod'], BANDS),
  donchian: skender('donchian', ['period'], BANDS, { parameters: { window: 'before' } }),
  supertrend: skender('supertrend', ['period', 'factor'], {
    superTrend: 'supertrend',
    upperBand: { output: 'upper', options: ACTIVE },
    lowerBand: { output: 'lower', options: ACTIVE },
  }),
  'parabolic-sar': skender('psar', ['step', 'most'], { sar: 'psar' }, LATE),
  obv: skender('obv', [], { obv: 'obv' }, { parameters: { start: 'zero' } }),
  mfi: skender('mfi', ['period'], { mfi: 'mfi' }),
  adl: skender('ad', [], { adl: 'ad', ...FLOW }),
  'chaikin-osc': skender('adosc', ['fast', 'slow'], { oscillator: 'adosc', adl: LINE, ...FLOW }, LATE),
  cmf: skender('cmf', ['period'], { cmf: 'cmf', moneyFlowMultiplier: 'multiplier', moneyFlowVolume: 'flow' }),
  vortex: skender('vortex', ['period'], { pvi: 'plus', nvi: 'minus' }),
  aroon: skender('aroon', ['period'], {
    aroonUp: { output: 'up', options: { equal: 'high' } },
    aroonDown: { output: 'down', options: { equal: 'low' } },
    oscillator: { output: 'oscillator', options: { equal: 'both' } },
  }),
  ichimoku: skender('ichimoku', ['tenkan', 'kijun', 'senkou'], {
    tenkanSen: 'tenkan',
    kijunSen: 'kijun',
    senkouSpanA: 'senkouA',
    senkouSpanB: 'senkouB',
    chikouSpan: { output: 'chikou', options: { shift: -26 } },
  }),
  alligator: skender('alligator', ['jaw', 'jawShift', 'teeth', 'teethShift', 'lips', 'lipsShift'], {
    jaw: 'jaw',
    teeth: 'teeth',
    lips: 'lips',
  }),
  heikinashi: skender('heikinAshi', [], { open: 'open', high: 'high', low: 'low', close: 'close' }),
  'pivot-points': skender(
    'pivotPoints',
    [],
    { pp: 'pivot', s1: 's1', s2: 's2', s3: 's3', s4: 's4', r1: 'r1', r2: 'r2', r3: 'r3', r4: 'r4' },
    { parameters: { period: 'month' } },
  ),
  slope: skender('linearReg', ['period'], { slope: 'slope' }),
};

/** Other names of the same tables. */
const SAME = { psar: 'parabolic-sar', sar: 'parabolic-sar', stochrsi: 'stoch-rsi', ao: 'awesome' };
Object.assign(SAME, { uo: 'ultimate', ultosc: 'ultimate', ad: 'adl', adosc: 'chaikin-osc', chaikinosc: 'chaikin-osc' });

/**
 * What answers a column of a file: `{name, output, parameters, options}`, with the parameters that the README of the tables
 * gives, or undefined.
 */
export function skenderColumn(file, column, readme) {
  const entry = SKENDER[file] ?? SKENDER[SAME[file]];
  const answer = entry?.columns[column];
  if (answer === undefined) return undefined;
  const given = Object.fromEntries((readme.get(file) ?? []).map((value, index) => [entry.numbers[index], value]));
  delete given.undefined;
  const { from, isEarlier } = entry;
  const own = typeof answer === 'string' ? { output: answer } : answer;
  return {
    name: own.name ?? entry.name,
    output: own.output,
    parameters: own.parameters ?? { ...entry.parameters, ...given, ...upAndDown(given) },
    options: { from, isEarlier, ...own.options },
  };
}

/** One number of deviations there is for both sides. */
function upAndDown({ up }) {
  return up === undefined ? {} : { down: up };
}

/** The numbers of the parameter column of the README's table, by file; words and what stands in brackets say no more. */
export function parametersInReadme(folder) {
  const file = join(folder, 'README.md');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const rows = [...text.matchAll(/^\| ([\w-]+)\.csv \|([^|]*)\|/gm)];
  return new Map(
    rows.map(([, name, cell]) => [name, (cell.replace(/\(.*/, '').match(/\d+(\.\d+)?/g) ?? []).map(Number)]),
  );
}

/** `[header, ...rows]` of a CSV file, packed or not; quoted cells may hold commas. */
export function readTable(file) {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, bare]) => quoted ?? bare));
}

/** Columns of candles with the header `timestamp_ms,open,high,low,close,volume`. */
export function readCandles(file) {
  const [header, ...rows] = readTable(file);
  const column = (name) => Float64Array.from(rows, (row) => Number(row[header.indexOf(name)]));
  return {
    length: rows.length,
    time: column('timestamp_ms'),
    ...Object.fromEntries(['open', 'high', 'low', 'close', 'volume'].map((name) => [name, column(name)])),
  };
}

/** Names of the files of a folder by their name without `.csv` or `.csv.gz`. */
export function tablesIn(folder) {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder).filter((file) => /\.csv(\.gz)?$/.test(file));
  return new Map(files.map((file) => [file.replace(/\.csv(\.gz)?$/, ''), join(folder, file)]));
}
