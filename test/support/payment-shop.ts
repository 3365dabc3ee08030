/**
 * A customer's and the watcher's hands, for tests of payments against a local TRON.
 */
import request from 'supertest';
import { Endings } from '../../src/modules/payments/endings.service.js';
import { PaymentWatch } from '../../src/modules/payments/payment-watch.service.js';
import { WorkRunner } from '../../src/platform/work/work-runner.js';
import { makePerson, type Person } from '../factories/people.js';
import { TronServer, WALLET } from '../servers/tron/tron-server.js';
import { eventually, startTestApplication, type TestApplication } from './application.js';
import { wrongBooks } from './payment-books.js';

export interface Payment {
  payment_id: string;
  amount_usdt: number;
  due_usdt: number;
  missing_usdt: number;
  status: string;
  state: string;
  note: string;
  received_usdt: number;
  tx_hash: string | null;
  admin_wallet: string;
}

export const micro = (usdt: number) => BigInt(Math.round(usdt * 1_000_000));

/** What makes an application sell plans and ask a chain that answers at `url`; the tests order every look themselves. */
export function sellingEnv(url: string) {
  return {
    PAYMENT_CHAIN: 'tron',
    PAYMENT_WALLET_TRC20: WALLET,
    PAYMENT_WATCH_SECONDS: '3600',
    TRONGRID_URL: url,
    TRONSCAN_URL: url,
  };
}

export interface OpenShop {
  readonly tron: TronServer;
  readonly test: TestApplication;
  readonly shop: Shop;
  readonly admin: Person;
  /** Ends it all; the books must be right then. */
  close(): Promise<void>;
}

/** A whole application that sells plans on a chain of its own, with an administrator. */
export async function openShop(env: Readonly<Record<string, string>> = {}): Promise<OpenShop> {
  const tron = new TronServer();
  const test = await startTestApplication({ env: { ...sellingEnv(await tron.start()), ...env } });
  const admin = await makePerson(test.app, { role: 'admin' });
  const close = async () => {
    expect(await wrongBooks(test.db)).toEqual([]);
    await test.close();
    await tron.stop();
  };
  return { tron, test, shop: new Shop(test, tron), admin, close };
}

export class Shop {
  constructor(
    private readonly test: TestApplication,
    private readonly tron: TronServer,
  ) {}

  http() {
    return request(this.test.app.getHttpServer());
  }

  async buy(person: Person, plan = 'VIP', more: object = {}): Promise<Payment> {
    const send = { plan, ...more };
    return (await this.http().post('/api/payments/create').set(person.auth).send(send).expect(201)).body as Payment;
  }

  claim(person: Person, payment_id: string, tx_hash: string) {
    return this.http().post('/api/payments/verify').set(person.auth).send({ payment_id, tx_hash });
  }

  async seen(person: Person, id: string): Promise<Payment> {
    const answer = await this.http().get(`/api/payments/${id}`).set(person.auth).expect(200);
    return (answer.body as { payment: Payment }).payment;
  }

  /** Brings verification forward that would wait for its next turn; what is held for others waits. */
  async hurry(): Promise<void> {
    await this.test.db.query(
      `UPDATE work_items SET available_at = now() WHERE queue = 'payments.verify' AND state = 'open' AND leased_by IS NULL
         AND available_at < now() + interval '5 minutes'`,
    );
    this.test.app.get(WorkRunner).sweep();
  }

  /** Balance that came from nowhere. */
  async gift(person: Person, usdt: number): Promise<void> {
    await this.test.db.query(
      `INSERT INTO money_transactions (user_id, cause, reference, credit, bonuses, created_at)
       VALUES ($1, 'BONUS', 'gift:' || gen_random_uuid(), $2::numeric, -$2::numeric, now())`,
      [person.id, String(micro(usdt))],
    );
  }

  /** The time is over in which others may name what this payment names, or what any names. */
  async passHold(id?: string): Promise<void> {
    await this.test.db.query(
      `WITH passed AS (UPDATE payments SET claimed_at = claimed_at - interval '1 hour'
         WHERE claimed_at IS NOT NULL AND public_id = coalesce($1, public_id) RETURNING claimed_hash)
       UPDATE work_items SET available_at = now() FROM passed
       WHERE queue = 'payments.verify' AND state = 'open' AND leased_by IS NULL AND payload ->> 'tx_hash' = claimed_hash`,
      [id ?? null],
    );
  }

  /** Nothing is being verified: the next question to the chain is the test's. */
  async quiet(): Promise<void> {
    const sql = `SELECT 1 FROM work_items WHERE queue = 'payments.verify' AND state = 'open'
      AND (leased_by IS NOT NULL OR available_at <= now()) LIMIT 1`;
    await eventually(async () => (await this.test.db.first(sql)) === undefined);
  }

  becomes(person: Person, id: string, state: string): Promise<Payment> {
    return eventually(async () => {
      await this.hurry();
      const payment = await this.seen(person, id);
      return payment.state === state ? payment : undefined;
    });
  }

  /** One look of the watcher at everything on the chain. */
  async look(): Promise<void> {
    this.tron.mine();
    await this.test.app.get(PaymentWatch).look();
  }

  /** Buys a plan and pays it exactly. */
  async paid(person: Person, plan = 'VIP', more: object = {}): Promise<Payment> {
    const made = await this.buy(person, plan, more);
    this.tron.pay({ amount: micro(made.amount_usdt) });
    await this.look();
    return this.becomes(person, made.payment_id, 'PAID');
  }

  /** Orders a plan and pays it exactly, an hour after the end of the invoice, which is then looked at by a person. */
  async late(person: Person, plan = 'VIP'): Promise<Payment> {
    const made = await this.buy(person, plan, { use_credit: false });
    await this.test.db.query(
      `UPDATE payments SET expires_at = now() - interval '1 hour', created_at = now() - interval '25 hours' WHERE public_id = $1`,
      [made.payment_id],
    );
    await this.test.app.get(Endings).round();
    expect(await this.seen(person, made.payment_id)).toMatchObject({ state: 'EXPIRED', status: 'FAILED' });
    this.tron.pay({ amount: micro(made.amount_usdt) });
    await this.look();
    return this.becomes(person, made.payment_id, 'REVIEW');
  }

  async planOf(person: Person): Promise<{ plan: string; expires_at: string }> {
    const answer = await this.http().get(`/api/users/${person.id}/subscription`).set(person.auth).expect(200);
    return (answer.body as { subscription: { plan: string; expires_at: string } }).subscription;
  }

  async balanceOf(person: Person): Promise<number> {
    const sql = 'SELECT coalesce(sum(credit), 0) AS credit FROM customer_balances WHERE user_id = $1';
    return Number((await this.test.db.first<{ credit: string }>(sql, [person.id]))?.credit) / 1_000_000;
  }

  mailsTo(person: Person): (string | undefined)[] {
    return this.test.mail.sent.filter(({ target }) => target === person.email).map(({ message }) => message.subject);
  }
}
