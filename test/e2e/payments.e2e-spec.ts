/**
 * Buying plans for USDT, against a local TRON: invoices, the watcher, claims, and what an administrator does.
 * Keeps: after all of it the books say exactly what the chain says.
 */
import { PaymentWatch } from '../../src/modules/payments/payment-watch.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { FAKE_USDT, STRANGER, WALLET } from '../servers/tron/tron-server.js';
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
const mailsTo = (person: Person) => shop.mailsTo(person);

describe('a payment whose hash is named', () => {
  it('is made, verified on the chain and gives the plan; the hash is used up', async () => {
    const ada = await makePerson(test.app);
    const made = await buy(ada);
    expect(made).toMatchObject({ ok: true, success: true, plan_type: 'VIP', admin_wallet: WALLET, status: 'PENDING' });
    expect(made.payment_id).toMatch(/^VZK-[0-9A-F]{12}$/);
    expect(made.amount_usdt).toBeGreaterThan(50);
    expect(made.amount_usdt).toBeLessThan(51);
    expect((await buy(ada, 'vip')).payment_id).toBe(made.payment_id);
    const hash = tron.pay({ amount: micro(made.amount_usdt) });
    const waiting = await claim(ada, made.payment_id, hash.toUpperCase()).expect(200);
    expect(waiting.body).toMatchObject({ payment: { status: 'PENDING_VERIFICATION', tx_hash: hash } });
    tron.mine();
    await becomes(ada, made.payment_id, 'PAID');
    expect(await seen(ada, made.payment_id)).toMatchObject({
      status: 'VERIFIED',
      verified_at: expect.any(String) as string,
    });
    expect((await planOf(ada)).plan).toBe('VIP');
    expect(await balanceOf(ada)).toBeCloseTo(made.amount_usdt - 50, 6);
    const receipt = await http().get(`/api/payments/${made.payment_id}/receipt`).set(ada.auth).expect(200);
    expect(receipt.text).toContain(made.payment_id);
    await eventually(() => mailsTo(ada).includes('Receipt: VIP'));
    await claim(ada, made.payment_id, hash).expect(400);
    const bob = await makePerson(test.app);
    const other = await buy(bob);
    expect((await claim(bob, other.payment_id, hash).expect(409)).body).toMatchObject({ code: 'HASH_CLAIMED' });
    await http().get(`/api/payments/${made.payment_id}`).set(bob.auth).expect(404);
    await claim(bob, made.payment_id, 'ab'.repeat(32)).expect(404);
  });

  it.each([
    ['another token of the same name', { contract: FAKE_USDT, amount: micro(60) }, true, /another token/],
    ['another recipient', { to: STRANGER, amount: micro(60) }, true, /no USDT to our wallet/],
    ['a failed transaction', { amount: micro(60) }, false, /failed/],
  ])('%s is explained, and nothing is credited', async (_name, moved, succeeded, words) => {
    const person = await makePerson(test.app);
    const made = await buy(person);
    const hash = tron.pay(moved, { succeeded });
    tron.mine();
    await claim(person, made.payment_id, hash).expect(200);
    const back = await eventually(async () => {
      const payment = await seen(person, made.payment_id);
      return payment.state === 'PENDING' && payment.note !== '' ? payment : undefined;
    });
    expect(back.note).toMatch(words);
    expect(await balanceOf(person)).toBe(0);
    expect((await claim(person, made.payment_id, hash).expect(422)).body).toMatchObject({
      code: 'TRANSACTION_REFUSED',
    });
  });

  it('waits while a block is young, a source lags, lies or fails, and while a fork took it back', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person);
    const hash = tron.pay({ amount: micro(made.amount_usdt) });
    tron.hide('tronscan', hash);
    await claim(person, made.payment_id, hash).expect(200);
    const waits = async (reason: RegExp) => {
      await eventually(async () => {
        await shop.hurry();
        const row = await test.db.first<{ last_error: string }>(
          `SELECT last_error FROM work_items WHERE queue = 'payments.verify' AND key LIKE $1`,
          [`${hash}%`],
        );
        return reason.test(row?.last_error ?? '');
      });
      expect((await seen(person, made.payment_id)).state).toBe('CONFIRMING');
    };
    await waits(/of 19 confirmations/);
    tron.mine();
    await waits(/second source/);
    tron.show('tronscan', hash);
    tron.lie(hash, micro(5_000));
    await waits(/do not agree/);
    tron.lie(hash, undefined);
    tron.faults.trongrid.push(503, 'drop', 'nonsense');
    tron.faults.tronscan.push(429);
    await becomes(person, made.payment_id, 'PAID');
    const lost = tron.pay({ amount: micro(3) });
    tron.fork(lost);
    const second = await buy(person, 'VIP', { use_credit: false });
    await claim(person, second.payment_id, lost).expect(200);
    await shop.hurry();
    expect((await seen(person, second.payment_id)).state).toBe('CONFIRMING');
  });
});

describe('the watcher', () => {
  it('credits by the amount alone, whatever else the transaction carries, and only once', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person, 'PREMIUM');
    const half = micro(made.amount_usdt) / 2n;
    tron.pay([
      { amount: half },
      { amount: micro(made.amount_usdt) - half },
      { amount: micro(7), to: STRANGER },
      { amount: micro(1_000), contract: FAKE_USDT },
    ]);
    tron.pageSize = 2;
    await look();
    await look();
    tron.pageSize = 200;
    await becomes(person, made.payment_id, 'PAID');
    expect((await planOf(person)).plan).toBe('PREMIUM');
  });

  it('asks for the rest of a short payment, and keeps what is too much', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person);
    const hash = tron.pay({ amount: micro(20) });
    tron.mine();
    await claim(person, made.payment_id, hash).expect(200);
    await eventually(async () => /another amount/.test((await seen(person, made.payment_id)).note));
    await shop.hurry();
    expect((await seen(person, made.payment_id)).state).toBe('CONFIRMING');
    await eventually(() => mailsTo(person).includes('Your transfer has arrived'));
    await shop.passHold(made.payment_id);
    const short = await becomes(person, made.payment_id, 'UNDERPAID');
    expect(short).toMatchObject({ status: 'PENDING', missing_usdt: 30 });
    expect(short.due_usdt).toBeGreaterThan(30);
    await eventually(() => mailsTo(person).includes('Your payment is short'));
    tron.pay({ amount: micro(short.due_usdt) });
    await look();
    await becomes(person, made.payment_id, 'PAID');
    expect(await balanceOf(person)).toBeCloseTo(short.due_usdt - 30, 6);
  });

  it('goes on behind its cursor after a failure, and never back with a node that lags', async () => {
    const person = await makePerson(test.app);
    const made = await buy(person);
    tron.pay({ amount: micro(made.amount_usdt) });
    tron.mine();
    await shop.quiet();
    tron.faults.trongrid.push(503);
    await expect(test.app.get(PaymentWatch).look()).rejects.toThrow('TronGrid: status 503');
    const lost = () => Promise.reject(new Error('the process died before the commit'));
    await expect(test.app.get(PaymentWatch).look(lost)).rejects.toThrow('died');
    expect((await seen(person, made.payment_id)).state).toBe('PENDING');
    await look();
    await becomes(person, made.payment_id, 'PAID');
  });

  it('gives a transfer to whose exact amount it is, although somebody else named its hash', async () => {
    const [owner, thief] = [await makePerson(test.app), await makePerson(test.app)];
    const [mine, theirs] = [await buy(owner), await buy(thief)];
    const hash = tron.pay({ amount: micro(mine.amount_usdt) });
    await claim(thief, theirs.payment_id, hash).expect(200);
    tron.mine();
    await becomes(owner, mine.payment_id, 'PAID');
    const back = await seen(thief, theirs.payment_id);
    expect(back).toMatchObject({ state: 'PENDING', note: expect.stringContaining('another payment') as string });
    expect(await balanceOf(thief)).toBe(0);
  });
});

describe('what comes too late', () => {
  async function late(): Promise<{ person: Person; made: Payment }> {
    const person = await makePerson(test.app);
    const made = await shop.late(person);
    return { person, made };
  }

  it('is looked at, and approved', async () => {
    const { person, made } = await late();
    const pending = await http().get('/api/admin/payments/pending').set(admin.auth).expect(200);
    expect((pending.body as { payments: Payment[] }).payments.map(({ payment_id }) => payment_id)).toContain(
      made.payment_id,
    );
    const approve = (who: Person) =>
      http().post(`/api/admin/payments/approve/${made.payment_id}`).set(who.auth).send({});
    await approve(person).expect(403);
    expect((await approve(admin).expect(200)).body).toMatchObject({ new_plan: 'VIP', user_id: person.id });
    await approve(admin).expect(400);
    expect((await planOf(person)).plan).toBe('VIP');
  });

  it('is looked at, and rejected: the money stays the customer’s', async () => {
    const { person, made } = await late();
    const send = { reason: 'You bought it otherwise' };
    await http().post(`/api/admin/payments/reject/${made.payment_id}`).set(admin.auth).send(send).expect(200);
    expect(await balanceOf(person)).toBeCloseTo(made.amount_usdt, 6);
    expect(await seen(person, made.payment_id)).toMatchObject({ status: 'FAILED', note: send.reason });
  });
});

describe('what administrators see', () => {
  it('the report counts what was sold, and its table holds no formula', async () => {
    await test.db.query(`UPDATE users SET full_name = '=HYPERLINK("http://x")'`);
    const { body } = await http().get('/api/admin/payments/report?months=2').set(admin.auth).expect(200);
    const report = body as { mrr_usdt: number; months: { revenue_usdt: number; payments: number }[] };
    expect(report.months).toHaveLength(2);
    expect(report.months[1]?.payments).toBeGreaterThan(5);
    expect(report.mrr_usdt).toBeGreaterThan(100);
    const sold = await test.db.first<{ sum: string }>('SELECT sum(revenue) AS sum FROM money_transactions');
    expect(report.months[1]?.revenue_usdt).toBeCloseTo(Number(sold?.sum) / 1_000_000, 6);
    const csv = await http().get('/api/admin/payments/report.csv').set(admin.auth).expect(200);
    expect(csv.text.split('\r\n')).toHaveLength(14);
    const all = await http().get('/api/admin/payments/all.csv?status=verified').set(admin.auth).expect(200);
    expect(all.text).toContain(`'=HYPERLINK`);
    expect(all.text).not.toMatch(/[,\n"]=HYPERLINK/);
    const list = await http()
      .get('/api/admin/payments/all?status=VERIFIED&plan_type=vip&limit=2')
      .set(admin.auth)
      .expect(200);
    expect(list.body).toMatchObject({
      total_results: 2,
      filters_applied: { status: 'VERIFIED', plan_type: 'VIP', limit: 2 },
    });
  });

  it('what a plan does not include is refused with the plans that do, until the plan does', async () => {
    const person = await makePerson(test.app);
    const curve = (who: Person, query = 'step=hour') =>
      http().get(`/api/users/${person.id}/paper/equity?${query}`).set(who.auth);
    const refusal = { code: 'PLAN_REQUIRED', feature: 'advanced_analytics', plan: 'TRIAL', plans: ['PREMIUM'] };
    for (const query of ['step=hour', 'step=%20HOUR', 'step=day&step=hour']) {
      expect((await curve(person, query).expect(403)).body).toMatchObject(refusal);
    }
    for (const query of ['', 'step=day', 'step=Day', 'format=csv']) await curve(person, query).expect(200);
    await curve(admin).expect(200);
    const include = (advanced_analytics: boolean) =>
      http().put('/api/admin/plans/TRIAL').set(admin.auth).send({ advanced_analytics }).expect(200);
    await include(true);
    await curve(person).expect(200);
    await include(false);
    await curve(person).expect(403);
    const trades = async () =>
      (await http().get(`/api/users/${person.id}/subscription`).set(person.auth).expect(200)).body as object;
    const unlimited = { value: 50, limited_by: 'settings', settings: 50, plan: null, platform: 50 };
    expect(await trades()).toMatchObject({ subscription: { limits: { concurrent_trades: unlimited } } });
    await http().put('/api/admin/plans/TRIAL').set(admin.auth).send({ concurrent_trades: 3 }).expect(200);
    const limited = { value: 3, limited_by: 'plan', settings: 50, plan: 3, platform: 50 };
    expect(await trades()).toMatchObject({ subscription: { limits: { concurrent_trades: limited } } });
  });

  it('a changed price is a new version: what is sold next costs it', async () => {
    const change = { price_usdt: 60 };
    const { body } = await http().put('/api/admin/plans/vip').set(admin.auth).send(change).expect(200);
    expect(body).toMatchObject({ plan: { plan: 'VIP', version: 2, price_usdt: 60, days: 30 } });
    expect((await buy(await makePerson(test.app))).amount_usdt).toBeGreaterThan(60);
    await http().put('/api/admin/plans/vip').set(admin.auth).send({ price_usdt: '1.001' }).expect(400);
    await http().put('/api/admin/plans/vip').set(admin.auth).send({ price_usdt: 50 }).expect(200);
    await http().put('/api/admin/plans/trial').set(admin.auth).send({ exchange_accounts: 1 }).expect(200);
    const person = await makePerson(test.app);
    const connect = (exchange: string) =>
      http()
        .post(`/api/users/${person.id}/exchanges`)
        .set(person.auth)
        .send({ exchange, api_key: 'test-account-key', api_secret: 'test-account-secret' });
    const tries = await Promise.all(['binance', 'bybit', 'kraken'].map((exchange) => connect(exchange)));
    expect(tries.map(({ status }) => status).sort()).toEqual([201, 403, 403]);
    const versions = await http().get('/api/admin/plans/VIP').set(admin.auth).expect(200);
    expect((versions.body as { versions: object[] }).versions).toHaveLength(3);
    await expect(test.db.query('UPDATE subscription_plans SET price_usdt = 1')).rejects.toThrow('append-only');
  });
});
