/**
 * Groups of base assets that move together, for the limit on correlated exposure.
 * Keeps: an asset is in one group; an asset that no group names is a group of its own, under its own name. The platform's
 * table is part of the rules: changing it needs a new RULES_VERSION.
 */
import { splitSymbol } from '../instrument/instrument.js';

export type ExposureGroups = Readonly<Record<string, readonly string[]>>;

export const ASSET_GROUPS: ExposureGroups = {
  majors: ['BTC', 'ETH', 'WBTC', 'STETH'],
  layer1: [
    ...['SOL', 'BNB', 'ADA', 'AVAX', 'DOT', 'NEAR', 'ATOM', 'APT', 'SUI', 'TON', 'TRX', 'ICP', 'SEI', 'ALGO', 'HBAR'],
    ...['INJ', 'ETC', 'TIA', 'FTM', 'S', 'KAS', 'EGLD', 'VET', 'XTZ', 'EOS', 'NEO', 'FLOW', 'MINA', 'ROSE', 'KAVA'],
  ],
  layer2: ['ARB', 'OP', 'MATIC', 'POL', 'STRK', 'MNT', 'IMX', 'ZK', 'MANTA', 'METIS', 'BLAST', 'LRC', 'SKL'],
  payments: ['XRP', 'XLM', 'LTC', 'BCH', 'DASH', 'XMR', 'ZEC', 'BSV'],
  memes: [
    ...['DOGE', 'SHIB', 'PEPE', 'FLOKI', 'BONK', 'WIF', 'MEME', 'BOME', 'TURBO', 'NEIRO', 'POPCAT', 'BRETT', 'MOG'],
    ...['PNUT', 'GOAT', 'TRUMP', 'FARTCOIN', 'PENGU', 'DOGS', 'PEOPLE', 'BABYDOGE', 'CAT', 'RATS', 'SATS', 'ORDI'],
  ],
  defi: [
    ...[
      'UNI',
      'AAVE',
      'LINK',
      'MKR',
      'SKY',
      'COMP',
      'CRV',
      'SNX',
      'SUSHI',
      'LDO',
      'DYDX',
      'GMX',
      'CAKE',
      'RUNE',
      '1INCH',
    ],
    ...['ENA', 'PENDLE', 'JUP', 'YFI', 'BAL', 'ETHFI', 'EIGEN', 'RAY', 'HYPE', 'ONDO'],
  ],
  ai: ['FET', 'TAO', 'RNDR', 'RENDER', 'WLD', 'AGIX', 'OCEAN', 'ARKM', 'GRT', 'AKT', 'IO', 'AI', 'VIRTUAL', 'AIXBT'],
  gaming: ['AXS', 'SAND', 'MANA', 'GALA', 'ENJ', 'APE', 'ILV', 'YGG', 'PIXEL', 'RON', 'GMT', 'MAGIC', 'NOT', 'BEAM'],
};

/** Contracts on many units of a cheap asset, such as `1000SHIBUSDT`. */
const MULTIPLE = /^(1000000|100000|10000|1000|1M)(?=[A-Z])/;

const PLATFORM = membership(ASSET_GROUPS);

/** The asset that a symbol is about: `SHIB` for `1000SHIBUSDT`; the symbol itself where it is no pair. */
export function baseAsset(symbol: string): string {
  return (splitSymbol(symbol)?.base ?? symbol).replace(MULTIPLE, '');
}

/** The group of a symbol; `own` groups come first, and of several that name the asset the first. */
export function groupOf(symbol: string, own: ExposureGroups | null): string {
  const asset = baseAsset(symbol);
  const mine = own === null ? undefined : Object.keys(own).find((name) => own[name]?.includes(asset));
  return mine ?? PLATFORM.get(asset) ?? asset;
}

const MAX_GROUPS = 20;
const MAX_ASSETS = 200;

/** What is wrong with groups that a person gives; undefined when nothing is. */
export function exposureGroupsProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object of asset lists';
  const groups = Object.entries(value);
  if (groups.length > MAX_GROUPS) return `must have at most ${MAX_GROUPS} groups`;
  const seen = new Set<string>();
  for (const [name, assets] of groups as [string, unknown][]) {
    if (!/^[a-z][a-z0-9_-]{0,31}$/.test(name)) return 'must name its groups in up to 32 lower-case letters and digits';
    if (!Array.isArray(assets) || assets.length === 0 || assets.length > MAX_ASSETS) {
      return `must list 1 to ${MAX_ASSETS} assets in "${name}"`;
    }
    for (const asset of assets as unknown[]) {
      if (typeof asset !== 'string' || !/^[A-Z0-9]{1,15}$/.test(asset)) return 'must list assets such as BTC';
      if (seen.has(asset)) return `must name ${asset} once only`;
      seen.add(asset);
    }
  }
  return undefined;
}

function membership(groups: ExposureGroups): ReadonlyMap<string, string> {
  return new Map(Object.entries(groups).flatMap(([name, assets]) => assets.map((asset) => [asset, name] as const)));
}
