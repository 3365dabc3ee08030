/** A referrer and a customer who buys, goes up and down and is refunded, while the referrer spends what came. */
import fc from 'fast-check';
import { least, type Micro, percentOfMicro } from './micro-usdt.js';
import { type Bonus, bonusBack, bonusOn, NO_BONUS, stayingMoney } from './referral-bonus.js';

const USDT = 1_000_000n;

class Referral {
  revenue = 0n;
  received = 0n;
  balance = 0n;
  booked: Bonus = NO_BONUS;
  owes = false;

  constructor(public percent: string) {}

  get stays(): Micro {
    return stayingMoney(this.revenue, this.received);
  }

  move(revenue: Micro, received: Micro): Bonus {
    const before = this.stays;
    this.revenue += revenue;
    this.received += received;
    const back = bonusBack(this.stays, this.booked, this.balance);
    this.#book(back);
    this.owes = this.booked.base > this.stays;
    const bonus = bonusOn(before, this.stays, this.booked, this.percent);
    this.#book(bonus);
    return bonus;
  }

  #book({ bonus, base }: Bonus): void {
    this.balance += bonus;
    this.booked = { bonus: this.booked.bonus + bonus, base: this.booked.base + base };
  }
}

const step = fc.record({
  revenue: fc.bigInt({ min: -100n * USDT, max: 150n * USDT }),
  received: fc.bigInt({ min: 0n, max: 150n * USDT }),
  spends: fc.boolean(),
  percent: fc.constantFrom('5', '10', '33.3333'),
});

it('is never reckoned on more than stays, and of what stays never more than its percentage', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.boolean(), (steps, isChanged) => {
      const referral = new Referral('10');
      for (const { revenue, received, spends, percent } of steps) {
        if (isChanged) referral.percent = percent;
        const paid = referral.move(least(revenue, 0n) < -referral.revenue ? -referral.revenue : revenue, received);
        const { booked, stays, balance, owes } = referral;
        if (paid.bonus > 0n || !owes) expect(booked.base <= stays).toBe(true);
        if (!isChanged) expect(booked.bonus <= percentOfMicro(booked.base, '10') + 1n).toBe(true);
        expect(balance >= 0n && booked.bonus >= 0n && booked.base >= 0n).toBe(true);
        if (spends) referral.balance = 0n;
      }
    }),
  );
});

it('is paid once for going up and down, spent or not', () => {
  for (const spends of [false, true]) {
    const referral = new Referral('10');
    expect(referral.move(50n * USDT, 50n * USDT).bonus).toBe(5n * USDT);
    expect(referral.move(70n * USDT, 70n * USDT).bonus).toBe(7n * USDT);
    if (spends) referral.balance = 0n;
    for (let round = 0; round < 4; round += 1) {
      referral.move(-70n * USDT, 0n);
      expect(referral.booked.bonus).toBe(spends ? 12n * USDT : 5n * USDT);
      referral.move(70n * USDT, 70n * USDT);
      expect(referral.booked.bonus).toBe(12n * USDT);
    }
  }
});

it('is not paid for what a plan cost in balance that came of bonuses', () => {
  const referral = new Referral('10');
  expect(referral.move(120n * USDT, 0n)).toEqual(NO_BONUS);
  expect(referral.move(50n * USDT, 50n * USDT).bonus).toBe(5n * USDT);
});
