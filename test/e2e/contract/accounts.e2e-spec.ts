/**
 * The mobile contract line by line: exchange accounts (section 3.3), and that keys never come out.
 */
import request from 'supertest';
import { Vault } from '../../../src/modules/accounts/vault.service.js';
import { makePerson, type Person } from '../../factories/people.js';
import { startTestApplication, type TestApplication } from '../../support/application.js';

const KEYS = { api_key: 'key-of-the-test-account', api_secret: 'secret-of-the-test-account' };
const FAILURE = { ok: false, error: expect.any(String) as string, code: expect.any(String) as string };
const SAVED = { ok: true, message: expect.any(String) as string };

let test: TestApplication;
let ada: Person;
let bob: Person;
const http = () => request(test.app.getHttpServer());
const path = (rest: string, person: Person = ada) => `/api/users/${person.id}${rest}`;
const get = (rest: string) => http().get(path(rest)).set(ada.auth);
const put = (rest: string, body: object) => http().put(path(rest)).set(ada.auth).send(body);

beforeAll(async () => {
  test = await startTestApplication();
  ada = await makePerson(test.app);
  bob = await makePerson(test.app);
});

afterAll(() => test.close());

describe('contract 3.3 exchange accounts', () => {
  let id: number;

  it('POST /exchanges 201 with exchange_id, for every venue named, in any case; testnet unless told otherwise', async () => {
    for (const exchange of ['Binance', 'BYBIT', 'okx', 'phemex', 'kraken']) {
      const answer = await http()
        .post(path('/exchanges'))
        .set(ada.auth)
        .send({ exchange, ...KEYS })
        .expect(201);
      expect(answer.text).not.toContain('test-account');
      expect(answer.body).toMatchObject({ ...SAVED, exchange_id: expect.any(Number) as number });
      id = (answer.body as { exchange_id: number }).exchange_id;
    }
  });

  it('GET /exchanges: id, exchange, testnet, is_active and no key material', async () => {
    const { exchanges } = (await get('/exchanges').expect(200)).body as { exchanges: Record<string, unknown>[] };
    expect(exchanges).toHaveLength(5);
    for (const account of exchanges) {
      expect(Object.keys(account).sort()).toEqual(['exchange', 'id', 'is_active', 'testnet']);
      expect(account).toMatchObject({ testnet: true, is_active: true });
    }
    expect((await http().get(path('/exchanges', bob)).set(bob.auth)).body).toEqual({ ok: true, exchanges: [] });
  });

  it('GET /exchanges/{id}: one account, its API key masked; 404 for unknown, paper and foreign ones', async () => {
    const one = (await get(`/exchanges/${id}`).expect(200)).body as { exchange: Record<string, unknown> };
    expect(one.exchange).toMatchObject({ id, testnet: true, is_active: true, leverage: null, api_key: '••••ount' });
    expect(JSON.stringify(one)).not.toContain('test-account');
    const paper = await test.db.first<{ id: number }>(
      `SELECT id FROM accounts WHERE user_id = $1 AND exchange = 'paper'`,
      [ada.id],
    );
    for (const missing of [999_999, paper?.id]) await get(`/exchanges/${missing}`).expect(404);
    await http()
      .get(path(`/exchanges/${id}`, bob))
      .set(bob.auth)
      .expect(404);
  });

  it('secure: keys are stored encrypted and bound to their place; no answer and no audit row holds them', async () => {
    const rows = await test.db.query<{ field: string; ciphertext: Buffer; hint: string }>(
      'SELECT field, ciphertext, hint FROM account_credentials',
    );
    expect(rows).toHaveLength(10);
    for (const { field, ciphertext, hint } of rows) {
      expect(hint).toBe(field === 'api_key' ? '••••ount' : '••••');
      expect(ciphertext.toString('latin1')).not.toContain('test-account');
    }
    expect(await test.app.get(Vault).open(ada.id, id)).toEqual(KEYS);
    const audit = await test.db.query(`SELECT after FROM audit_events WHERE action = 'account.add'`);
    expect(JSON.stringify(audit)).not.toContain('test-account');
    expect((await get('/exchanges')).text).not.toContain('••••');
    await expect(
      test.db.query(`UPDATE account_credentials SET hint = '••••ount' WHERE field = 'api_secret'`),
    ).rejects.toThrow('ck_account_credentials_hint');
    await test.db.query(
      `UPDATE account_credentials c SET ciphertext = o.ciphertext FROM account_credentials o
       WHERE o.account_id = c.account_id AND o.field = 'api_key' AND c.field = 'api_secret'`,
    );
    await expect(test.app.get(Vault).open(ada.id, id)).rejects.toThrow('could not be decrypted');
  });

  it('409 for a second account of a venue, 400 for unknown venues and empty keys, 403 unverified', async () => {
    const add = (body: object, person = ada) => http().post(path('/exchanges', person)).set(person.auth).send(body);
    await add({ exchange: 'okx', ...KEYS, passphrase: 'optional' }).expect(409);
    await add({ exchange: 'mtgox', ...KEYS }).expect(400);
    for (const keys of [{ api_key: '', api_secret: '' }, { api_key: KEYS.api_key }, { ...KEYS, api_key: 'short' }]) {
      await add({ exchange: 'binance', ...keys }).expect(400);
    }
    const fresh = await makePerson(test.app, { isVerified: false });
    const answer = await add({ exchange: 'okx', ...KEYS }, fresh).expect(403);
    expect(answer.body).toMatchObject({ ...FAILURE, needs_verification: true, message: expect.any(String) as string });
  });

  it('GET /exchanges/{id}/balance: 404 unknown, 400 inactive, and a failure rather than an invented figure', async () => {
    await get('/exchanges/99999999/balance').expect(404);
    expect((await get(`/exchanges/${id}/balance`).expect(503)).body).toMatchObject(FAILURE);
    await test.db.query('UPDATE accounts SET is_active = false WHERE id = $1', [id]);
    expect((await get(`/exchanges/${id}/balance`).expect(400)).body).toMatchObject(FAILURE);
    await test.db.query('UPDATE accounts SET is_active = true WHERE id = $1', [id]);
  });

  it('rule 8: the paper balance carries total and available, and both pairs of names', async () => {
    const paper = await test.db.first<{ id: number }>(
      `SELECT id FROM accounts WHERE user_id = $1 AND exchange = 'paper'`,
      [ada.id],
    );
    const answer = await get(`/exchanges/${paper?.id ?? 0}/balance`).expect(200);
    expect(answer.body).toMatchObject({
      ok: true,
      exchange: 'paper',
      balance: {
        ok: true,
        total: 10000,
        available: 10000,
        currency: 'USDT',
        total_usdt: 10000,
        available_usdt: 10000,
        currencies: { USDT: { free: 10000, locked: 0 } },
      },
    });
  });

  it('GET /balance/{exchange}: available, total, locked at the top', async () => {
    const answer = await get('/balance/paper').expect(200);
    expect(answer.body).toMatchObject({ available_balance: 10000, total_balance: 10000, locked_balance: 0 });
  });

  it('GET and PUT /exchanges/{exchange}/leverage: 1 to 25, 10 by default', async () => {
    expect((await get('/exchanges/bybit/leverage').expect(200)).body).toMatchObject({
      exchange: 'bybit',
      leverage: 10,
    });
    await put('/exchanges/bybit/leverage', { leverage: 25 }).expect(200);
    expect((await get('/exchanges/bybit/leverage')).body).toMatchObject({ leverage: 25 });
    for (const leverage of [0, 26, 'x']) await put('/exchanges/bybit/leverage', { leverage }).expect(400);
  });

  it('DELETE is 409 while positions are open on the account', async () => {
    const open = (count: number) => test.db.query('UPDATE accounts SET open_positions = $2 WHERE id = $1', [id, count]);
    await open(1);
    const answer = await http()
      .delete(path(`/exchanges/${id}`))
      .set(ada.auth)
      .expect(409);
    expect(answer.body).toMatchObject(FAILURE);
    await open(0);
  });

  it('DELETE in three forms; what is unknown or foreign is 404 and a no-op', async () => {
    const remove = (rest: string, body?: object, person = ada) =>
      http().delete(path(rest, person)).set(person.auth).send(body);
    await remove(`/exchanges?exchange_id=${id}`, undefined, bob).expect(404);
    const { exchanges } = (await get('/exchanges')).body as { exchanges: { id: number }[] };
    expect(exchanges).toHaveLength(5);
    await remove(`/exchanges?exchange_id=${exchanges[0]?.id ?? 0}`).expect(200);
    await remove('/exchanges', { account_id: exchanges[1]?.id }).expect(200);
    await remove(`/exchanges/${exchanges[2]?.id ?? 0}`).expect(200);
    await remove(`/exchanges/${exchanges[2]?.id ?? 0}`).expect(404);
    await remove('/exchanges').expect(400);
  });
});
