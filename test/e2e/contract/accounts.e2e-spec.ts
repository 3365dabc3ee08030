/**
 * The mobile contract line by line: exchange accounts (section 3.3), and that keys never come out.
 */
import request from 'supertest';
import { DataKeysRepository } from '../../../src/modules/accounts/data-keys.repository.js';
import { FernetImport } from '../../../src/modules/accounts/fernet-import.service.js';
import { KeyRotation } from '../../../src/modules/accounts/key-rotation.service.js';
import { Vault } from '../../../src/modules/accounts/vault.service.js';
import { AuditChainState } from '../../../src/platform/audit/audit-chain-state.repository.js';
import { AuditKey } from '../../../src/platform/audit/audit-key.js';
import { AuditTrail } from '../../../src/platform/audit/audit-trail.js';
import { Clock } from '../../../src/platform/clock/clock.js';
import { fernetKey } from '../../../src/platform/crypto/fernet.js';
import { MasterKeys, UnknownMasterKeyError } from '../../../src/platform/crypto/master-keys.js';
import { PlatformSecrets } from '../../../src/platform/crypto/platform-secrets.repository.js';
import { Randomness } from '../../../src/platform/ids/randomness.js';
import { Logger } from '../../../src/platform/logging/logger.js';
import { makePerson, type Person } from '../../factories/people.js';
import { eventually, startTestApplication, TEST_SECRETS, type TestApplication } from '../../support/application.js';

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

describe('the master key', () => {
  const [was, next] = [TEST_SECRETS.ENCRYPTION_MASTER_KEY, '5c'.repeat(32)] as const;

  /** What a process with these keys has. */
  function process(...texts: [string, ...string[]]) {
    const keys = new MasterKeys(texts);
    const clock = test.app.get(Clock);
    const dataKeys = new DataKeysRepository(test.db, keys, clock);
    const secrets = new PlatformSecrets(test.db, keys, clock);
    const vault = new Vault(test.db, clock, dataKeys);
    return {
      dataKeys,
      secrets,
      vault,
      rotation: new KeyRotation(keys, dataKeys, secrets, test.app.get(AuditTrail)),
      start: async () => {
        const state = test.app.get(AuditChainState);
        const [randomness, logger] = [test.app.get(Randomness), Logger.silent()];
        const parts = { secrets, state, database: test.db, clock, randomness, logger };
        await new AuditKey(parts, { audit: { AUDIT_NEW_KEY: false } }).onModuleInit();
        await dataKeys.onApplicationBootstrap();
      },
    };
  }

  it('is refused where it is the wrong one, and rotated beside a running product', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, () => makePerson(test.app)));
    const sealed = await Promise.all(
      people.map(({ id }) => test.app.get(Vault).seal(id, 'x', Buffer.from(`secret ${id}`))),
    );
    const opensAll = async (vault: Vault) => {
      for (const [index, { id }] of people.entries())
        expect((await vault.unseal(id, 'x', sealed[index] ?? Buffer.alloc(0))).toString()).toBe(`secret ${id}`);
    };
    await expect(process(next).start()).rejects.toThrow('ENCRYPTION_MASTER_KEY is not the key');
    const both = process(next, was);
    await both.start();
    // Cut short after two: what is done is done, and everything opens with both keys.
    expect(await both.dataKeys.rewrap(0, 2)).toMatchObject({ count: 2 });
    await opensAll(both.vault);
    await expect(process(next).start()).rejects.toThrow(UnknownMasterKeyError);
    await expect(process(was).start()).rejects.toThrow(UnknownMasterKeyError);
    const newcomer = await makePerson(test.app);
    await test.app.get(Vault).seal(newcomer.id, 'x', Buffer.from('made meanwhile'));
    const progress: number[] = [];
    expect(await both.rotation.rotate((done) => progress.push(done), 2)).toMatchObject({ secrets: 1, left: 0 });
    expect(progress.length).toBeGreaterThan(1);
    expect(await both.rotation.rotate()).toMatchObject({ dataKeys: 0, secrets: 0, left: 0 });
    const after = process(next);
    await after.start();
    await opensAll(after.vault);
    await expect(process(was).start()).rejects.toThrow(UnknownMasterKeyError);
    await process(was, next).rotation.rotate();
    await process(was).start();
    await opensAll(test.app.get(Vault));
    const audit = await test.db.query(`SELECT 1 FROM audit_events WHERE action = 'keys.rotate'`);
    expect(audit).toHaveLength(3);
  });
});

it('nothing of the platform is made under a wrong master key, and what is left under another one is counted', async () => {
  const [was, next] = [TEST_SECRETS.ENCRYPTION_MASTER_KEY, '5c'.repeat(32)] as const;
  const clock = test.app.get(Clock);
  const of = (...texts: [string, ...string[]]) => new PlatformSecrets(test.db, new MasterKeys(texts), clock);
  await test.app.get(Vault).seal(ada.id, 'x', Buffer.from('wrapped by the right key'));
  const make = () => Promise.resolve(Buffer.from('made'));
  // As at an upgrade: there are data keys, and no secret of the platform yet.
  const undone = new Error('undone');
  await expect(
    test.db.transaction(async () => {
      await test.db.query('DELETE FROM platform_secrets');
      await expect(of(next).open('another', make)).rejects.toThrow(UnknownMasterKeyError);
      expect(await test.db.query('SELECT name FROM platform_secrets')).toEqual([]);
      expect((await of(was).open('another', make)).toString()).toBe('made');
      throw undone;
    }),
  ).rejects.toBe(undone);
  expect([await of(was).left(), await of(next, was).left()]).toEqual([0, 1]);
  const keys = new MasterKeys([next, was]);
  const secrets = { rewrap: () => Promise.resolve(0), left: () => Promise.resolve(1) } as unknown as PlatformSecrets;
  const dataKeys = new DataKeysRepository(test.db, keys, clock);
  await expect(
    test.db.transaction(async () => {
      const rotation = new KeyRotation(keys, dataKeys, secrets, test.app.get(AuditTrail));
      expect(await rotation.rotate()).toMatchObject({ left: 1 });
      throw undone;
    }),
  ).rejects.toBe(undone);
});

describe('keys of the old system', () => {
  const key = fernetKey('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=');
  const HELLO = 'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';

  it('are stored under their owner once; what cannot be used is named by its row, without its content', async () => {
    const person = await makePerson(test.app);
    const row = {
      email: person.email.toUpperCase(),
      exchange: 'Bybit',
      testnet: false,
      api_key: HELLO,
      api_secret: HELLO,
    };
    const rows = [
      row,
      { ...row, email: 'nobody@example.com' },
      { ...row, exchange: 'okx', api_secret: `${HELLO.slice(0, -4)}AA==` },
      { ...row, exchange: 'mtgox' },
      'text',
    ];
    const run = (isTrial: boolean) => test.app.get(FernetImport).run(rows, [key], isTrial);
    const trial = await run(true);
    expect(trial).toMatchObject({ imported: 1, present: 0 });
    expect(
      await test.db.query(`SELECT 1 FROM accounts WHERE user_id = $1 AND exchange <> 'paper'`, [person.id]),
    ).toEqual([]);
    const { refused } = await run(false);
    expect(refused).toEqual(trial.refused);
    expect(refused).toEqual([
      { row: 2, reason: 'there is no such user' },
      { row: 3, reason: expect.stringContaining('api_secret was not encrypted') as string },
      { row: 4, reason: 'exchange is malformed' },
      { row: 5, reason: 'row is malformed' },
    ]);
    expect(JSON.stringify(refused)).not.toContain(HELLO.slice(0, 20));
    expect(await run(false)).toMatchObject({ imported: 0, present: 1 });
    const account = await test.db.first<{ id: number; testnet: boolean }>(
      `SELECT id, testnet FROM accounts WHERE user_id = $1 AND exchange = 'bybit'`,
      [person.id],
    );
    expect(account?.testnet).toBe(false);
    const stored = await test.app.get(Vault).open(person.id, account?.id ?? 0);
    expect(stored).toEqual({ api_key: 'hello', api_secret: 'hello' });
  });

  it('go to nobody who has not shown that the address is theirs, and to no staff; whoever gets them is told', async () => {
    const people = {
      unverified: await makePerson(test.app, { isVerified: false }),
      disabled: await makePerson(test.app),
      provider: await makePerson(test.app, { role: 'provider' }),
      admin: await makePerson(test.app, { role: 'admin' }),
      leaving: await makePerson(test.app),
      owner: await makePerson(test.app),
    };
    await test.db.query('UPDATE users SET disabled_at = now() WHERE id = $1', [people.disabled.id]);
    await test.db.query(
      `INSERT INTO account_deletions (user_id, requested_at, due_at) VALUES ($1, now(), now() + interval '1 d')`,
      [people.leaving.id],
    );
    const rows = Object.values(people).map(({ email }) => ({
      email,
      exchange: 'okx',
      api_key: HELLO,
      api_secret: HELLO,
    }));
    for (const isTrial of [true, false]) {
      expect(await test.app.get(FernetImport).run(rows, [key], isTrial)).toEqual({
        imported: 1,
        present: 0,
        refused: [
          { row: 1, reason: 'the user has not verified the address' },
          { row: 2, reason: 'the user is disabled' },
          { row: 3, reason: expect.stringContaining('the user is provider') as string },
          { row: 4, reason: expect.stringContaining('the user is admin') as string },
          { row: 5, reason: 'the user has asked for deletion' },
        ],
      });
    }
    const connected = await test.db.query(
      `SELECT user_id FROM accounts WHERE exchange = 'okx' AND user_id = ANY ($1::bigint[])`,
      [Object.values(people).map(({ id }) => id)],
    );
    expect(connected).toEqual([{ user_id: people.owner.id }]);
    const mails = () => test.mail.sent.filter(({ message }) => message.subject === 'An exchange was connected');
    const mail = await eventually(() => mails().find(({ target }) => target === people.owner.email));
    expect(mail.message.text).toContain('okx');
    expect(
      mails()
        .map(({ target }) => target)
        .filter((target) => rows.some(({ email }) => email === target)),
    ).toEqual([people.owner.email]);
  });
});
