/**
 * Exchange accounts over HTTP: the contract's calls, and that keys never come out.
 */
import request from 'supertest';
import { Vault } from '../../src/modules/accounts/vault.service.js';
import { makePerson, type Person } from '../factories/people.js';
import { startTestApplication, type TestApplication } from '../support/application.js';

const KEYS = { api_key: 'key-of-the-test-account', api_secret: 'secret-of-the-test-account' };

describe('exchange accounts', () => {
  let test: TestApplication;
  let ada: Person;
  let bob: Person;
  let accountId: number;
  const http = () => request(test.app.getHttpServer());
  const path = (rest: string, who = ada) => `/api/users/${who.id}${rest}`;

  beforeAll(async () => {
    test = await startTestApplication();
    ada = await makePerson(test.app);
    bob = await makePerson(test.app);
  });

  afterAll(() => test.close());

  it('connects one of each venue, in any case, and shows no key', async () => {
    const added = await http()
      .post(path('/exchanges'))
      .set(ada.auth)
      .send({ exchange: 'Binance', ...KEYS })
      .expect(201);
    accountId = (added.body as { exchange_id: number }).exchange_id;
    expect(JSON.stringify(added.body)).not.toContain('test-account');
    await http()
      .post(path('/exchanges'))
      .set(ada.auth)
      .send({ exchange: 'binance', ...KEYS })
      .expect(409);
    const list = await http().get(path('/exchanges')).set(ada.auth).expect(200);
    expect(list.body).toEqual({
      ok: true,
      exchanges: [{ id: accountId, exchange: 'binance', testnet: true, is_active: true }],
    });
  });

  it('stores them encrypted, bound to their place', async () => {
    const rows = await test.db.query<{ ciphertext: Buffer; hint: string }>(
      'SELECT ciphertext, hint FROM account_credentials ORDER BY field',
    );
    expect(rows.map(({ hint }) => hint)).toEqual(['••••ount', '••••ount']);
    for (const { ciphertext } of rows) expect(ciphertext.toString('latin1')).not.toContain('test-account');
    expect(await test.app.get(Vault).open(ada.id, accountId)).toEqual(KEYS);
    await test.db.query(
      `UPDATE account_credentials SET ciphertext = (SELECT ciphertext FROM account_credentials WHERE field = 'api_key')
       WHERE field = 'api_secret'`,
    );
    await expect(test.app.get(Vault).open(ada.id, accountId)).rejects.toThrow('could not be decrypted');
    const audit = await test.db.query(`SELECT after FROM audit_events WHERE action = 'account.add'`);
    expect(JSON.stringify(audit)).not.toContain('test-account');
  });

  it.each([
    [{ exchange: 'mtgox', ...KEYS }, 'exchange'],
    [{ exchange: 'okx', api_key: 'short', api_secret: KEYS.api_secret }, 'api_key'],
    [{ exchange: 'okx', api_key: KEYS.api_key }, 'api_secret'],
  ])('refuses %p', async (body, field) => {
    const answer = await http().post(path('/exchanges')).set(ada.auth).send(body).expect(400);
    expect(answer.body).toMatchObject({ ok: false, fields: [{ field }] });
  });

  it('refuses the unverified', async () => {
    const fresh = await makePerson(test.app, { isVerified: false });
    const answer = await http()
      .post(path('/exchanges', fresh))
      .set(fresh.auth)
      .send({ exchange: 'okx', ...KEYS });
    expect([answer.status, answer.body]).toEqual([403, expect.objectContaining({ needs_verification: true })]);
  });

  it('tells the paper balance, and never invents a venue’s', async () => {
    const paper = await http().get(path('/balance/paper')).set(ada.auth).expect(200);
    expect(paper.body).toMatchObject({ total_balance: 10000, available_balance: 10000, locked_balance: 0 });
    await http()
      .get(path(`/exchanges/${accountId}/balance`))
      .set(ada.auth)
      .expect(503);
    await http().get(path('/exchanges/999999/balance')).set(ada.auth).expect(404);
  });

  it('keeps leverage by venue', async () => {
    expect((await http().get(path('/exchanges/binance/leverage')).set(ada.auth).expect(200)).body).toMatchObject({
      leverage: 10,
    });
    await http().put(path('/exchanges/binance/leverage')).set(ada.auth).send({ leverage: 20 }).expect(200);
    await http().put(path('/exchanges/binance/leverage')).set(ada.auth).send({ leverage: 26 }).expect(400);
    expect((await http().get(path('/exchanges/binance/leverage')).set(ada.auth).expect(200)).body).toMatchObject({
      leverage: 20,
    });
  });

  it('lets nobody else touch them, and disconnects in all three forms', async () => {
    await http()
      .delete(path(`/exchanges/${accountId}`, bob))
      .set(bob.auth)
      .expect(404);
    await http()
      .delete(path(`/exchanges/${accountId}`))
      .set(bob.auth)
      .expect(403);
    await http().delete(path('/exchanges')).query({ exchange_id: accountId }).set(ada.auth).expect(200);
    await http().delete(path('/exchanges')).query({ exchange_id: accountId }).set(ada.auth).expect(404);
    await http().delete(path('/exchanges')).set(ada.auth).expect(400);
    const again = await http()
      .post(path('/exchanges'))
      .set(ada.auth)
      .send({ exchange: 'okx', passphrase: 'x', ...KEYS })
      .expect(201);
    const { exchange_id } = again.body as { exchange_id: number };
    await http().delete(path('/exchanges')).set(ada.auth).send({ account_id: exchange_id }).expect(200);
  });
});
