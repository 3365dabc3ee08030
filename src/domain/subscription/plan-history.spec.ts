/**
 * One customer who buys, pays, waits, is refunded and is given plans, in any order; time is followed by the hour, apart from
 * the rules, so that a rest that is lost or counted twice is seen.
 */
import fc from 'fast-check';
import { least, type Micro, notBelowZero } from '../payment/micro-usdt.js';
import {
  type Period,
  planOf,
  type Refund,
  refundOf,
  renewalOf,
  restsOfAll,
  restsOfOthers,
  worthOf,
} from './plan-history.js';
import type { Tier } from './plans.js';

const START = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const GRACE_DAYS = 3;
const PRICE = { VIP: 50_000_000n, PREMIUM: 120_000_000n };

interface Sale {
  readonly id: number;
  readonly net: Micro;
  isRefunded: boolean;
}

class Customer {
  now = new Date(START);
  periods: Period[] = [];
  readonly sales: Sale[] = [];
  received = 0n;
  credit = 0n;
  revenue = 0n;
  /** Worth of the hours of bought plans that went by. */
  used = 0n;
  roundings = 0n;

  wait(hours: number): void {
    const until = new Date(this.now.getTime() + hours * HOUR_MS);
    for (const period of this.periods.filter(({ cutAt }) => cutAt === null)) this.#use(period, this.now, until);
    this.now = until;
  }

  /** `lagHours`: since the invoice was made. */
  buy(tier: 'VIP' | 'PREMIUM', days: number, percent: number, lagHours: number): void {
    const at = new Date(this.now.getTime() - lagHours * HOUR_MS);
    const rests = restsOfOthers(this.periods, tier, at, this.now);
    const net = (PRICE[tier] * BigInt(percent)) / 100n - worthOf(rests);
    const fresh = notBelowZero(net - least(this.credit, notBelowZero(net)));
    this.received += fresh;
    this.credit += fresh - net;
    this.revenue += net;
    const id = this.periods.length + 1;
    const { startsAt, endsAt } = renewalOf(this.#sorted(), { tier, days }, GRACE_DAYS, this.now);
    this.#cut(rests, id);
    const paid = net + worthOf(rests);
    const bought = { id, tier, source: 'PAYMENT', startsAt, endsAt, cutAt: null, paid, carried: 0n } as const;
    this.periods.push({ ...bought, carriedIntoId: null });
    this.sales.push({ id, net, isRefunded: false });
    if (startsAt < this.now) this.#use({ ...bought, carriedIntoId: null }, startsAt, this.now);
  }

  give(tier: Tier, days: number): void {
    const rests = restsOfAll(this.#sorted(), this.now);
    this.#cut(rests, null);
    this.credit += worthOf(rests);
    this.revenue -= worthOf(rests);
    const endsAt = new Date(this.now.getTime() + days * 24 * HOUR_MS);
    const id = this.periods.length + 1;
    const given = {
      id,
      tier,
      source: 'ADMIN',
      startsAt: this.now,
      endsAt,
      cutAt: null,
      paid: 0n,
      carried: 0n,
    } as const;
    this.periods.push({ ...given, carriedIntoId: null });
  }

  /** Undefined where the balance does not cover it. */
  refund(sale: Sale): Refund | undefined {
    const answer = refundOf(this.#sorted(), sale.id, sale.net, this.now);
    if (!answer.ok) return answer;
    const { back, isCut, restored, moves } = answer.undoing;
    if (this.credit + back < 0n) return undefined;
    this.credit += back;
    this.revenue -= back;
    sale.isRefunded = true;
    this.periods = this.periods.map((period) => {
      if (period.id === sale.id && isCut) return { ...period, cutAt: this.now };
      const back = restored.includes(period.id) ? { cutAt: null, carried: 0n, carriedIntoId: null } : {};
      const byMs = moves.find(({ periodId }) => periodId === period.id)?.byMs ?? 0;
      const later = (time: Date) => new Date(time.getTime() + byMs);
      return { ...period, ...back, startsAt: later(period.startsAt), endsAt: later(period.endsAt) };
    });
    return answer;
  }

  /** Worth of what still runs. */
  get rest(): Micro {
    return worthOf(restsOfAll(this.#sorted(), this.now));
  }

  get plan() {
    return planOf(this.#sorted(), GRACE_DAYS, this.now);
  }

  get running(): Period[] {
    return this.#sorted().filter(({ cutAt, endsAt }) => cutAt === null && endsAt > this.now);
  }

  #sorted(): Period[] {
    return [...this.periods].sort((a, b) => a.startsAt.getTime() - b.startsAt.getTime() || a.id - b.id);
  }

  #cut(rests: readonly { periodId: number; worth: Micro }[], intoId: number | null): void {
    const worth = new Map(rests.map((rest) => [rest.periodId, rest.worth]));
    this.roundings += BigInt(rests.length);
    this.periods = this.periods.map((period) => {
      const carried = worth.get(period.id);
      return carried === undefined ? period : { ...period, cutAt: this.now, carried, carriedIntoId: intoId };
    });
  }

  #use({ startsAt, endsAt, paid }: Period, from: Date, until: Date): void {
    const ms = Math.min(until.getTime(), endsAt.getTime()) - Math.max(from.getTime(), startsAt.getTime());
    if (ms <= 0) return;
    this.used += (paid * BigInt(ms)) / BigInt(endsAt.getTime() - startsAt.getTime());
    this.roundings += 1n;
  }
}

const days = fc.constantFrom(1, 5, 30, 90);
const purchase = fc.record({
  kind: fc.constant('buy' as const),
  tier: fc.constantFrom('VIP' as const, 'PREMIUM' as const),
  days,
  percent: fc.constantFrom(0, 50, 100),
  lag: fc.constantFrom(0, 0, 5, 23),
});
const wait = fc.record({ kind: fc.constant('wait' as const), hours: fc.constantFrom(1, 30, 24 * 9, 24 * 31, 24 * 34) });
const refund = fc.record({ kind: fc.constant('refund' as const), which: fc.nat(6) });
const gift = fc.record({
  kind: fc.constant('give' as const),
  tier: fc.constantFrom<Tier[]>('TRIAL', 'VIP', 'PREMIUM'),
  days,
});

type ValueOf<A> = A extends fc.Arbitrary<infer Value> ? Value : never;
type Step = ValueOf<typeof purchase | typeof wait | typeof refund | typeof gift>;

function act(customer: Customer, step: Step): void {
  if (step.kind === 'wait') customer.wait(step.hours);
  else if (step.kind === 'buy') customer.buy(step.tier, step.days, step.percent, step.lag);
  else if (step.kind === 'give') customer.give(step.tier, step.days);
  else {
    const paid = customer.sales.filter(({ isRefunded }) => !isRefunded);
    const sale = paid[step.which % Math.max(1, paid.length)];
    if (sale !== undefined) customer.refund(sale);
  }
}

describe('a customer, whatever is bought, refunded, given and waited for', () => {
  it('never gets back more than was paid, and never loses what was paid for', () => {
    const steps = fc.array(fc.oneof(purchase, purchase, wait, refund, gift), { minLength: 2, maxLength: 14 });
    fc.assert(
      fc.property(steps, (acts) => {
        const customer = new Customer();
        for (const step of acts) {
          act(customer, step);
          const { credit, received, revenue, rest, used, roundings, running, plan } = customer;
          expect(credit + revenue).toBe(received);
          expect(credit >= 0n && revenue >= 0n).toBe(true);
          // What is left to use was paid for and has not come back.
          expect(rest <= revenue).toBe(true);
          expect(credit + rest + used + roundings >= received).toBe(true);
          expect(new Set(running.map(({ tier }) => tier)).size <= 1).toBe(true);
          if (running[0] !== undefined) expect(plan?.tier).toBe(running[0].tier);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('undone from the newest purchase on, has everything back and no plan', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(purchase, purchase, wait), { minLength: 1, maxLength: 10 }), (acts) => {
        const customer = new Customer();
        for (const step of acts) act(customer, step);
        for (const sale of [...customer.sales].reverse()) expect(customer.refund(sale)).toMatchObject({ ok: true });
        expect([customer.credit, customer.revenue]).toEqual([customer.received, 0n]);
        expect([customer.running, customer.plan]).toEqual([[], undefined]);
      }),
    );
  });
});

describe('a refund', () => {
  const DAY = 24;

  it('of an upgrade brings the old plan back, of the old plan before it none', () => {
    const customer = new Customer();
    customer.buy('VIP', 30, 100, 0);
    customer.wait(10 * DAY);
    customer.buy('PREMIUM', 30, 100, 0);
    customer.wait(5 * DAY);
    const [vip, premium] = customer.sales as [Sale, Sale];
    expect(customer.refund(vip)).toEqual({ ok: false, problem: 'carried_into', periodId: premium.id });
    expect(customer.refund(premium)).toMatchObject({ ok: true, undoing: { back: premium.net, restored: [vip.id] } });
    const until = new Date(customer.now.getTime() + (20 + GRACE_DAYS) * DAY * HOUR_MS);
    expect(customer.plan).toEqual({ tier: 'VIP', until });
  });

  it('of a downgrade takes back what it credited', () => {
    const customer = new Customer();
    customer.buy('PREMIUM', 30, 100, 0);
    customer.buy('VIP', 30, 100, 0);
    const [premium, vip] = customer.sales as [Sale, Sale];
    expect(customer.credit).toBe(70_000_000n);
    expect(customer.refund(premium)).toMatchObject({ ok: false });
    expect(customer.refund(vip)).toMatchObject({ ok: true, undoing: { back: -70_000_000n } });
    expect([customer.credit, customer.plan?.tier]).toEqual([0n, 'PREMIUM']);
  });

  it('moves renewals up, and waits for them where a plan would come back beside them', () => {
    const customer = new Customer();
    for (let time = 0; time < 3; time += 1) customer.buy('VIP', 30, 100, 0);
    customer.wait(10 * DAY);
    const [first, , third] = customer.sales as [Sale, Sale, Sale];
    expect(customer.refund(first)).toMatchObject({ ok: true, undoing: { moves: [{ byMs: -20 * DAY * HOUR_MS }, {}] } });
    expect(customer.running.map(({ startsAt }) => (startsAt.getTime() - START) / HOUR_MS / DAY)).toEqual([10, 40]);
    customer.buy('PREMIUM', 30, 100, 0);
    customer.buy('PREMIUM', 30, 100, 0);
    const [upgrade, renewal] = customer.sales.slice(3) as [Sale, Sale];
    expect(customer.refund(third)).toMatchObject({ problem: 'carried_into', periodId: upgrade.id });
    expect(customer.refund(upgrade)).toEqual({ ok: false, problem: 'behind', periodId: renewal.id });
  });

  it('of what was credited when a plan was given by hand is of the used part only', () => {
    const customer = new Customer();
    customer.buy('VIP', 30, 100, 0);
    customer.wait(15 * DAY);
    customer.give('PREMIUM', 5);
    expect(customer.credit).toBe(25_000_000n);
    const [vip] = customer.sales as [Sale];
    expect(customer.refund(vip)).toMatchObject({ ok: true, undoing: { back: 25_000_000n, isCut: false } });
    expect(customer.plan?.tier).toBe('PREMIUM');
    customer.buy('VIP', 30, 100, 0);
    customer.give('TRIAL', 1);
    expect(customer.refund(customer.sales[1] as Sale)).toEqual({ ok: false, problem: 'credited' });
    customer.buy('VIP', 30, 100, 0);
    customer.wait(15 * DAY);
    customer.buy('PREMIUM', 30, 100, 0);
    customer.give('TRIAL', 1);
    const [old, dear] = customer.sales.slice(2) as [Sale, Sale];
    expect(customer.refund(dear)).toEqual({ ok: false, problem: 'credited' });
    expect(customer.refund(old)).toMatchObject({ ok: true, undoing: { back: 25_000_000n, isCut: false } });
  });

  it('keeps the paid days of who buys right after a plan given by hand', () => {
    const customer = new Customer();
    customer.give('VIP', 1);
    customer.wait(2 * DAY);
    customer.buy('VIP', 30, 100, 0);
    expect(customer.running[0]?.startsAt).toEqual(customer.now);
  });
});
