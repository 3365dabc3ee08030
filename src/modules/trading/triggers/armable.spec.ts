/** What is armed of new positions at once is what would be armed of them once they are read back. */
import fc from 'fast-check';
import { btcRules, layoutOf } from '../../../../test/factories/layouts.js';
import { fees, positionOf, strict } from '../../../../test/factories/positions.js';
import { Decimal } from '../../../domain/money/decimal.js';
import type { PositionState } from '../../../domain/position/position.js';
import type { EntryPlan } from '../../../domain/sizing/plan-entry.js';
import { entrySizer } from '../../../domain/sizing/size-entry.js';
import { armableNew, armablePosition } from './armable.js';
import type { LaidOut } from '../fan-out/entry-writer.repository.js';

const PLANS = [
  {},
  { entry: { kind: 'LIMIT' } },
  { stop: { unit: 'NONE' }, safety: { levels: 2, step_percent: 1 } },
  { stop: { rules: [{ action: 'BREAKEVEN', at_percent: '0.4' }] } },
];

const FEE = Decimal.of('0.05');
const dearer = (qty: Decimal) => Decimal.of('70000').plus(qty.times(Decimal.of('3')));

/** The position as the writer stores it and the repository reads it. */
function stored(signal: LaidOut, plan: EntryPlan): PositionState {
  const { layout } = signal;
  const isHeld = layout.entryType === 'MARKET';
  const qty = isHeld ? plan.qty : Decimal.ZERO;
  return {
    ...positionOf(),
    symbol: 'BTCUSDT',
    leverage: plan.leverage,
    status: isHeld ? 'OPEN' : 'PENDING',
    entryType: layout.entryType,
    legPrices: plan.legPrices,
    legQtys: plan.legQtys,
    legFilled: plan.legQtys.map((leg, index) => (isHeld && index === 0 ? leg : Decimal.ZERO)),
    safetyLegs: plan.safetyLegs,
    qty,
    remainingQty: qty,
    plannedQty: plan.plannedQty,
    entryPrice: plan.entryPrice,
    cost: plan.entryPrice.times(qty),
    stopLoss: layout.stopLoss,
    targetPrices: layout.targets,
    targetQtys: plan.targetQtys,
    targetHitAt: layout.targets.map(() => null),
    plan: layout.plan,
  };
}

describe('what is armed of a new position', () => {
  it('is what is armed of it when it is read back, whatever its size and leverage', () => {
    const size = fc.record({ money: fc.integer({ min: 50, max: 50_000 }), leverage: fc.integer({ min: 1, max: 125 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...PLANS),
        fc.array(size, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (plan, sizes, full) => {
          const layout = layoutOf({ plan });
          const signal = { layout, symbol: 'BTCUSDT', side: 'LONG' } as LaidOut;
          const sizeOf = entrySizer(layout, btcRules, FEE, full ? dearer : undefined);
          const terms = full ? strict : fees;
          const armableFor = armableNew(signal, terms);
          for (const { money, leverage } of sizes) {
            const sized = sizeOf(String(money), leverage);
            if ('tooSmall' in sized) throw new Error(sized.tooSmall);
            const entry: EntryPlan = { verdict: 'OPENED', ...sized };
            expect({ id: 1, ...armableFor(entry) }).toEqual(armablePosition(stored(signal, entry), terms));
            expect(armableFor(entry)).toBe(armableFor(entry));
          }
        },
      ),
    );
  });
});
