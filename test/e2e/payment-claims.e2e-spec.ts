/**
 * Whose a transfer is when its amount does not tell: rival claims, senders known and not, amounts of ended payments, and
 * what administrators and customers can do about it.
 * Keeps: after all of it the books say exactly what the chain says.
 */
import { tronAddress } from '../../src/domain/payment/tron-address.js';
import { Endings } from '../../src/modules/payments/endings.service.js';
import { PaymentsRepository } from '../../src/modules/payments/payments.repository.js';
import { makePerson, type Person } from '../factories/people.js';
import { STRANGER } from '../servers/tron/tron-server.js';
import { eventually } from '../support/application.js';
import { micro, openShop, type OpenShop, type Payment, Shop } from '../support/payment-shop.js';

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

const buy = (person: Person, plan?: string, more?: object) => shop.buy(person, plan, more);
const claim = (person: Person, id: string, hash: string) => shop.claim(person, id, hash);
const seen = (person: Person, id: string) => shop.seen(person, id);
const becomes = (person: Person, id: string, state: string) => shop.becomes(person, id, state);
const look = () => shop.look();
const planOf = (person: Person) => shop.planOf(person);
const balanceOf = (person: Person) => shop.balanceOf(person);
const decide = (how: string, id: string, body: object = {}) =>
  http().post(`/api/admin/payments/${how}/${id}`).set(admin.auth).send(body);
const transferOf = (hash: string) =>
  test.db.first<{ status: string }>('SELECT status FROM chain_transfers WHERE tx_hash = $1', [hash]);

const coupon = (code: string, more: object) =>
  http()
    .post('/api/admin/coupons')
    .set(admin.auth)
    .send({ code, kind: 'PERCENT', percent: 50, ...more })
    .expect(201);
const usesOf = async (code: string) =>
  (await test.db.first<{ uses: number }>('SELECT uses FROM coupons WHERE code = $1', [code]))?.uses;

/** Its time ended so long ago. */
async function ended(payment: Payment, ago = '1 hour'): Promise<void> {
  await test.db.query(
    `UPDATE payments SET expires_at = now() - $2::interval, created_at = now() - $2::interval - interval '1 day'
     WHERE public_id = $1`,
    [payment.payment_id, ago],
  );
  await test.app.get(Endings).round();
}

describe('a transfer that is named', () => {
  it('by twenty at once belongs to one', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => makePerson(test.app)));
    const made = await Promise.all(people.map((person) => buy(person)));
    const hash = tron.pay({ amount: micro(49) });
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const who = index % people.length;
        return claim(people[who] as Person, made[who]?.payment_id ?? '', hash);
      }),
    );
    const winners = new Set(tries.flatMap((answer, index) => (answer.status === 200 ? [index % people.length] : [])));
    expect(winners.size).toBe(1);
    expect(tries.every(({ status }) => status === 200 || status === 409)).toBe(true);
    tron.mine();
    const [winner = 0] = winners;
    const [first, id] = [people[winner] as Person, made[winner]?.payment_id ?? ''];
    // All of them say it is theirs: a person decides, and gives it to whom he likes.
    await becomes(first, id, 'REVIEW');
    expect(await test.db.query('SELECT 1 FROM money_transactions WHERE reference = $1', [hash])).toEqual([]);
    const other = (winner + 1) % people.length;
    const [second, otherId] = [people[other] as Person, made[other]?.payment_id ?? ''];
    await becomes(second, otherId, 'REVIEW');
    const approve = (payment: string) => decide('approve', payment, { tx_hash: hash });
    await approve(otherId).expect(200);
    expect(await seen(second, otherId)).toMatchObject({ state: 'PAID', received_usdt: 49, tx_hash: hash });
    expect((await approve(id).expect(409)).body).toMatchObject({ code: 'HASH_CLAIMED' });
    expect(await seen(first, id)).toMatchObject({ state: 'REVIEW', tx_hash: null, received_usdt: 0 });
    await decide('reject', id).expect(200);
    expect(await balanceOf(first)).toBe(0);
  });

  it('by a stranger is not taken from its sender, where others could be meant', async () => {
    const [victim, eve] = [await makePerson(test.app), await makePerson(test.app)];
    const [theirs, mine] = [await buy(eve), await buy(victim)];
    const hash = tron.pay({ amount: micro(50) });
    await look();
    await eventually(async () => (await transferOf(hash))?.status === 'UNMATCHED');
    await claim(eve, theirs.payment_id, hash).expect(200);
    await shop.passHold(theirs.payment_id);
    const doubted = await becomes(eve, theirs.payment_id, 'REVIEW');
    expect(doubted).toMatchObject({ received_usdt: 0, note: expect.stringContaining('administrator') as string });
    expect((await claim(victim, mine.payment_id, hash).expect(409)).body).toMatchObject({
      error: expect.stringContaining('an administrator decides') as string,
    });
    await becomes(victim, mine.payment_id, 'REVIEW');
    const { body: list } = await http().get('/api/admin/payments/transfers').set(admin.auth).expect(200);
    const claimed_by = [theirs.payment_id, mine.payment_id].sort();
    const listed = (list as { transfers: { tx_hash: string; claimed_by: string[] }[] }).transfers;
    expect(listed.find(({ tx_hash }) => tx_hash === hash)?.claimed_by.sort()).toEqual(claimed_by);
    await decide('approve', mine.payment_id).expect(200);
    expect(await seen(victim, mine.payment_id)).toMatchObject({ state: 'PAID', received_usdt: 50 });
    expect(await transferOf(hash)).toMatchObject({ status: 'CREDITED' });
    expect(await seen(eve, theirs.payment_id)).toMatchObject({
      state: 'REVIEW',
      note: expect.stringContaining('another') as string,
    });
    expect((await planOf(eve)).plan).toBe('TRIAL');
    expect((await decide('refund', theirs.payment_id).expect(409)).body).toMatchObject({ code: 'NOTHING_RECEIVED' });
    await decide('reject', theirs.payment_id).expect(200);
    expect(await balanceOf(eve)).toBe(0);
  });

  it('is credited at once whatever its amount to whom its sender paid for before', async () => {
    const person = await makePerson(test.app);
    const from = tronAddress('44'.repeat(20));
    const first = await buy(person);
    tron.pay({ amount: micro(first.amount_usdt), from });
    await look();
    await becomes(person, first.payment_id, 'PAID');
    const second = await buy(person, 'VIP', { use_credit: false });
    await claim(person, second.payment_id, tron.pay({ amount: micro(12.5), from })).expect(200);
    tron.mine();
    await becomes(person, second.payment_id, 'UNDERPAID');
  });

  it('is waited for after the end: nobody else is asked for its amount, and nobody else gets it who was', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person);
    await ended(made);
    const due = String(micro(made.amount_usdt));
    const payments = test.app.get(PaymentsRepository);
    const free = (...amounts: string[]) => test.db.transaction(() => payments.freeAmount(amounts));
    expect(await free(due, '1')).toBe('1');
    const stranger = await makePerson(test.app);
    const theirs = await buy(stranger);
    await test.db.query('UPDATE payments SET due = $2, amount = $2 WHERE public_id = $1', [theirs.payment_id, due]);
    const hash = tron.pay({ amount: micro(made.amount_usdt) });
    await claim(person, made.payment_id, hash).expect(200);
    await look();
    await becomes(person, made.payment_id, 'REVIEW');
    expect((await seen(stranger, theirs.payment_id)).state).toBe('PENDING');
    expect(await free(due, '1')).toBe('1');
    await decide('approve', made.payment_id).expect(200);
    expect(await seen(person, made.payment_id)).toMatchObject({ state: 'PAID', received_usdt: made.amount_usdt });
    expect((await planOf(stranger)).plan).toBe('TRIAL');
    await decide('reject', theirs.payment_id).expect(200);
  });
});

describe('a transaction that several name', () => {
  it('is let go by all of them when it is no payment, or older than theirs', async () => {
    const [first, second] = [await makePerson(test.app), await makePerson(test.app)];
    const old = tron.pay({ amount: micro(31) }, { at: Date.now() - 3_600_000 });
    const none = tron.pay({ amount: micro(31), to: STRANGER });
    const [mine, theirs] = [await buy(first, 'PREMIUM'), await buy(second, 'PREMIUM')];
    for (const hash of [old, none]) {
      // Nobody can say anything of it before both have named it.
      tron.hide('tronscan', hash);
      await claim(first, mine.payment_id, hash).expect(200);
      await claim(second, theirs.payment_id, hash).expect(409);
      tron.show('tronscan', hash);
      tron.mine();
      await becomes(first, mine.payment_id, 'PENDING');
      expect(await becomes(second, theirs.payment_id, 'PENDING')).toMatchObject({ tx_hash: null });
    }
  });
});

describe('the amount of a payment', () => {
  it('paid once more is balance of whoever paid it, and is asked of nobody else meanwhile', async () => {
    const person = await makePerson(test.app);
    const made = await shop.paid(person);
    const before = await balanceOf(person);
    const payments = test.app.get(PaymentsRepository);
    const due = String(micro(made.amount_usdt));
    expect(await test.db.transaction(() => payments.freeAmount([due, '1']))).toBe('1');
    const hash = tron.pay({ amount: micro(made.amount_usdt) });
    await look();
    await eventually(async () => (await transferOf(hash))?.status === 'CREDITED');
    expect(await balanceOf(person)).toBeCloseTo(before + made.amount_usdt, 6);
    await eventually(() => shop.mailsTo(person).includes('Your transfer is on your balance'));
  });

  it('that was paid on a word is nobody’s when it comes: it may be what the word was of', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person);
    await decide('approve', made.payment_id).expect(200);
    const hash = tron.pay({ amount: micro(made.amount_usdt) });
    await look();
    await eventually(async () => (await transferOf(hash))?.status === 'UNMATCHED');
    expect(await balanceOf(person)).toBe(0);
  });

  it('still pays it after a part has come, when another is asked for', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person, 'PREMIUM');
    const part = tron.pay({ amount: micro(7), from: tronAddress('45'.repeat(20)) });
    await claim(person, made.payment_id, part).expect(200);
    tron.mine();
    await eventually(async () => /another amount/.test((await seen(person, made.payment_id)).note));
    await shop.passHold(made.payment_id);
    await becomes(person, made.payment_id, 'UNDERPAID');
    tron.pay({ amount: micro(made.amount_usdt) });
    await look();
    await becomes(person, made.payment_id, 'PAID');
    expect(await balanceOf(person)).toBeCloseTo(made.amount_usdt + 7 - 120, 6);
  });
});

describe('an approval', () => {
  it('of a payment whose money became balance takes it from there, and is refused once it is spent', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person);
    await claim(person, made.payment_id, tron.pay({ amount: micro(33) })).expect(200);
    tron.mine();
    await eventually(async () => /another amount/.test((await seen(person, made.payment_id)).note));
    await shop.passHold(made.payment_id);
    await becomes(person, made.payment_id, 'UNDERPAID');
    await ended(made);
    expect(await balanceOf(person)).toBe(33);
    await decide('approve', made.payment_id).expect(200);
    expect(await balanceOf(person)).toBe(0);
    const came = `SELECT -sum(received)::float8 / 1e6 AS came FROM money_transactions WHERE user_id = $1`;
    expect(await test.db.first(came, [person.id])).toEqual({ came: 50 });
    const other = await makePerson(test.app);
    const late = await shop.late(other);
    await decide('reject', late.payment_id).expect(200);
    const second = await buy(other);
    expect(second).toMatchObject({ state: 'PAID', credit_used_usdt: 50 });
    expect((await decide('approve', late.payment_id).expect(422)).body).toMatchObject({ code: 'MONEY_SPENT' });
    await decide('refund', second.payment_id).expect(200);
    await decide('approve', late.payment_id).expect(200);
    expect(await test.db.first(came, [other.id])).toEqual({ came: late.amount_usdt });
    expect(await balanceOf(other)).toBeCloseTo(late.amount_usdt - 50, 6);
  });

  it('by a transaction that brought next to nothing is asked for twice', async () => {
    const [person, other] = [await makePerson(test.app), await makePerson(test.app)];
    const [made, theirs] = [await buy(person), await buy(other)];
    const hash = tron.pay({ amount: 1n });
    await claim(person, made.payment_id, hash).expect(200);
    await claim(other, theirs.payment_id, hash).expect(409);
    tron.mine();
    await becomes(person, made.payment_id, 'REVIEW');
    const less = { code: 'PAYS_LESS', price_usdt: '50', missing_usdt: '49.999999' };
    expect((await decide('approve', made.payment_id).expect(409)).body).toMatchObject(less);
    expect(await seen(person, made.payment_id)).toMatchObject({ state: 'REVIEW', received_usdt: 0 });
    await decide('approve', made.payment_id, { waive_rest: true }).expect(200);
    await decide('reject', theirs.payment_id).expect(200);
  });
});

describe('a transfer that was credited to the wrong customer', () => {
  it('is moved to the right one, once, while its money is free', async () => {
    const [wrong, right, by] = [await makePerson(test.app), await makePerson(test.app), await makePerson(test.app)];
    await test.db.query('UPDATE users SET referred_by_id = $2 WHERE id = $1', [wrong.id, by.id]);
    const move = (hash: string, user_id: number, who = admin) =>
      http()
        .post(`/api/admin/payments/transfers/${hash}/move`)
        .set(who.auth)
        .send({ user_id, reason: 'sent by another customer' });
    const refused = async (hash: string, user: number, status: number, code: string) =>
      expect((await move(hash, user).expect(status)).body).toMatchObject({ code });
    const made = await buy(wrong);
    const hash = tron.pay({ amount: micro(made.amount_usdt) });
    await move(hash, right.id, right).expect(403);
    await refused(hash, right.id, 404, 'TRANSFER_NOT_FOUND');
    await look();
    await becomes(wrong, made.payment_id, 'PAID');
    expect(await balanceOf(by)).toBe(5);
    await refused(hash, right.id, 409, 'TRANSFER_IN_USE');
    await refused(hash, wrong.id, 409, 'TRANSFER_THEIRS');
    await refused(hash, 999_999, 404, 'SUBSCRIBER_NOT_FOUND');
    await decide('refund', made.payment_id).expect(200);
    const spent = await buy(wrong);
    expect(spent.state).toBe('PAID');
    await refused(hash, right.id, 422, 'MONEY_SPENT');
    await decide('refund', spent.payment_id).expect(200);
    const tries = await Promise.all(Array.from({ length: 4 }, () => move(hash, right.id)));
    expect(tries.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect([await balanceOf(wrong), await balanceOf(right)]).toEqual([0, made.amount_usdt]);
    const audit = await test.db.first<object>(
      `SELECT before, after FROM audit_events WHERE action = 'payment.transfer_move' AND subject = $1`,
      [`payment:${made.payment_id}`],
    );
    expect(audit).toMatchObject({ before: { user_id: wrong.id }, after: { user_id: right.id, transaction: hash } });
    for (const person of [wrong, right])
      await eventually(() => shop.mailsTo(person).some((to) => /balance/.test(to ?? '')));
    expect(await buy(right)).toMatchObject({ state: 'PAID' });
    expect(await balanceOf(by)).toBe(0);
    const nobodys = tron.pay({ amount: micro(3) });
    await look();
    await eventually(async () => (await transferOf(nobodys))?.status === 'UNMATCHED');
    await refused(nobodys, right.id, 409, 'TRANSFER_NOBODYS');
  });
});

describe('a payment that nobody pays', () => {
  const cancel = (person: Person, id: string) => http().post(`/api/payments/${id}/cancel`).set(person.auth).send({});

  it('is cancelled by its owner, although a transaction was named that does not exist', async () => {
    const [person, other] = [await makePerson(test.app), await makePerson(test.app)];
    await coupon('CANCELLED', { max_uses: 1 });
    await shop.gift(person, 10);
    const made = await buy(person, 'VIP', { coupon: 'CANCELLED' });
    expect([await balanceOf(person), await usesOf('CANCELLED')]).toEqual([0, 1]);
    await claim(person, made.payment_id, 'cd'.repeat(32)).expect(200);
    await cancel(other, made.payment_id).expect(404);
    const { body } = await cancel(person, made.payment_id).expect(200);
    expect(body).toMatchObject({ payment: { state: 'EXPIRED', tx_hash: null } });
    expect([await balanceOf(person), await usesOf('CANCELLED')]).toEqual([10, 0]);
    expect((await cancel(person, made.payment_id).expect(409)).body).toMatchObject({ code: 'PAYMENT_STATE' });
    const paid = await shop.paid(other);
    await cancel(other, paid.payment_id).expect(409);
  });

  it('has one transaction looked for at a time, whatever its owner names; one let go is found when it comes', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person);
    const real = tron.pay({ amount: micro(made.amount_usdt) });
    const names = [real, ...['1', '2', '3'].map((sign) => sign.repeat(64))];
    for (const hash of names) await claim(person, made.payment_id, hash).expect(200);
    const open = async () =>
      (
        await test.db.query<{ hash: string }>(
          `SELECT payload ->> 'tx_hash' AS hash FROM work_items WHERE queue = 'payments.verify' AND state = 'open'
             AND (payload ->> 'payment_id')::bigint = (SELECT id FROM payments WHERE public_id = $1)`,
          [made.payment_id],
        )
      ).map(({ hash }) => hash);
    await eventually(async () => {
      await shop.hurry();
      return (await open()).join() === names.at(-1);
    });
    expect((await transferOf(real))?.status).toBe('SEEN');
    await look();
    await becomes(person, made.payment_id, 'PAID');
  });

  it('ends a week after its time where nothing is ever known of the transaction that was named', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person);
    await claim(person, made.payment_id, 'ef'.repeat(32)).expect(200);
    await ended(made);
    expect((await seen(person, made.payment_id)).state).toBe('CONFIRMING');
    await ended(made, '8 days');
    expect(await seen(person, made.payment_id)).toMatchObject({ state: 'EXPIRED', tx_hash: null });
    await eventually(() => shop.mailsTo(person).includes('Your payment could not be verified'));
  });
});

describe('the coupon of a payment', () => {
  it('that ended is used again by an approval, or the approval is refused', async () => {
    await coupon('LATE', { max_uses: 1 });
    const [person, other] = [await makePerson(test.app), await makePerson(test.app)];
    const late = async (who: Person) => {
      const made = await buy(who, 'VIP', { coupon: 'LATE' });
      await ended(made);
      return made;
    };
    const [first, second] = [await late(person), await late(other)];
    expect(await usesOf('LATE')).toBe(0);
    await decide('approve', first.payment_id).expect(200);
    expect(await usesOf('LATE')).toBe(1);
    expect((await decide('approve', second.payment_id).expect(422)).body).toMatchObject({ code: 'COUPON_USED_UP' });
    expect((await seen(other, second.payment_id)).state).toBe('EXPIRED');
  });

  it('is given back with the refund of what came too late', async () => {
    await coupon('REFUNDED', { max_uses: 1 });
    const person = await makePerson(test.app);
    const made = await buy(person, 'VIP', { coupon: 'REFUNDED' });
    await test.db.query(`UPDATE payments SET expires_at = now() - interval '1 minute' WHERE public_id = $1`, [
      made.payment_id,
    ]);
    tron.pay({ amount: micro(made.amount_usdt) });
    await look();
    await becomes(person, made.payment_id, 'REVIEW');
    expect(await usesOf('REFUNDED')).toBe(1);
    await decide('refund', made.payment_id).expect(200);
    expect(await usesOf('REFUNDED')).toBe(0);
    expect(await balanceOf(person)).toBeCloseTo(made.amount_usdt, 6);
  });
});
