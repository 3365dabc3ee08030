/**
 * Whose a transfer is when its amount does not tell: rival claims, senders known and not, amounts of ended payments, and
 * what administrators and customers can do about it.
 * Keeps: after all of it the books say exactly what the chain says.
 */
import request from 'supertest';
import { tronAddress } from '../../src/domain/payment/tron-address.js';
import { Endings } from '../../src/modules/payments/endings.service.js';
import { PaymentsRepository } from '../../src/modules/payments/payments.repository.js';
import { makePerson, type Person } from '../factories/people.js';
import { TronServer, WALLET } from '../servers/tron/tron-server.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { wrongBooks } from '../support/payment-books.js';
import { micro, type Payment, Shop } from '../support/payment-shop.js';

const tron = new TronServer();
let test: TestApplication;
let shop: Shop;
let admin: Person;

const http = () => request(test.app.getHttpServer());

beforeAll(async () => {
  const url = await tron.start();
  const env = { PAYMENT_WALLET_TRC20: WALLET, TRONGRID_URL: url, TRONSCAN_URL: url };
  test = await startTestApplication({ env: { PAYMENT_CHAIN: 'tron', PAYMENT_WATCH_SECONDS: '3600', ...env } });
  shop = new Shop(test, tron);
  admin = await makePerson(test.app, { role: 'admin' });
});

afterAll(async () => {
  expect(await wrongBooks(test.db)).toEqual([]);
  await test.close();
  await tron.stop();
});

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

/** Its time ended an hour ago. */
async function ended(payment: Payment): Promise<void> {
  await test.db.query(
    `UPDATE payments SET expires_at = now() - interval '1 hour', created_at = now() - interval '25 hours' WHERE public_id = $1`,
    [payment.payment_id],
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
    await decide('approve', mine.payment_id).expect(200);
    expect(await seen(victim, mine.payment_id)).toMatchObject({ state: 'PAID', received_usdt: 50 });
    expect(await transferOf(hash)).toMatchObject({ status: 'CREDITED' });
    expect(await seen(eve, theirs.payment_id)).toMatchObject({
      state: 'REVIEW',
      note: expect.stringContaining('another') as string,
    });
    expect((await planOf(eve)).plan).toBe('TRIAL');
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
