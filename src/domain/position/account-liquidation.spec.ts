/** The liquidation of an account: every cross position ends, the wallet is gone, and the ledger says where it went. */
import fc from 'fast-check';
import { postingsOf, sumOf } from '../ledger/ledger.js';
import { marginBrackets } from '../margin/liquidation.js';
import { Decimal } from '../money/decimal.js';
import { AT, dec, LATER, positionOf, SHORT, withLiquidation } from '../../../test/factories/positions.js';
import { crossAccountOf, liquidateAccount } from './account-liquidation.js';
import { liquidationPriceOf, protectivePrice } from './liquidation.js';
import { onPrice } from './on-price.js';
import type { PositionState } from './position.js';

const BRACKETS = marginBrackets([{ upTo: null, ratePercent: '0.5' }]);
const cross = (id: number, symbol: string, shape: Parameters<typeof positionOf>[0] = {}): PositionState => ({
  ...positionOf({ ...shape, cross: true }),
  id,
  symbol,
});

describe('the liquidation of an account', () => {
  const held = cross(1, 'AUSDT');
  const short = cross(2, 'BUSDT', { ...SHORT, lots: 20n });
  const waiting = cross(3, 'CUSDT', { pending: true });

  it('counts as wallet the free cash and the margin of all cross trades, those that wait included', () => {
    const { wallet, holdings } = crossAccountOf(dec('30'), [held, short, waiting]);
    expect(wallet.toString()).toBe('70');
    expect(holdings).toHaveLength(2);
  });

  it('closes what is held at its mark, withdraws what waits, and leaves nothing of the wallet', () => {
    const marks = new Map([
      ['AUSDT', dec('60')],
      ['BUSDT', dec('114.5')],
    ]);
    const changes = liquidateAccount(dec('30'), [held, short, waiting], marks, BRACKETS, LATER);
    expect(changes.map(({ after }) => [after.status, after.closeReason])).toEqual([
      ['STOPPED', 'LIQUIDATION'],
      ['STOPPED', 'LIQUIDATION'],
      ['CANCELLED', 'LIQUIDATION'],
    ]);
    // 70 − 40 − 29 = 1 is left, shared by maintenance margins of 0.3 and 1.145.
    expect(changes.map(({ liquidation }) => liquidation?.toString())).toEqual(['0.20761245', '0.79238755', undefined]);
    expect(Decimal.sum(changes.map(({ balanceDelta }) => balanceDelta)).toString()).toBe('-70');
    expect(Decimal.sum(changes.map(({ marginDelta }) => marginDelta)).toString()).toBe('-40');
    const [first] = changes;
    expect(first?.after.realisedPnl.toString()).toBe('-40.20761245');
    expect(first?.log[0]).toMatchObject({ type: 'LIQUIDATION', meta: { wallet_lost: '70', price: '60' } });
  });

  it('never liquidates a cross position by its own price: its stop is what protects it', () => {
    const risky = positionOf({ cross: true, leverage: 50, stop: '50' });
    expect(liquidationPriceOf(risky, withLiquidation)).toBeUndefined();
    expect(protectivePrice(risky, withLiquidation)?.toString()).toBe('50');
    expect(onPrice(risky, dec('90'), withLiquidation, AT)).toBeUndefined();
  });

  it('takes exactly the wallet, whatever the gap: the fund gets what is left or pays what is missing', () => {
    const price = fc.integer({ min: 1, max: 30_000 }).map((cents) => Decimal.ofInteger(cents).times(dec('0.01')));
    fc.assert(
      fc.property(price, price, fc.integer({ min: -50, max: 500 }), (a, b, cash) => {
        const marks = new Map([
          ['AUSDT', a],
          ['BUSDT', b],
        ]);
        const positions = [held, short, waiting];
        const { wallet } = crossAccountOf(Decimal.ofInteger(cash), positions);
        const changes = liquidateAccount(Decimal.ofInteger(cash), positions, marks, BRACKETS, LATER);
        expect(Decimal.sum(changes.map(({ balanceDelta }) => balanceDelta)).eq(wallet.negated())).toBe(true);
        for (const change of changes) {
          const booked = postingsOf(change);
          expect(booked && sumOf(booked.postings).isZero).toBe(true);
          expect(booked?.cause).toBe(change.after.status === 'STOPPED' ? 'LIQUIDATION' : 'CANCEL');
          expect(change.after.margin.isZero && change.after.remainingQty.isZero).toBe(true);
          expect(change.after.realisedPnl.minus(change.before.realisedPnl).eq(change.balanceDelta)).toBe(true);
        }
      }),
    );
  });
});
