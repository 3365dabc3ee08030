/**
 * Referral bonuses, payouts and coupons; and the property behind all payments: whatever is paid, claimed, lost and tried
 * again, in any order, what was credited is what was verified.
 */
import fc from 'fast-check';
import { PaymentWatch } from '../../src/modules/payments/payment-watch.service.js';
import { Settlement } from '../../src/modules/payments/settlement.service.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { FAKE_USDT, STRANGER, WALLET } from '../servers/tron/tron-server.js';
import { eventually } from '../support/application.js';
import { wrongBooks } from '../support/payment-books.js';
import { micro, openShop, type OpenShop, type Payment, Shop } from '../support/payment-shop.js';

let open: OpenShop;
let tron: OpenShop['tron'];
let test: OpenShop['test'];
let shop: Shop;
let admin: Person;
let referrer: Person;

const http = () => shop.http();

beforeAll(async () => {
  open = await openShop({ PAYMENTS_SECOND_APPROVAL_ABOVE: '100' });
  ({ tron, test, shop, admin } = open);
  referrer = await makePerson(test.app);
});

afterAll(() => open.close());

const read = async (person: Person, path: string) =>
  (await http().get(path).set(person.auth).expect(200)).body as Record<string, unknown>;

const codeOf = async (person: Person) => String((await read(person, '/api/referral/code')).referral_code);

/** A customer whom `by` referred. */
async function referee(by: Person): Promise<Person> {
  const person = await makePerson(test.app);
  await test.db.query('UPDATE users SET referred_by_id = $2 WHERE id = $1', [person.id, by.id]);
  return person;
}

describe('a referral', () => {
  it('brings a tenth of each payment, at once, and is taken back with a refund', async () => {
    const customer = await referee(referrer);
    const paid = await shop.paid(customer);
    const price = {
      total_referrals: 1,
      total_earnings: 5,
      today_earnings: 5,
      wallet_balance: 5,
      recurring_subscriptions: 1,
    };
    expect(await read(referrer, '/api/referral/stats')).toMatchObject({ ...price, pending_payout: 0 });
    const upgrade = await shop.paid(customer, 'PREMIUM', { use_credit: false });
    expect(await shop.balanceOf(referrer)).toBeGreaterThan(11);
    const list = await read(referrer, `/api/referrals/${referrer.id}`);
    expect(list).toMatchObject({
      total_referrals: 1,
      referrals: [{ user_id: customer.id, subscription_plan: 'PREMIUM' }],
    });
    expect(JSON.stringify(list)).not.toContain(customer.email);
    await http().get(`/api/referrals/${referrer.id}`).set(customer.auth).expect(403);
    const owed = await read(admin, '/api/admin/referrals/payouts?bonus_per_premium=20');
    expect(owed).toMatchObject({
      total_payouts_owed_usdt: 20,
      payouts: [{ user_id: referrer.id, premium_referrals: 1 }],
    });
    const refund = (id: string) => http().post(`/api/admin/payments/refund/${id}`).set(admin.auth).send({});
    await refund(upgrade.payment_id).expect(200);
    expect(await shop.balanceOf(referrer)).toBeCloseTo(5, 5);
    await refund(paid.payment_id).expect(200);
    expect(await shop.balanceOf(referrer)).toBe(0);
    await shop.paid(customer);
  });

  it('brings nothing more for going up and down, whether the bonus was spent or not', async () => {
    for (const isSpent of [false, true]) {
      const by = await makePerson(test.app);
      const customer = await referee(by);
      await shop.paid(customer);
      await shop.paid(customer, 'PREMIUM', { use_credit: false });
      const whole = await shop.balanceOf(by);
      expect(whole).toBeCloseTo(12, 2);
      if (isSpent) {
        await test.db.query(
          `INSERT INTO money_transactions (user_id, cause, reference, credit, held, created_at)
           VALUES ($1, 'RESERVE', 'spent', -$2::numeric, $2::numeric, now())`,
          [by.id, String(micro(whole))],
        );
      }
      await shop.buy(customer, 'VIP', { use_credit: false });
      expect(await shop.balanceOf(by)).toBeCloseTo(isSpent ? 0 : 5, 2);
      await shop.paid(customer, 'PREMIUM', { use_credit: false });
      expect(await shop.balanceOf(by)).toBeCloseTo(isSpent ? 0 : 12, 2);
      const set = { subscription_type: 'TRIAL', duration_days: 1 };
      await http().put(`/api/users/${customer.id}/subscription`).set(admin.auth).send(set).expect(200);
      expect(await shop.balanceOf(by)).toBeCloseTo(0, 2);
    }
  });

  it('brings nothing for money that was sent back and replaced by bonuses', async () => {
    const by = await makePerson(test.app);
    const customer = await referee(by);
    const { payment_id } = await shop.paid(customer);
    const refund = { to: 'wallet' };
    await http().post(`/api/admin/payments/refund/${payment_id}`).set(admin.auth).send(refund).expect(200);
    await shop.gift(customer, 60);
    expect(await shop.buy(customer)).toMatchObject({ state: 'PAID' });
    expect(await shop.balanceOf(by)).toBeLessThan(0.1);
  });

  it('sticks only with a payment that is there', async () => {
    const person = await makePerson(test.app);
    const tx_hash = tron.pay({ amount: 1n, to: STRANGER });
    const send = { payment_id: 'VZK-000000000000', tx_hash, referral_code: await codeOf(referrer) };
    await http().post('/api/payments/verify').set(person.auth).send(send).expect(404);
    const [made, other] = [await shop.buy(person), await makePerson(test.app)];
    await shop.claim(other, (await shop.buy(other)).payment_id, tx_hash).expect(200);
    await http()
      .post('/api/payments/verify')
      .set(person.auth)
      .send({ ...send, payment_id: made.payment_id })
      .expect(409);
    const by = await test.db.query('SELECT referred_by_id AS by FROM users WHERE id = $1', [person.id]);
    expect(by).toEqual([{ by: null }]);
  });

  it('can be named with the first payment; never oneself, never in a ring, never later', async () => {
    const [first, second] = [await makePerson(test.app), await makePerson(test.app)];
    const name = async (who: Person, referral_code: string) => {
      const made = await shop.buy(who);
      const tx_hash = tron.pay({ amount: 1n, to: STRANGER });
      await http()
        .post('/api/payments/verify')
        .set(who.auth)
        .send({ payment_id: made.payment_id, tx_hash, referral_code })
        .expect(200);
      return (
        await test.db.first<{ by: number | null }>('SELECT referred_by_id AS by FROM users WHERE id = $1', [who.id])
      )?.by;
    };
    expect(await name(first, await codeOf(first))).toBeNull();
    expect(await name(first, (await codeOf(second)).toLowerCase())).toBe(second.id);
    expect(await name(second, await codeOf(first))).toBeNull();
    expect(await name(first, await codeOf(referrer))).toBe(second.id);
  });

  it('is paid out whole, once, by an administrator; its address asks for the password', async () => {
    const ask = (body: object, who = referrer) => http().post('/api/referral/payout').set(who.auth).send(body);
    const wallet_address = STRANGER;
    await test.db.query(`UPDATE sessions SET authenticated_at = now() - interval '6 minutes' WHERE user_id = $1`, [
      referrer.id,
    ]);
    expect((await ask({ wallet_address }).expect(403)).body).toMatchObject({ password_required: true });
    await ask({ wallet_address: `${STRANGER.slice(0, -1)}1`, password: PASSWORD }).expect(400);
    await ask({ wallet_address: WALLET, password: PASSWORD }).expect(400);
    const poor = await makePerson(test.app);
    expect((await ask({ wallet_address, password: PASSWORD }, poor).expect(422)).body).toMatchObject({
      code: 'BALANCE_TOO_LOW',
    });
    await shop.gift(referrer, 20);
    const whole = await shop.balanceOf(referrer);
    const tries = await Promise.all(Array.from({ length: 5 }, () => ask({ wallet_address, password: PASSWORD })));
    expect(tries.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect(await read(referrer, '/api/wallet/balance')).toMatchObject({
      balance: 0,
      pending_payout: whole,
      minimum_withdrawal: 10,
      withdrawal_fee: 1,
    });
    const { payouts } = (await read(admin, '/api/admin/payouts?status=requested')) as {
      payouts: { payout_id: number }[];
    };
    const decide = (how: string, body: object) =>
      http()
        .post(`/api/admin/payouts/${payouts[0]?.payout_id ?? 0}/${how}`)
        .set(admin.auth)
        .send(body);
    await decide('reject', { reason: 'wrong address' }).expect(200);
    expect(await shop.balanceOf(referrer)).toBe(whole);
    const again = (await ask({ wallet_address, password: PASSWORD }).expect(200)).body as {
      payout: { payout_id: number };
    };
    const pay = () =>
      http()
        .post(`/api/admin/payouts/${again.payout.payout_id}/paid`)
        .set(admin.auth)
        .send({ tx_hash: 'cd'.repeat(32) });
    const paid = await Promise.all([pay(), pay()]);
    expect(paid.map(({ status }) => status).sort()).toEqual([200, 409]);
    const sent = await test.db.first<{ out: string; fees: string }>(
      `SELECT sum(paid_out) AS out, sum(fees) AS fees FROM money_transactions WHERE cause = 'PAYOUT'`,
    );
    expect([Number(sent?.out) / 1e6, Number(sent?.fees) / 1e6]).toEqual([expect.closeTo(whole - 1, 6), 1]);
    const { moves } = (await read(referrer, '/api/wallet/history?limit=2')) as { moves: { cause: string }[] };
    expect(moves.map(({ cause }) => cause)).toEqual(['PAYOUT', 'PAYOUT_REQUEST']);
  });
});

describe('an amount above which two administrators are needed', () => {
  const post = (path: string, body: object, who = admin) => http().post(`/api/admin/${path}`).set(who.auth).send(body);

  it('is refunded by one after another has agreed, to the same target, once', async () => {
    const [second, person] = [await makePerson(test.app, { role: 'admin' }), await makePerson(test.app)];
    const { payment_id } = await shop.paid(person, 'PREMIUM');
    const refund = (to: string, who = admin) => post(`payments/refund/${payment_id}`, { to }, who);
    const agree = (to: string, who = second) => post(`payments/refund/${payment_id}/agree`, { to }, who).expect(200);
    const needed = { code: 'SECOND_PERSON_NEEDED', above_usdt: '100' };
    expect((await refund('balance').expect(409)).body).toMatchObject(needed);
    await agree('balance', admin);
    await refund('balance').expect(409);
    await agree('wallet');
    await refund('balance').expect(409);
    await agree('balance');
    await test.db.query(`UPDATE money_agreements SET agreed_at = now() - interval '25 hours'`);
    await refund('balance').expect(409);
    await agree('balance');
    await test.db.query(`UPDATE users SET role = 'user' WHERE id = $1`, [second.id]);
    await refund('balance').expect(409);
    await test.db.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [second.id]);
    await agree('balance');
    await refund('balance').expect(200);
    const told = await test.db.first<{ after: object }>(
      `SELECT after FROM audit_events WHERE action = 'payment.refund' AND subject = $1`,
      [`payment:${payment_id}`],
    );
    expect(told?.after).toMatchObject({ status: 'REFUNDED', agreed_by: second.id });
    const small = await shop.paid(person, 'VIP', { use_credit: false });
    await post(`payments/refund/${small.payment_id}`, {}).expect(200);
  });

  it('is paid out by one after another has agreed, and by nobody to himself', async () => {
    const second = await makePerson(test.app, { role: 'admin' });
    const ask = async (who: Person) => {
      await shop.gift(who, 150);
      const wish = { wallet_address: STRANGER, password: PASSWORD };
      const { body } = await http().post('/api/referral/payout').set(who.auth).send(wish).expect(200);
      return (body as { payout: { payout_id: number } }).payout.payout_id;
    };
    const id = await ask(await makePerson(test.app));
    const pay = () => post(`payouts/${id}/paid`, { tx_hash: 'ce'.repeat(32) });
    expect((await pay().expect(409)).body).toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
    await post(`payouts/${id}/agree`, {}, second).expect(200);
    await pay().expect(200);
    await post(`payouts/${id}/agree`, {}, second).expect(409);
    const own = await ask(second);
    expect((await post(`payouts/${own}/agree`, {}, second).expect(403)).body).toMatchObject({ code: 'OWN_MONEY' });
    await post(`payouts/${own}/reject`, {}).expect(200);
  });
});

describe('a coupon', () => {
  const add = (body: object) => http().post('/api/admin/coupons').set(admin.auth).send(body);

  it('takes its share off, for its plan, as often as it may: of fifty at once three', async () => {
    const terms = { code: 'spring-26', kind: 'PERCENT', percent: 20, plans: ['VIP'], max_uses: 3 };
    const made = (await add(terms).expect(201)).body as { coupon: { id: number } };
    await add(terms).expect(409);
    await add({ code: 'BAD', kind: 'AMOUNT', percent: 5 }).expect(400);
    const people = await Promise.all(Array.from({ length: 10 }, () => makePerson(test.app)));
    const buy = (person: Person, plan = 'VIP') =>
      http().post('/api/payments/create').set(person.auth).send({ plan, coupon: 'Spring-26', use_credit: false });
    const tries = await Promise.all(Array.from({ length: 50 }, (_, index) => buy(people[index % 10] as Person)));
    const won = new Set(tries.flatMap(({ status, body }) => (status === 201 ? [(body as Payment).payment_id] : [])));
    expect(won.size).toBe(3);
    expect(tries.filter(({ status }) => status !== 201).every(({ status }) => status === 422)).toBe(true);
    const { body } = tries.find(({ status }) => status === 201) as { body: Payment };
    expect(body).toMatchObject({ list_price_usdt: 50, discount_usdt: 10 });
    expect(body.amount_usdt).toBeLessThan(41);
    expect((await buy(await makePerson(test.app), 'PREMIUM').expect(422)).body).toMatchObject({
      code: 'COUPON_OTHER_PLAN',
    });
    await http().post(`/api/admin/payments/reject/${body.payment_id}`).set(admin.auth).send({}).expect(200);
    await buy(await makePerson(test.app)).expect(201);
    await http().post(`/api/admin/coupons/${made.coupon.id}/disable`).set(admin.auth).send({}).expect(200);
    expect((await read(admin, '/api/admin/coupons')).coupons).toMatchObject([
      { code: 'SPRING-26', uses: 3, is_disabled: true },
    ]);
    expect((await buy(await makePerson(test.app)).expect(422)).body).toMatchObject({ code: 'COUPON_NOT_VALID' });
  });

  const buy = (person: Person, coupon: string, use_credit = true) =>
    http().post('/api/payments/create').set(person.auth).send({ plan: 'VIP', coupon, use_credit });
  const usesOf = async (code: string) =>
    (await test.db.first<{ uses: number }>('SELECT uses FROM coupons WHERE code = $1', [code]))?.uses;

  it('held by an open payment is not used once more by a second one, nor after its end', async () => {
    const made = await add({ code: 'ONCE', kind: 'PERCENT', percent: 50 }).expect(201);
    const person = await makePerson(test.app);
    const { body: first } = (await buy(person, 'ONCE').expect(201)) as { body: Payment };
    const again = await buy(person, 'ONCE').expect(201);
    expect((again.body as Payment).payment_id).toBe(first.payment_id);
    // No longer handed out again: it ends too soon.
    await test.db.query(`UPDATE payments SET expires_at = now() + interval '9 minutes' WHERE public_id = $1`, [
      first.payment_id,
    ]);
    expect((await buy(person, 'ONCE').expect(422)).body).toMatchObject({ code: 'COUPON_USED_UP' });
    const { id } = (made.body as { coupon: { id: number } }).coupon;
    await http().post(`/api/admin/coupons/${id}/disable`).set(admin.auth).send({}).expect(200);
    expect((await buy(person, 'ONCE').expect(422)).body).toMatchObject({ code: 'COUPON_NOT_VALID' });
    await add({ code: 'ONE-IN-ALL', kind: 'PERCENT', percent: 50, max_uses: 1 }).expect(201);
    await shop.gift(person, 1);
    const tries = [
      await buy(person, 'ONE-IN-ALL'),
      await buy(person, 'ONE-IN-ALL'),
      await buy(person, 'ONE-IN-ALL', false),
    ];
    expect(tries.map(({ status }) => status)).toEqual([201, 201, 422]);
    expect([await usesOf('ONCE'), await usesOf('ONE-IN-ALL')]).toEqual([1, 1]);
  });

  it('or none: balance that came since is used by a new payment, which is then handed out again', async () => {
    const person = await makePerson(test.app);
    const first = await shop.buy(person);
    await shop.gift(person, 10);
    expect((await shop.buy(person, 'VIP', { use_credit: false })).payment_id).toBe(first.payment_id);
    const second = await shop.buy(person);
    expect(second).toMatchObject({ credit_used_usdt: 10 });
    expect((await shop.buy(person)).payment_id).toBe(second.payment_id);
    expect((await shop.buy(person, 'VIP', { use_credit: false })).payment_id).toBe(first.payment_id);
  });
});

describe('whatever happens', () => {
  const act = fc.oneof(
    fc.record({
      kind: fc.constant('pay' as const),
      who: fc.nat(2),
      part: fc.constantFrom(0.2, 0.6, 1, 1.5),
      claimed: fc.nat(5),
    }),
    fc.record({ kind: fc.constant('fake' as const), who: fc.nat(2), part: fc.constant(1), claimed: fc.nat(5) }),
    fc.record({ kind: fc.constant('lost' as const), who: fc.nat(2), part: fc.constant(1), claimed: fc.nat(5) }),
    fc.record({ kind: fc.constant('twice' as const), who: fc.nat(2), part: fc.constant(1), claimed: fc.nat(5) }),
  );

  async function offer(person: Person, use_credit: boolean): Promise<Payment | undefined> {
    const send = { plan: 'VIP', use_credit };
    const { status, body } = await http().post('/api/payments/create').set(person.auth).send(send);
    return status === 201 ? (body as Payment) : undefined;
  }

  it('what was credited is what was verified, and each transfer once', async () => {
    const watch = test.app.get(PaymentWatch);
    const settlement = test.app.get(Settlement);
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 10 }), async (acts) => {
        const people = await Promise.all([1, 2, 3].map(() => makePerson(test.app)));
        for (const { kind, who, part, claimed } of acts) {
          const payer = people[who] as Person;
          const made = await offer(payer, claimed % 2 === 0);
          // Five open ones are enough.
          if (made === undefined) continue;
          const amount = BigInt(Math.round(Number(micro(made.due_usdt)) * part));
          const hash = tron.pay({ amount, ...(kind === 'fake' ? { contract: FAKE_USDT } : {}) });
          tron.mine();
          // Anybody may name it, several at once.
          const claimers = people.filter((_, index) => index <= claimed - 3 || index === who);
          await Promise.all(
            claimers.map(async (person) => {
              const own = await offer(person, claimed % 2 === 0);
              return own && shop.claim(person, own.payment_id, hash);
            }),
          );
          if (kind === 'lost') {
            tron.faults.trongrid.push('drop');
            await watch.look(() => Promise.reject(new Error('no commit'))).catch(() => undefined);
          }
          const transfer = { txHash: hash, amount, from: STRANGER, block: 1, at: new Date() };
          if (kind === 'lost')
            await settlement.credit(transfer, () => Promise.reject(new Error('no commit'))).catch(() => undefined);
          if (kind === 'twice') await Promise.all([1, 2, 3].map(() => settlement.credit(transfer)));
        }
        await eventually(() => watch.look().then(() => true));
        const settled = (status: string) =>
          eventually(async () => {
            await shop.hurry();
            const sql = `SELECT count(*) AS open FROM chain_transfers WHERE status = ANY ($1) AND tx_hash IN
              (SELECT payload ->> 'tx_hash' FROM work_items WHERE queue = 'payments.verify' AND state = 'open')`;
            return (await test.db.first<{ open: number }>(sql, [status.split(' ')]))?.open === 0;
          });
        await settled('SEEN');
        expect(await wrongBooks(test.db)).toEqual([]);
        await shop.passHold();
        await settled('SEEN UNMATCHED');
        expect(await wrongBooks(test.db)).toEqual([]);
        const twice = await test.db.query(
          `SELECT claimed_hash FROM payments WHERE status = 'PAID' AND received > 0 AND claimed_hash IS NOT NULL
           GROUP BY claimed_hash HAVING count(DISTINCT user_id) > 1`,
        );
        expect(twice).toEqual([]);
      }),
      { numRuns: 4 },
    );
  });
});
