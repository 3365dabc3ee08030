/**
 * Other packages that compute indicators, for comparison: fetched on demand into data/bench-peers at pinned versions, so
 * that nobody who installs the product installs them.
 * Keeps: what could not be fetched or loaded is said with its reason, and never counted as beaten.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bar } from '../../src/domain/indicators/core/columns.js';

/** Prices as plain arrays and objects, as the packages want them. */
export interface PlainBars {
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
  readonly volume: number[];
  readonly bars: readonly Bar[];
}

export interface Contender {
  readonly peer: string;
  /** Written in JavaScript: one that we must be faster than. */
  readonly isJavaScript: boolean;
  readonly batch?: (data: PlainBars) => unknown;
  /** Makes one that takes bar after bar. */
  readonly stream?: (data: PlainBars) => (index: number) => unknown;
}

type Call = (...given: readonly unknown[]) => unknown;
type Build = new (...given: readonly unknown[]) => {
  nextValue: (value: unknown) => unknown;
  update: (value: unknown, replace: boolean) => unknown;
};
type Module = Readonly<Record<string, Call & Build>>;

const FOLDER = resolve('data', 'bench-peers');
const PEERS: Readonly<Record<string, { readonly version: string; readonly isNative?: boolean }>> = {
  technicalindicators: { version: '3.1.0' },
  'trading-signals': { version: '8.3.0' },
  '@ixjb94/indicators': { version: '1.2.4' },
  indicatorts: { version: '2.2.2' },
  talib: { version: '2.0.3', isNative: true },
};
const INSTALL_TIMEOUT_MS = 240_000;

export interface Peers {
  readonly modules: ReadonlyMap<string, Module>;
  readonly missing: readonly string[];
}

export async function loadPeers(): Promise<Peers> {
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(join(FOLDER, 'package.json'))) writeFileSync(join(FOLDER, 'package.json'), '{"private":true}\n');
  const loader = join(FOLDER, 'load.mjs');
  writeFileSync(loader, 'export const load = (name) => import(name);\n');
  const { load } = (await import(pathToFileURL(loader).href)) as { load: (name: string) => Promise<unknown> };
  const modules = new Map<string, Module>();
  const missing: string[] = [];
  for (const [name, { version, isNative = false }] of Object.entries(PEERS)) {
    const failure = fetched(name, version, isNative);
    try {
      const found = (await load(name)) as Module & { default?: Module };
      modules.set(name, { ...found.default, ...found } as Module);
    } catch (error) {
      const reason = failure ?? (error instanceof Error ? error.message : String(error));
      missing.push(`${name} ${version}: ${reason.split('\n')[0] ?? ''}`);
    }
  }
  return { modules, missing };
}

/** Why it could not be fetched; undefined where it is there. */
function fetched(name: string, version: string, isNative: boolean): string | undefined {
  if (existsSync(join(FOLDER, 'node_modules', name, 'package.json'))) return undefined;
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', ...(isNative ? [] : ['--ignore-scripts'])];
  const done = spawnSync('npm', ['install', '--save-exact', ...flags, `${name}@${version}`], {
    cwd: FOLDER,
    encoding: 'utf8',
    timeout: INSTALL_TIMEOUT_MS,
    shell: process.platform === 'win32',
  });
  if (done.status === 0) return undefined;
  const lines = (done.stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  return `not installed: ${lines.find((line) => /error/i.test(line)) ?? done.error?.message ?? 'npm failed'}`;
}

/** What the peers have of one of our indicators, with the same parameters. */
export function contenders({ modules }: Peers, name: string): Contender[] {
  const makers = [...modules].map(([peer, module]) => {
    const maker = MAKERS[peer]?.[name];
    if (maker === undefined) return undefined;
    return { peer, isJavaScript: PEERS[peer]?.isNative !== true, ...maker(module) };
  });
  return makers.filter((found) => found !== undefined);
}

type Maker = (module: Module) => Pick<Contender, 'batch' | 'stream'>;

const HLC = ({ high, low, close }: PlainBars) => ({ high, low, close });
const HLCV = ({ high, low, close, volume }: PlainBars) => ({ high, low, close, volume });

/** technicalindicators: a static `calculate` of a settings object that carries the values. */
function technical(name: string, settings: object, values: (data: PlainBars) => object, isBar: boolean): Maker {
  return (module) => {
    const Type = module[name] as unknown as Build & { readonly calculate: Call };
    const none = Object.fromEntries(Object.keys(values(NO_BARS)).map((key) => [key, []]));
    return {
      batch: (data) => Type.calculate({ ...settings, ...values(data) }),
      stream: (data) => {
        const one = new Type({ ...settings, ...none });
        return (index) => one.nextValue(isBar ? data.bars[index] : data.close[index]);
      },
    };
  };
}

const NO_BARS: PlainBars = { open: [], high: [], low: [], close: [], volume: [], bars: [] };
const CLOSES = ({ close }: PlainBars) => ({ values: close });

/** trading-signals: objects that are updated. */
function signals(build: (module: Module) => InstanceType<Build>, isBar: boolean): Maker {
  const stream = (module: Module) => (data: PlainBars) => {
    const one = build(module);
    return isBar
      ? (index: number) => one.update(data.bars[index], false)
      : (index: number) => one.update(data.close[index], false);
  };
  return (module) => ({ stream: stream(module) });
}

const signalOf = (name: string, isBar: boolean, ...given: readonly unknown[]): Maker =>
  signals((module) => new (module[name] as Build)(...given), isBar);

/** @ixjb94/indicators: functions over arrays, asynchronous but for this class. */
function fast(name: string, given: (data: PlainBars) => readonly unknown[]): Maker {
  return (module) => {
    const all = new (module.IndicatorsSync as Build)() as unknown as Record<string, Call>;
    return { batch: (data) => all[name]?.(...given(data)) };
  };
}

function plain(name: string, given: (data: PlainBars) => readonly unknown[]): Maker {
  return (module) => ({ batch: (data) => (module[name] as Call)(...given(data)) });
}

/** talib: gives garbage for typed arrays, so it gets plain ones too. */
function native(name: string, settings: object, values: (data: PlainBars) => object): Maker {
  return (module) => ({
    batch: (data) =>
      (module.execute as Call)({ name, startIdx: 0, endIdx: data.close.length - 1, ...settings, ...values(data) }),
  });
}

const REAL = ({ close }: PlainBars) => ({ inReal: close });

const MAKERS: Readonly<Record<string, Readonly<Record<string, Maker>>>> = {
  technicalindicators: {
    sma: technical('SMA', { period: 20 }, CLOSES, false),
    ema: technical('EMA', { period: 20 }, CLOSES, false),
    wma: technical('WMA', { period: 20 }, CLOSES, false),
    rsi: technical('RSI', { period: 14 }, CLOSES, false),
    macd: technical(
      'MACD',
      { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9, SimpleMAOscillator: false, SimpleMASignal: false },
      CLOSES,
      false,
    ),
    bollinger: technical('BollingerBands', { period: 20, stdDev: 2 }, CLOSES, false),
    stddev: technical('SD', { period: 20 }, CLOSES, false),
    atr: technical('ATR', { period: 14 }, HLC, true),
    adx: technical('ADX', { period: 14 }, HLC, true),
    stoch: technical('Stochastic', { period: 14, signalPeriod: 3 }, HLC, true),
    willr: technical('WilliamsR', { period: 14 }, HLC, true),
    cci: technical('CCI', { period: 20 }, HLC, true),
    psar: technical('PSAR', { step: 0.02, max: 0.2 }, ({ high, low }) => ({ high, low }), true),
    obv: technical('OBV', {}, ({ close, volume }) => ({ close, volume }), true),
    mfi: technical('MFI', { period: 14 }, HLCV, true),
    ad: technical('ADL', {}, HLCV, true),
    trix: technical('TRIX', { period: 15 }, CLOSES, false),
    roc: technical('ROC', { period: 10 }, CLOSES, false),
    ao: technical('AwesomeOscillator', { fastPeriod: 5, slowPeriod: 34 }, ({ high, low }) => ({ high, low }), true),
  },
  'trading-signals': {
    sma: signalOf('SMA', false, 20),
    ema: signalOf('EMA', false, 20),
    wma: signalOf('WMA', false, 20),
    dema: signalOf('DEMA', false, 20),
    hma: signalOf('HMA', false, 20),
    kama: signalOf('KAMA', false, 10),
    rsi: signalOf('RSI', false, 14),
    macd: signals((m) => {
      const ema = (n: number) => new (m.EMA as Build)(n);
      return new (m.MACD as Build)(ema(12), ema(26), ema(9));
    }, false),
    bollinger: signalOf('BollingerBands', false, 20, 2),
    atr: signalOf('ATR', true, 14),
    adx: signalOf('ADX', true, 14),
    stoch: signalOf('StochasticOscillator', true, { kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 }),
    willr: signalOf('WilliamsR', true, 14),
    cci: signalOf('CCI', true, 20),
    psar: signalOf('PSAR', true, { accelerationStep: 0.02, accelerationMax: 0.2 }),
    obv: signalOf('OBV', true, 10),
    mfi: signalOf('MFI', true, 14),
    cmf: signalOf('CMF', true, 20),
    ad: signalOf('AD', true),
    aroon: signalOf('Aroon', true, 25),
    vortex: signalOf('VortexIndicator', true, 14),
    supertrend: signalOf('SuperTrend', true, { interval: 10, multiplier: 3 }),
    donchian: signalOf('DonchianChannels', true, 20),
    keltner: signalOf('KeltnerChannels', true, { emaInterval: 20, atrInterval: 10, multiplier: 2 }),
    trix: signalOf('TRIX', false, 15),
    roc: signalOf('ROC', false, 10),
    ultosc: signalOf('UltimateOscillator', true),
    linearReg: signalOf('LinearRegression', false, 14),
    ao: signalOf('AO', true, 5, 34),
  },
  '@ixjb94/indicators': {
    sma: fast('sma', (d) => [d.close, 20]),
    ema: fast('ema', (d) => [d.close, 20]),
    wma: fast('wma', (d) => [d.close, 20]),
    dema: fast('dema', (d) => [d.close, 20]),
    hma: fast('hma', (d) => [d.close, 20]),
    kama: fast('kama', (d) => [d.close, 10]),
    rsi: fast('rsi', (d) => [d.close, 14]),
    macd: fast('macd', (d) => [d.close, 12, 26, 9]),
    bollinger: fast('bbands', (d) => [d.close, 20, 2]),
    stddev: fast('stddev', (d) => [d.close, 20]),
    atr: fast('atr', (d) => [d.high, d.low, d.close, 14]),
    stoch: fast('stoch', (d) => [d.high, d.low, d.close, 14, 3, 3]),
    willr: fast('willr', (d) => [d.high, d.low, d.close, 14]),
    cci: fast('cci', (d) => [d.high, d.low, d.close, 20]),
    psar: fast('psar', (d) => [d.high, d.low, 0.02, 0.2]),
    obv: fast('obv', (d) => [d.close, d.volume]),
    mfi: fast('mfi', (d) => [d.high, d.low, d.close, d.volume, 14]),
    ad: fast('ad', (d) => [d.high, d.low, d.close, d.volume]),
    aroon: fast('aroon', (d) => [d.high, d.low, 25]),
    donchian: fast('dc', (d) => [d.high, d.low, 20]),
    trix: fast('trix', (d) => [d.close, 15]),
    roc: fast('roc', (d) => [d.close, 10]),
    ultosc: fast('ultosc', (d) => [d.high, d.low, d.close, 7, 14, 28]),
    linearReg: fast('linreg', (d) => [d.close, 14]),
    ao: fast('ao', (d) => [d.high, d.low]),
  },
  indicatorts: {
    sma: plain('sma', (d) => [d.close, { period: 20 }]),
    ema: plain('ema', (d) => [d.close, { period: 20 }]),
    dema: plain('dema', (d) => [d.close, { period: 20 }]),
    rsi: plain('rsi', (d) => [d.close, { period: 14 }]),
    macd: plain('macd', (d) => [d.close, { fast: 12, slow: 26, signal: 9 }]),
    bollinger: plain('bb', (d) => [d.close, { period: 20 }]),
    atr: plain('atr', (d) => [d.high, d.low, d.close, { period: 14 }]),
    stoch: plain('stoch', (d) => [d.high, d.low, d.close, { kPeriod: 14, dPeriod: 3 }]),
    willr: plain('willr', (d) => [d.high, d.low, d.close, { period: 14 }]),
    cci: plain('cci', (d) => [d.high, d.low, d.close, { period: 20 }]),
    psar: plain('psar', (d) => [d.high, d.low, d.close]),
    obv: plain('obv', (d) => [d.close, d.volume]),
    mfi: plain('mfi', (d) => [d.high, d.low, d.close, d.volume, { period: 14 }]),
    cmf: plain('cmf', (d) => [d.high, d.low, d.close, d.volume, { period: 20 }]),
    ad: plain('ad', (d) => [d.high, d.low, d.close, d.volume]),
    aroon: plain('aroon', (d) => [d.high, d.low, { period: 25 }]),
    vortex: plain('vortex', (d) => [d.high, d.low, d.close, { period: 14 }]),
    trix: plain('trix', (d) => [d.close, { period: 15 }]),
    roc: plain('roc', (d) => [d.close, { period: 10 }]),
    ao: plain('ao', (d) => [d.high, d.low]),
  },
  talib: {
    sma: native('SMA', { optInTimePeriod: 20 }, REAL),
    ema: native('EMA', { optInTimePeriod: 20 }, REAL),
    wma: native('WMA', { optInTimePeriod: 20 }, REAL),
    dema: native('DEMA', { optInTimePeriod: 20 }, REAL),
    kama: native('KAMA', { optInTimePeriod: 10 }, REAL),
    rsi: native('RSI', { optInTimePeriod: 14 }, REAL),
    macd: native('MACD', { optInFastPeriod: 12, optInSlowPeriod: 26, optInSignalPeriod: 9 }, REAL),
    bollinger: native('BBANDS', { optInTimePeriod: 20, optInNbDevUp: 2, optInNbDevDn: 2, optInMAType: 0 }, REAL),
    stddev: native('STDDEV', { optInTimePeriod: 20, optInNbDev: 1 }, REAL),
    atr: native('ATR', { optInTimePeriod: 14 }, HLC),
    adx: native('ADX', { optInTimePeriod: 14 }, HLC),
    willr: native('WILLR', { optInTimePeriod: 14 }, HLC),
    cci: native('CCI', { optInTimePeriod: 20 }, HLC),
    mfi: native('MFI', { optInTimePeriod: 14 }, HLCV),
    ad: native('AD', {}, HLCV),
    psar: native('SAR', { optInAcceleration: 0.02, optInMaximum: 0.2 }, ({ high, low }) => ({ high, low })),
    stoch: native(
      'STOCH',
      { optInFastK_Period: 14, optInSlowK_Period: 3, optInSlowK_MAType: 0, optInSlowD_Period: 3, optInSlowD_MAType: 0 },
      HLC,
    ),
  },
};
