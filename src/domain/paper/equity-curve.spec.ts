import { Decimal } from '../money/decimal.js';
import { equityCurve, momentsOf } from './equity-curve.js';

const hour = (n: number) => new Date(Date.UTC(2026, 0, 1, n));
const d = (text: string) => Decimal.of(text);

describe('the equity curve', () => {
  const times = [hour(1), hour(2), hour(3), hour(4)];
  const recorded = [1, 2, 4].map((n) => ({ at: hour(n), takenAt: new Date(hour(n).getTime() + 5_000) }));

  it('counts the ledger until the moment an hour was recorded, or until the hour', () => {
    expect(momentsOf(times, recorded).map((at) => at.getTime() % 3_600_000)).toEqual([5_000, 5_000, 0, 5_000]);
  });

  it('adds up the ledger, takes the worth of what was held, and guesses nothing', () => {
    const movements = [{ balance: d('1000'), deposits: d('1000') }, undefined, { balance: d('-1'), deposits: d('0') }];
    const holdings = new Map([[hour(2).getTime(), { balance: d('999.5'), unrealised: d('20.25') }]]);
    const curve = equityCurve(times, recorded, movements, holdings);
    expect(JSON.parse(JSON.stringify(curve.map(({ at: _at, ...point }) => point)))).toEqual([
      { balance: '1000', unrealised: '0', equity: '1000', netDeposits: '1000' },
      { balance: '999.5', unrealised: '20.25', equity: '1019.75', netDeposits: '1000' },
      { balance: '999', unrealised: null, equity: null, netDeposits: '1000' },
      { balance: '999', unrealised: '0', equity: '999', netDeposits: '1000' },
    ]);
  });
});
