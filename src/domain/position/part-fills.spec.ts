/** Orders that are larger than the book is deep: what fills, what waits, and what protects what is held meanwhile. */
import fc from 'fast-check';
import { AT, dec, fees, LATER, positionOf, shallow, type Shape } from '../../../test/factories/positions.js';
import { Decimal } from '../money/decimal.js';
import { withdrawEntries } from './entries.js';
import { unchanged } from './exits.js';
import { onCommand } from './on-command.js';
import { onPrice } from './on-price.js';
import { onTime } from './on-time.js';
import type { PositionChange, PositionState } from './position.js';
import { watchesOf } from './watch.js';

const at = (price: string, from: PositionState): PositionChange => {
  const change = onPrice(from, dec(price), shallow, LATER);
  if (change === undefined) throw new Error(`nothing happened at ${price}`);
  return change;
};

const BREAK_EVEN = { trigger: { target: 1 }, action: 'BREAKEVEN', percent: null } as const;

/** 4 at 100, of which 150 USDT of depth fill 1.5 at a time. */
const BIG: Shape = { pending: true, lots: 40n, leverage: 1 };

describe('an entry that is larger than the book is deep', () => {
  it('fills in parts at its own price; stop and targets cover what is held, the margin what waits as well', () => {
    const first = at('99.9', positionOf(BIG));
    expect(first.executions.map(({ qty, price }) => [qty.toString(), price.toString()])).toEqual([['1.5', '100']]);
    expect(first.after).toMatchObject({ status: 'OPEN', entriesClosed: false });
    expect(first.after.remainingQty.toString()).toBe('1.5');
    expect(Decimal.sum(first.after.targetQtys).toString()).toBe('1.5');
    expect(first.after.margin.toString()).toBe('400');
    expect(watchesOf(first.after, shallow).map(({ price }) => price.toString())).toContain('99.95');
    const second = at('99.95', first.after);
    const last = at('99.94', second.after);
    expect(last.executions[0]?.qty.toString()).toBe('1');
    expect(last.after.remainingQty.toString()).toBe('4');
    expect(last.after.cost.toString()).toBe('400');
    expect(onPrice(last.after, dec('99.95'), shallow, LATER)).toBeUndefined();
    expect([first, second, last].map(({ log }) => log[0]?.type)).toEqual(['OPEN', 'ENTRY_FILLED', 'ENTRY_FILLED']);
  });

  it('is stopped for what it holds, and the rest is withdrawn', () => {
    const stopped = at('94', at('99.9', positionOf(BIG)).after);
    // The order at 100 fills another part on the way down.
    expect(stopped.executions.map(({ leg, qty }) => [leg, qty.toString()])).toEqual([
      ['ENTRY', '1.5'],
      ['STOP', '3'],
    ]);
    expect(stopped.after).toMatchObject({ status: 'STOPPED', entriesClosed: true });
    expect(stopped.cancelsEntry).toBe(true);
    expect(stopped.after.margin.isZero).toBe(true);
  });

  it('loses what has not filled when it expires, and keeps the rest', () => {
    const waiting = positionOf({ ...BIG, entryExpiresAt: LATER });
    const held = onPrice(waiting, dec('99.9'), shallow, AT)?.after as PositionState;
    const expired = onTime(held, LATER, dec('101'), shallow);
    expect(expired?.after).toMatchObject({ status: 'OPEN', entriesClosed: true });
    expect(expired?.after.margin.toString()).toBe('150');
    expect(expired && onPrice(expired.after, dec('99.9'), shallow, LATER)).toBeUndefined();
    expect(withdrawEntries(unchanged(held), 'x').after.margin.toString()).toBe('150');
  });

  it('fills by parts to no more than was ordered, whatever the prices', () => {
    const cents = fc.integer({ min: 9_600, max: 10_100 });
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 90n }), fc.array(cents, { maxLength: 20 }), (lots, prices) => {
        let state = positionOf({ ...BIG, lots });
        for (const price of prices) {
          const change = onPrice(state, Decimal.ofInteger(price).times(dec('0.01')), shallow, LATER);
          for (const { qty } of change?.executions ?? []) expect(qty.times(dec('100')).lte(dec('150'))).toBe(true);
          state = change?.after ?? state;
          expect(state.qty.lte(state.plannedQty)).toBe(true);
        }
      }),
    );
  });
});

describe('a target that is larger than the book is deep', () => {
  /** Rungs of 2 at 102, 104 and 106; the depth is 1.4 of each. */
  const held: Shape = { lots: 60n, leverage: 1, plan: { stopRules: [BREAK_EVEN] } };
  const rungs = ({ after }: PositionChange) => after.targetQtys.map(String);

  it('fills in parts and is hit with the last of them', () => {
    const part = at('103', positionOf(held));
    expect(part.executions[0]).toMatchObject({ leg: 'TP1', liquidity: 'MAKER' });
    expect([part.executions[0]?.qty, part.executions[0]?.ofQty].map(String)).toEqual(['1.4', '2']);
    expect(part.after.targetHitAt[0]).toBeNull();
    expect(part.after.stopLoss?.toString()).toBe('95');
    expect(rungs(part)).toEqual(['0.6', '2', '2']);
    // The same price again brings nothing more, whoever sends it.
    expect(onPrice(part.after, dec('103'), shallow, LATER)).toBeUndefined();
    const rest = at('102.9', part.after);
    expect(rest.executions[0]).not.toHaveProperty('ofQty');
    expect(rest.after.targetHitAt[0]).toEqual(LATER);
    expect(rest.after.stopLoss?.gt(dec('100'))).toBe(true);
    expect(rest.after.remainingQty.toString()).toBe('4');
  });

  it('does not hold up the others, and ends the position with what fills last', () => {
    const all = at('110', positionOf(held));
    expect(all.executions.map(({ leg, qty }) => `${leg} ${qty.toString()}`)).toEqual(['TP1 1.4', 'TP2 1.4', 'TP3 1.4']);
    expect(rungs(all)).toEqual(['0.6', '0.6', '0.6']);
    const done = at('109', all.after);
    expect(done.after).toMatchObject({ status: 'CLOSED', closeReason: 'TARGETS' });
    expect(done.after.exitPrice?.toString()).toBe('104');
  });

  it('is shared out anew when a part is closed by hand, and stopped for what is left', () => {
    const part = at('103', positionOf(held)).after;
    const close = { kind: 'close', qty: dec('1.6'), leg: 'CLOSE1' } as const;
    const less = onCommand(part, close, dec('101'), fees, LATER)?.after as PositionState;
    expect(Decimal.sum(less.targetQtys).toString()).toBe('3');
    expect(at('95', less).after).toMatchObject({ status: 'STOPPED' });
  });
});
