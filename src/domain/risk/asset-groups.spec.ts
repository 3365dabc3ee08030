import { ASSET_GROUPS, baseAsset, exposureGroupsProblem, groupOf } from './asset-groups.js';

describe('asset groups', () => {
  it.each([
    ['BTCUSDT', 'BTC', 'majors'],
    ['1000SHIBUSDT', 'SHIB', 'memes'],
    ['1000000MOGUSDT', 'MOG', 'memes'],
    ['1INCHUSDT', '1INCH', 'defi'],
    ['SOLUSDC', 'SOL', 'layer1'],
    ['ZZZUSDT', 'ZZZ', 'ZZZ'],
  ])('%s is about %s, in %s', (symbol, asset, group) => {
    expect(baseAsset(symbol)).toBe(asset);
    expect(groupOf(symbol, null)).toBe(group);
  });

  it('takes own groups first, and the platform’s for the rest', () => {
    const own = { mine: ['SOL', 'DOGE'] };
    expect(['SOLUSDT', 'DOGEUSDT', 'PEPEUSDT'].map((symbol) => groupOf(symbol, own))).toEqual([
      'mine',
      'mine',
      'memes',
    ]);
  });

  it('has each asset in one group', () => {
    const assets = Object.values(ASSET_GROUPS).flat();
    expect(new Set(assets).size).toBe(assets.length);
  });

  it.each([
    [{ mine: ['SOL'] }, undefined],
    [{}, undefined],
    [[], 'must be an object of asset lists'],
    [{ 'My Group': ['SOL'] }, 'must name its groups in up to 32 lower-case letters and digits'],
    [{ mine: [] }, 'must list 1 to 200 assets in "mine"'],
    [{ mine: 'SOL' }, 'must list 1 to 200 assets in "mine"'],
    [{ mine: ['sol'] }, 'must list assets such as BTC'],
    [{ mine: ['SOL'], other: ['SOL'] }, 'must name SOL once only'],
    [
      Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`g${index}`, ['SOL']])),
      'must have at most 20 groups',
    ],
  ])('%j', (value, problem) => {
    expect(exposureGroupsProblem(value)).toBe(problem);
  });
});
