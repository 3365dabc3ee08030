/**
 * Plans that follow each other: renewals, upgrades, downgrades, plans given by hand, and what refunds give back of them.
 * Keeps: after all of it the books say exactly what was bought and what came back.
 */
import fc from 'fast-check';
import type { QueryRunner } from 'typeorm';
import { CarriedPeriods1763677000800 } from '../../migrations/1763677000800-carried-periods.js';
import { BonusBases1763677000801 } from '../../migrations/1763677000801-bonus-bases.js';
import { Endings } from '../../src/modules/payments/endings.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { eventually } from '../support/application.js';
import { wrongBooks } from '../support/payment-books.js';
import { micro, openShop, type OpenShop, Shop } from '../support/payment-shop.js';

let open: OpenShop;
let tron: OpenShop['tron'];
let test: OpenShop['test'];
let shop: Shop;
let admin: Person;

const http = () => shop.http();

beforeAll(async () => {
  open = await openShop();
  ({ tron, test, shop, admin } = open);
});

afterAll(() => open.close());

describe('books that do not say yet what was carried', () => {
  it('are filled in by the way up, and hold', async () => {
    const [by, person] = [await makePerson(test.app), await makePerson(test.app)];
    await test.db.query('UPDATE users SET referred_by_id = $2 WHERE id = $1', [person.id, by.id]);
    await shop.paid(person);
    await shop.paid(person, 'PREMIUM', { use_credit: false });
    const renewed = await shop.paid(person, 'PREMIUM', { use_credit: false });
    await http().post(`/api/admin/payments/refund/${renewed.payment_id}`).set(admin.auth).send({}).expect(200);
    const carried = () =>
      test.db.query(`SELECT id, carried, carried_into_id FROM subscription_periods WHERE user_id = $1 ORDER BY id`, [
        person.id,
      ]);
    const before = await carried();
    const rolledBack = new Error('rolled back');
    const runner = { query: (sql: string) => test.db.query(sql) } as unknown as QueryRunner;
    const [periods, bases] = [new CarriedPeriods1763677000800(), new BonusBases1763677000801()];
    const undone = test.db.transaction(async () => {
      await bases.down(runner);
      await periods.down(runner);
      await periods.up(runner);
      await bases.up(runner);
      expect(await carried()).toEqual(before);
      const sum = await test.db.first(`SELECT sum(bonus_base) AS base FROM money_transactions WHERE user_id = $1`, [
        by.id,
      ]);
      expect(Number((sum as { base: string }).base) / 1_000_000).toBeCloseTo(120, 1);
      expect(await wrongBooks(test.db)).toEqual([]);
      throw rolledBack;
    });
    await expect(undone).rejects.toBe(rolledBack);
  });
});

describe('plans follow each other', () => {
  it('an upgrade takes off the rest of the old plan, a downgrade gives it back; refunds undo them, the newest first', async () => {
    const person = await makePerson(test.app);
    const vip = await shop.buy(person);
    tron.pay({ amount: micro(vip.amount_usdt) });
    await shop.look();
    await shop.becomes(person, vip.payment_id, 'PAID');
    await test.db.query(
      `UPDATE subscription_periods SET starts_at = now() - interval '15 days', ends_at = now() + interval '15 days' WHERE user_id = $1`,
      [person.id],
    );
    const premium = await shop.buy(person, 'PREMIUM', { use_credit: false });
    expect(premium).toMatchObject({ list_price_usdt: 120, prorata_usdt: expect.closeTo(25, 2) as number });
    expect(premium.amount_usdt).toBeLessThan(96.01);
    tron.pay({ amount: micro(premium.amount_usdt) });
    await shop.look();
    await shop.becomes(person, premium.payment_id, 'PAID');
    expect((await shop.planOf(person)).plan).toBe('PREMIUM');
    const down = await shop.buy(person, 'VIP');
    expect(down).toMatchObject({ status: 'VERIFIED', amount_usdt: 0 });
    expect((await shop.planOf(person)).plan).toBe('VIP');
    expect(await shop.balanceOf(person)).toBeGreaterThan(69);
    const refund = async (id: string, status: number) =>
      (await http().post(`/api/admin/payments/refund/${id}`).set(admin.auth).send({ reason: 'asked' }).expect(status))
        .body as object;
    const first = { code: 'REFUND_LATER_FIRST', payment_id: down.payment_id };
    expect(await refund(premium.payment_id, 409)).toMatchObject(first);
    await refund(down.payment_id, 200);
    expect((await shop.planOf(person)).plan).toBe('PREMIUM');
    expect(await shop.balanceOf(person)).toBeLessThan(2);
    expect(await refund(vip.payment_id, 409)).toMatchObject({ payment_id: premium.payment_id });
    const tries = await Promise.all(
      Array.from({ length: 4 }, () =>
        http().post(`/api/admin/payments/refund/${premium.payment_id}`).set(admin.auth).send({}),
      ),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    const back = await shop.planOf(person);
    expect(back.plan).toBe('VIP');
    expect((new Date(back.expires_at).getTime() - Date.now()) / 86_400_000).toBeCloseTo(15 + 3, 1);
    await refund(vip.payment_id, 200);
    expect((await shop.planOf(person)).plan).toBe('TRIAL');
    expect(await shop.balanceOf(person)).toBeCloseTo(vip.amount_usdt + premium.amount_usdt, 6);
  });

  it('a plan given by hand credits the rest of what was bought, and never stands beside what is bought at once', async () => {
    const give = (person: Person) =>
      http()
        .put(`/api/users/${person.id}/subscription`)
        .set(admin.auth)
        .send({ subscription_type: 'VIP', duration_days: 5 });
    const person = await makePerson(test.app);
    const made = await shop.paid(person);
    await give(person).expect(200);
    expect(await shop.balanceOf(person)).toBeCloseTo(made.amount_usdt, 1);
    const old = await shop.paid(person, 'VIP', { use_credit: false });
    await test.db.query(
      `UPDATE subscription_periods SET starts_at = starts_at - interval '15 days', ends_at = ends_at - interval '15 days'
       WHERE user_id = $1 AND cut_at IS NULL AND source = 'PAYMENT'`,
      [person.id],
    );
    const dear = await shop.paid(person, 'PREMIUM', { use_credit: false });
    await give(person).expect(200);
    const refund = (id: string) => http().post(`/api/admin/payments/refund/${id}`).set(admin.auth).send({});
    expect((await refund(dear.payment_id).expect(409)).body).toMatchObject({ code: 'REST_CREDITED' });
    const credited = await shop.balanceOf(person);
    await refund(old.payment_id).expect(200);
    const used = (await shop.balanceOf(person)) - credited;
    expect(used).toBeGreaterThan(1);
    expect(used).toBeLessThan(49);
    for (let round = 0; round < 4; round += 1) {
      const buyer = await makePerson(test.app);
      const { payment_id } = await shop.buy(buyer, 'PREMIUM');
      const approve = http().post(`/api/admin/payments/approve/${payment_id}`).set(admin.auth);
      const done = await Promise.all([approve, give(buyer)]);
      expect(done.map(({ status }) => status)).toEqual([200, 200]);
      const runs = await test.db.query<{ tier: string }>(
        'SELECT tier FROM subscription_periods WHERE user_id = $1 AND cut_at IS NULL',
        [buyer.id],
      );
      expect(runs).toEqual([{ tier: (await shop.planOf(buyer)).plan }]);
    }
  });

  it('a renewal begins where the plan ends; reminders go out once; after the grace nothing is left', async () => {
    const person = await makePerson(test.app);
    for (let round = 0; round < 2; round += 1) {
      const made = await shop.buy(person);
      await http().post(`/api/admin/payments/approve/${made.payment_id}`).set(admin.auth).send({}).expect(200);
    }
    const left = (new Date((await shop.planOf(person)).expires_at).getTime() - Date.now()) / 86_400_000;
    expect(left).toBeCloseTo(60 + 3, 1);
    const shift = (days: number) =>
      test.db.query(
        `WITH moved AS (UPDATE subscription_periods SET starts_at = starts_at - $2 * interval '1 day', ends_at = ends_at - $2 * interval '1 day' WHERE user_id = $1)
         UPDATE users SET subscription_expires_at = subscription_expires_at - $2 * interval '1 day' WHERE id = $1`,
        [person.id, days],
      );
    await shift(54);
    for (const days of [0, 4, 1]) {
      await shift(days);
      await test.app.get(Endings).round();
      await test.app.get(Endings).round();
    }
    await shift(5);
    expect((await shop.planOf(person)).plan).toBe('TRIAL');
    await test.app.get(Endings).round();
    await eventually(() => shop.mailsTo(person).includes('VIP has ended'));
    const told = shop.mailsTo(person).filter((subject) => /ends in|ended/.test(subject ?? ''));
    expect(told.sort()).toEqual(
      ['VIP ends in 2 days', 'VIP ends in 6 days', 'VIP ends in one day', 'VIP has ended'].sort(),
    );
  });

  it('a late payment of an upgrade from a plan that has run out since is sold without its rest only when it is waived', async () => {
    const upgrader = await makePerson(test.app);
    await shop.paid(upgrader);
    const made = await shop.late(upgrader, 'PREMIUM');
    await test.db.query(
      `UPDATE subscription_periods SET starts_at = starts_at - interval '31 days', ends_at = ends_at - interval '31 days' WHERE user_id = $1`,
      [upgrader.id],
    );
    const approve = (body: object) =>
      http().post(`/api/admin/payments/approve/${made.payment_id}`).set(admin.auth).send(body);
    expect((await approve({}).expect(409)).body).toMatchObject({ code: 'PRICE_ROSE', price_usdt: '120' });
    await approve({ waive_rest: true }).expect(200);
    const sold = await test.db.first<object>(
      `SELECT p.prorata, trunc(p.net / 1000000) AS net, p.net = s.paid AS is_new FROM payments p JOIN subscription_periods s
       ON s.id = p.period_id WHERE p.public_id = $1`,
      [made.payment_id],
    );
    expect(sold).toEqual({ prorata: '0', net: '70', is_new: true });
  });
});

describe('whatever is bought, given and refunded at once', () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('buy' as const), plan: fc.constantFrom('VIP', 'PREMIUM'), use_credit: fc.boolean() }),
    fc.record({ kind: fc.constant('refund' as const), which: fc.nat(5) }),
    fc.record({ kind: fc.constant('give' as const), plan: fc.constantFrom('TRIAL', 'VIP', 'PREMIUM') }),
  );

  it('the books hold, bonuses too, and one plan counts', async () => {
    const rounds = fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(rounds, async (acts) => {
        const [by, person] = [await makePerson(test.app), await makePerson(test.app)];
        await test.db.query('UPDATE users SET referred_by_id = $2 WHERE id = $1', [person.id, by.id]);
        const bought: string[] = [];
        const decide = (path: string, body: object) =>
          http().post(`/api/admin/payments/${path}`).set(admin.auth).send(body);
        for (const round of acts) {
          const done = await Promise.all(
            round.map(async (step) => {
              if (step.kind === 'give') {
                const body = { subscription_type: step.plan, duration_days: 3 };
                return http().put(`/api/users/${person.id}/subscription`).set(admin.auth).send(body);
              }
              if (step.kind === 'refund') return decide(`refund/${bought[step.which] ?? 'VZK-000000000000'}`, {});
              const made = await shop.buy(person, step.plan, { use_credit: step.use_credit });
              bought.push(made.payment_id);
              return decide(`approve/${made.payment_id}`, { waive_rest: true });
            }),
          );
          // A fresh invoice that the balance covers is paid already.
          for (const { status } of done) expect([200, 400, 404, 409, 422]).toContain(status);
          const running = await test.db.query<{ tier: string }>(
            'SELECT DISTINCT tier FROM subscription_periods WHERE user_id = $1 AND cut_at IS NULL AND ends_at > now()',
            [person.id],
          );
          const counts = (await shop.planOf(person)).plan;
          expect(running.map(({ tier }) => tier)).toEqual(counts === 'TRIAL' ? [] : [counts]);
        }
        expect(await wrongBooks(test.db)).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });
});
