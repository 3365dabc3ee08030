import { ASSET_GROUPS, baseAsset, exposureGroupsProblem, groupOf } from './asset-groups.js';

const assets = (count: number) => Array.from({ length: count }, (_, index) => `A${index}`);
const groups = (count: number) => Object.fromEntries(assets(count).map((asset) => [`g${asset.slice(1)}`, [asset]]));

describe('asset groups', () => {
  it.each([
    ['BTCUSDT', 'BTC', 'majors'],
    ['1000SHIBUSDT', 'SHIB', 'memes'],
    ['1000000MOGUSDT', 'MOG', 'memes'],
    ['1INCHUSDT', '1INCH', 'defi'],
    ['SOLUSDC', 'SOL', 'layer1'],
    ['ZZZUSDT', 'ZZZ', 'ZZZ'],
    ['BTC', 'BTC', 'majors'],
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
    [null, 'must be an object of asset lists'],
    ['mine', 'must be an object of asset lists'],
    [groups(20), undefined],
    [groups(21), 'must have at most 20 groups'],
    [{ [`g${'x'.repeat(31)}`]: ['SOL'] }, undefined],
    [{ [`g${'x'.repeat(32)}`]: ['SOL'] }, 'must name its groups in up to 32 lower-case letters and digits'],
    [{ mine: assets(200) }, undefined],
    [{ mine: assets(201) }, 'must list 1 to 200 assets in "mine"'],
    [{ mine: ['A'.repeat(15)] }, undefined],
    [{ mine: ['A'.repeat(16)] }, 'must list assets such as BTC'],
    [{ mine: ['xSOL'] }, 'must list assets such as BTC'],
    [{ mine: [7] }, 'must list assets such as BTC'],
  ])('%j', (value, problem) => {
    expect(exposureGroupsProblem(value)).toBe(problem);
  });
});
