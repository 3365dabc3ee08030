/** The bounds of accounts in the books: they fire once, are replaced as a whole, and keep what others wait for. */
import { Decimal } from '../../../domain/money/decimal.js';
import { Armory } from './armory.js';

const bounds = (below: string | null, above: string | null = null) => ({
  below: below === null ? null : Decimal.of(below),
  above: above === null ? null : Decimal.of(above),
});

describe('accounts in the books', () => {
  const cross = (armory: Armory, symbol: string, price: number) =>
    armory.cross(symbol, price, String(price), 0)?.accounts ?? [];

  it('fire on any of their symbols, in either direction', () => {
    const armory = new Armory();
    armory.guard(
      7,
      new Map([
        ['A', bounds('90')],
        ['B', bounds('50', '70')],
      ]),
    );
    expect(armory.isGuarded(7)).toBe(true);
    expect(armory.symbols.sort()).toEqual(['A', 'B']);
    expect(cross(armory, 'A', 90.01)).toEqual([]);
    expect(cross(armory, 'A', 90)).toEqual([7]);
    expect(cross(armory, 'B', 71)).toEqual([7]);
    expect(cross(armory, 'A', 80)).toEqual([]);
  });

  it('are watched at the last bounds only, and not at all without any', () => {
    const armory = new Armory();
    armory.guard(
      7,
      new Map([
        ['A', bounds('90')],
        ['B', bounds('50')],
      ]),
    );
    armory.guard(7, new Map([['A', bounds('80')]]));
    expect(armory.symbols).toEqual(['A']);
    expect(cross(armory, 'A', 85)).toEqual([]);
    expect(cross(armory, 'A', 79)).toEqual([7]);
    armory.guard(7, new Map());
    expect([armory.isGuarded(7), armory.symbols, armory.triggers]).toEqual([false, [], 0]);
  });

  it('leave what positions and signals of the symbol wait for', () => {
    const armory = new Armory();
    const watches = [{ toward: 'LOSS' as const, price: '95' }];
    armory.arm('position', { id: 7, symbol: 'A', side: 'LONG', isOver: false, watches, trail: null });
    armory.guard(7, new Map([['A', bounds('90')]]));
    armory.guard(7, new Map());
    expect(armory.cross('A', 94, '94', 0)).toMatchObject({ positions: [7], accounts: [] });
    armory.guard(8, new Map([['A', bounds('90')]]));
    armory.disarm('position', 7);
    expect(cross(armory, 'A', 89)).toEqual([8]);
  });
});
