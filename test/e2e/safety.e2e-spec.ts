/**
 * Who may stop what, what a repeat does, what is remembered and told of it, and what everybody sees.
 */
import request from 'supertest';
import { ManualClock } from '../../src/platform/clock/manual-clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { makePerson, neverAskAgain, type Person } from '../factories/people.js';
import { eventually, RememberingChannel, startTestApplication, type TestApplication } from '../support/application.js';

interface Switch {
  id: number;
  scope: string;
  value: string;
  mode: string;
  active: boolean;
  set_by: string;
  set_by_id: number | null;
  expires_at: string | null;
  cleared_how: string | null;
}

interface Answer {
  ok: boolean;
  changed: boolean;
  code: string;
  switch: Switch;
  switches: Switch[];
  next_before_id: number | null;
  fields: { field: string }[];
}

let test: TestApplication;
let clock: ManualClock;
let channel: RememberingChannel;
let admin: Person;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  clock = new ManualClock(new Date());
  channel = new RememberingChannel();
  test = await startTestApplication({
    env: { TELEGRAM_ADMIN_CHAT_ID: '-100', ACCESS_TOKEN_SECONDS: '86400' },
    parts: { broadcastChannel: channel, platform: { clock, logger: Logger.silent() } },
  });
  admin = await makePerson(test.app, { role: 'admin' });
  await neverAskAgain(test.db, admin);
  ada = await makePerson(test.app);
  bob = await makePerson(test.app);
});

afterAll(() => test.close());

afterEach(async () => {
  await test.db.query(
    `UPDATE safety_switches SET cleared_at = now(), cleared_how = 'cleared' WHERE cleared_at IS NULL`,
  );
  await test.db.query(`UPDATE safety_epoch SET epoch = epoch + 1`);
  await test.db.query(`SELECT pg_notify('verzek_safety', '')`);
  await eventually(async () => (await status()).trading_allowed);
});

const http = () => request(test.app.getHttpServer());

async function send(who: Person, method: 'get' | 'post' | 'delete', path: string, body?: object, expected = 200) {
  const answer = await http()[method](`/api/safety/${path}`).set(who.auth).send(body);
  if (answer.status !== expected) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return answer.body as Answer;
}

const set = (who: Person, body: object, expected = 200) => send(who, 'post', 'switches', body, expected);
const kill = (body: object = {}) => send(admin, 'post', 'kill', { confirm: 'KILL', ...body });

async function status() {
  return (await http().get('/api/safety/status').expect(200)).body as Record<string, unknown> & {
    kill_switch: Record<string, unknown>;
    trading_pause: Record<string, unknown>;
  };
}

const accountOf = async (person: Person) =>
  (await test.db.first<{ id: number }>('SELECT id FROM accounts WHERE user_id = $1', [person.id]))?.id ?? 0;

describe('the kill switch', () => {
  it('wants its word, and stands until it is cleared with another one', async () => {
    await send(admin, 'post', 'kill', {}, 400);
    await send(admin, 'post', 'kill', { confirm: 'yes' }, 400);
    const first = await kill({ reason: 'Exchange is down' });
    expect(first).toMatchObject({
      changed: true,
      switch: { scope: 'platform', value: '', mode: 'reduce_only', active: true, set_by: 'staff' },
    });
    expect(await eventually(async () => (await status()).kill_switch.active)).toBe(true);
    expect(await status()).toMatchObject({
      status: 'halted',
      trading_allowed: false,
      kill_switch: { reason: 'Exchange is down', mode: 'reduce_only' },
      switches: { platform: 1 },
    });
    expect(await send(admin, 'post', 'resume', {}, 409)).toMatchObject({ code: 'KILL_SWITCH_ACTIVE' });
    expect(await send(admin, 'post', 'pause', {}, 409)).toMatchObject({ code: 'STRONGER_SWITCH' });
    const cleared = await send(admin, 'post', 'resume', { confirm: 'RESUME' });
    expect(cleared).toMatchObject({ changed: true, switch: { id: first.switch.id, active: false } });
    const nothing = { ok: true, status: 'operational', changed: false, switch: null };
    expect(await send(admin, 'post', 'resume', {})).toEqual(nothing);
  });

  it('set again changes nothing, a softer mode over a harder one neither; a harder one replaces it', async () => {
    const first = await kill({ mode: 'block_entries' });
    expect(await kill({ mode: 'block_entries' })).toMatchObject({ changed: false, switch: { id: first.switch.id } });
    const harder = await kill({ mode: 'flatten' });
    expect(harder).toMatchObject({ changed: true, switch: { mode: 'flatten' } });
    expect(await kill()).toMatchObject({ changed: false, switch: { id: harder.switch.id, mode: 'flatten' } });
    const history = await send(admin, 'get', 'switches?scope=platform&limit=2');
    expect(history.switches.map(({ id, active, cleared_how }) => [id, active, cleared_how])).toEqual([
      [harder.switch.id, true, null],
      [first.switch.id, false, 'replaced'],
    ]);
  });

  it('two administrators at once set one', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => kill()));
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.switch.id)).size).toBe(1);
  });

  it('is audited and told to administrators, once each', async () => {
    channel.sent.length = 0;
    const { switch: item } = await kill({ reason: 'a <b>reason</b>' });
    await send(admin, 'post', 'resume', { confirm: 'RESUME' });
    await eventually(() => channel.sent.length === 2);
    expect(channel.sent.map(({ target, message }) => [target, message.text.split('\n')[0]])).toEqual([
      ['-100', '⛔ Trading stopped: the whole platform'],
      ['-100', '✅ Trading resumed: the whole platform'],
    ]);
    expect(channel.sent[0]?.message.html).toContain('a &lt;b&gt;reason&lt;/b&gt;');
    const trail = await test.db.query<{ action: string; actor_id: number }>(
      `SELECT action, actor_id FROM audit_events WHERE subject = 'platform' AND (after ->> 'switch_id')::bigint = $1 ORDER BY id`,
      [item.id],
    );
    expect(trail).toEqual([
      { action: 'safety.switch.set', actor_id: admin.id },
      { action: 'safety.switch.clear', actor_id: admin.id },
    ]);
  });
});

describe('the pause', () => {
  it('ends by itself, to the moment, and is prolonged by another one', async () => {
    const { switch: item } = await send(admin, 'post', 'pause', { minutes: 30 });
    expect(item.expires_at).toBe(new Date(clock.now().getTime() + 1_800_000).toISOString());
    expect(await send(admin, 'post', 'pause', { minutes: 10 })).toMatchObject({ changed: false });
    expect(await send(admin, 'post', 'pause', { duration_minutes: 60 })).toMatchObject({
      changed: true,
      switch: { id: item.id, expires_at: new Date(clock.now().getTime() + 3_600_000).toISOString() },
    });
    await eventually(async () => (await status()).trading_pause.active);
    clock.advance(3_599_999);
    expect(await status()).toMatchObject({ trading_allowed: false, trading_pause: { active: true } });
    clock.advance(1);
    expect(await status()).toMatchObject({ trading_allowed: true, trading_pause: { active: false, until: null } });
    const noted = await eventually(async () => {
      const answer = await send(admin, 'get', `switches/${item.id}`);
      return answer.switch.active ? undefined : answer.switch;
    });
    expect(noted.cleared_how).toBe('expired');
  });

  it('lasts an hour unless said otherwise, and gives way to the kill switch', async () => {
    const { switch: item } = await send(admin, 'post', 'pause', {});
    expect(item.expires_at).toBe(new Date(clock.now().getTime() + 3_600_000).toISOString());
    expect(await kill()).toMatchObject({ changed: true, switch: { expires_at: null } });
    await send(admin, 'post', 'pause', { minutes: 0 }, 400);
  });
});

describe('contract 8: stops of the platform as older clients send them', () => {
  const reason = 'Exchange is down';
  const post = (path: string, body: object, expected = 200) => send(admin, 'post', path, body, expected);

  it.each(['killswitch', 'pause', 'resume', 'circuit-breaker'])('/%s is for administrators only', async (path) => {
    await http().post(`/api/safety/${path}`).send({ action: 'activate' }).expect(401);
    expect(await send(ada, 'post', path, { action: 'activate' }, 403)).toMatchObject({ ok: false });
  });

  it('/killswitch {action, reason?}', async () => {
    expect(await post('killswitch', { action: 'activate', reason })).toMatchObject({
      ok: true,
      status: 'halted',
      changed: true,
      switch: { scope: 'platform', mode: 'reduce_only', reason, active: true },
    });
    expect(await post('killswitch', { action: 'activate' })).toMatchObject({ status: 'halted', changed: false });
    expect((await status()).kill_switch).toMatchObject({ active: true, reason });
    expect(await post('killswitch', { action: 'deactivate', reason: 'it is back' })).toMatchObject({
      ok: true,
      status: 'operational',
      changed: true,
      switch: { active: false },
    });
    expect((await status()).kill_switch).toMatchObject({ active: false });
    const why = await test.db.first<{ after: object }>(
      `SELECT after FROM audit_events WHERE action = 'safety.switch.clear' ORDER BY id DESC LIMIT 1`,
    );
    expect(why?.after).toMatchObject({ reason, cleared_reason: 'it is back' });
    const nothing = { ok: true, status: 'operational', changed: false, switch: null };
    expect(await post('killswitch', { action: 'deactivate' })).toEqual(nothing);
    for (const body of [{}, { action: 'toggle' }, { action: 1 }]) {
      expect((await post('killswitch', body, 400)).fields).toMatchObject([{ field: 'action' }]);
    }
  });

  it('/pause {duration_minutes=60, reason?} and /resume', async () => {
    const paused = { ok: true, status: 'halted', changed: true };
    expect(await post('pause', { reason })).toMatchObject({
      ...paused,
      switch: { active: true, reason, expires_at: new Date(clock.now().getTime() + 3_600_000).toISOString() },
    });
    expect(await post('pause', { duration_minutes: 90 })).toMatchObject(paused);
    const untouched = await post('killswitch', { action: 'deactivate' });
    expect(untouched).toMatchObject({ status: 'halted', changed: false, switch: null });
    expect(await post('resume', {})).toMatchObject({ ok: true, status: 'operational', changed: true });
  });

  it('/circuit-breaker {action, reason?}', async () => {
    const breaker = { scope: 'platform', state: 'open', reason: 'MANUAL', until: null };
    const opened = await post('circuit-breaker', { action: 'activate', reason });
    expect(opened).toMatchObject({ ok: true, status: 'halted', changed: true, breaker });
    expect(await post('circuit-breaker', { action: 'activate' })).toMatchObject({ changed: false, breaker });
    expect((await status()).circuit_breaker).toMatchObject({ active: true, state: 'open', reason: 'MANUAL' });
    const closed = await post('circuit-breaker', { action: 'deactivate', reason: 'it is back' });
    expect(closed).toMatchObject({ status: 'operational', changed: true, breaker: { state: 'closed' } });
    expect(await post('circuit-breaker', { action: 'deactivate' })).toMatchObject({ changed: false });
    await post('circuit-breaker', { action: 'toggle' }, 400);
    const trail = await test.db.query(
      `SELECT action, actor_id, after FROM audit_events WHERE action LIKE 'safety.breaker.%' ORDER BY id`,
    );
    expect(trail).toEqual([
      { action: 'safety.breaker.open', actor_id: admin.id, after: { reason: 'MANUAL', until: null, words: reason } },
      {
        action: 'safety.breaker.closed',
        actor_id: admin.id,
        after: { reason: null, until: null, words: 'it is back' },
      },
    ]);
    const told = await test.db.query(
      `SELECT payload ->> 'state' AS state, payload ->> 'reason' AS reason FROM work_items
       WHERE queue = 'safety.event' AND key LIKE 'breaker:%' ORDER BY id`,
    );
    expect(told).toEqual([
      { state: 'open', reason: 'MANUAL: Exchange is down' },
      { state: 'closed', reason: 'it is back' },
    ]);
  });
});

describe('one’s own switches', () => {
  it('stop oneself or an own account, and nothing else', async () => {
    const mine = await set(ada, { scope: 'user', reason: 'on holiday' });
    expect(mine.switch).toMatchObject({ scope: 'user', value: String(ada.id), set_by: 'user', mode: 'block_entries' });
    const account = await set(ada, { scope: 'account', value: String(await accountOf(ada)) });
    expect(account.switch.active).toBe(true);
    for (const scope of ['platform', 'symbol', 'source']) {
      expect(await set(ada, { scope, value: 'BTCUSDT', confirm: 'KILL' }, 403)).toMatchObject({
        code: 'SCOPE_NOT_ALLOWED',
      });
    }
    expect(await set(ada, { scope: 'user', value: String(bob.id) }, 404)).toMatchObject({ code: 'SCOPE_NOT_FOUND' });
    await set(ada, { scope: 'account', value: String(await accountOf(bob)) }, 404);
    await set(ada, { scope: 'account', value: '999999' }, 404);
    expect((await send(ada, 'delete', `switches/${mine.switch.id}`)).changed).toBe(true);
    expect((await send(ada, 'delete', `switches/${mine.switch.id}`)).changed).toBe(false);
  });

  it('are nobody else’s: others find nothing, and see nothing in their list', async () => {
    const { switch: item } = await set(ada, { scope: 'user' });
    await send(bob, 'get', `switches/${item.id}`, undefined, 404);
    await send(bob, 'delete', `switches/${item.id}`, undefined, 404);
    expect((await send(bob, 'get', 'switches?active=true')).switches).toEqual([]);
    expect((await send(ada, 'get', 'switches?active=true')).switches.map(({ id }) => id)).toEqual([item.id]);
    expect((await send(admin, 'get', 'switches?active=true&scope=user')).switches[0]?.set_by_id).toBe(ada.id);
  });

  it('do not touch what staff have set: not cleared, not replaced, not softened', async () => {
    const { switch: item } = await set(admin, { scope: 'user', value: String(ada.id), mode: 'reduce_only' });
    const seen = await send(ada, 'get', `switches/${item.id}`);
    expect(seen.switch).toMatchObject({ set_by: 'staff', set_by_id: null });
    expect(await send(ada, 'delete', `switches/${item.id}`, undefined, 403)).toMatchObject({ code: 'SET_BY_STAFF' });
    for (const more of [{ mode: 'block_entries' }, { minutes: 1 }, { mode: 'flatten', confirm: 'KILL' }]) {
      expect(await set(ada, { scope: 'user', ...more }, 403)).toMatchObject({ code: 'SET_BY_STAFF' });
    }
    expect((await send(admin, 'delete', `switches/${item.id}`)).changed).toBe(true);
  });

  it('may close everything only with the word', async () => {
    const refused = await set(ada, { scope: 'user', mode: 'flatten' }, 400);
    expect(refused.fields[0]?.field).toBe('confirm');
    const done = await set(ada, { scope: 'user', mode: 'flatten', confirm: 'KILL' });
    const item = await eventually(async () => {
      const answer = (await http().get(`/api/safety/switches/${done.switch.id}`).set(ada.auth)).body as {
        switch: { flatten: { done_at: string | null } };
      };
      return answer.switch.flatten.done_at === null ? undefined : answer.switch;
    });
    expect(item.flatten).toMatchObject({ found: 0, closed: 0, left: 0 });
  });
});

describe('scopes of staff', () => {
  it('name a source by id or code, a symbol in any spelling', async () => {
    const source = await test.db.first<{ id: number }>(`SELECT id FROM sources WHERE code = 'house'`);
    expect((await set(admin, { scope: 'source', value: 'house' })).switch.value).toBe(String(source?.id));
    expect((await set(admin, { scope: 'source', value: String(source?.id) })).changed).toBe(false);
    expect((await set(admin, { scope: 'symbol', value: 'btc/usdt' })).switch.value).toBe('BTCUSDT');
  });

  it.each([
    [{ scope: 'symbol', value: 'not a symbol!' }, 'value'],
    [{ scope: 'symbol' }, 'value'],
    [{ scope: 'source', value: 'nobody' }, 'value'],
    [{ scope: 'platform', value: 'x', confirm: 'KILL' }, 'value'],
    [{ scope: 'platform' }, 'confirm'],
    [{ scope: 'galaxy' }, 'scope'],
    [{ scope: 'symbol', value: 'BTCUSDT', mode: 'panic' }, 'mode'],
    [{ scope: 'symbol', value: 'BTCUSDT', minutes: 99_999 }, 'minutes'],
  ])('%j is 400 and names the field', async (body, field) => {
    expect((await set(admin, body, 400)).fields[0]?.field).toBe(field);
  });

  it('pages its history by key', async () => {
    for (let count = 0; count < 5; count += 1) {
      const { switch: item } = await set(admin, { scope: 'symbol', value: `P${count}USDT` });
      await send(admin, 'delete', `switches/${item.id}`);
    }
    const first = await send(admin, 'get', 'switches?scope=symbol&active=false&limit=3');
    const next = await send(
      admin,
      'get',
      `switches?scope=symbol&active=false&limit=3&before_id=${first.next_before_id}`,
    );
    const values = [...first.switches, ...next.switches].slice(0, 5).map(({ value }) => value);
    expect(values).toEqual(['P4USDT', 'P3USDT', 'P2USDT', 'P1USDT', 'P0USDT']);
  });
});

it('the database lets nobody rewrite the history, or set two at once', async () => {
  const { switch: item } = await set(admin, { scope: 'symbol', value: 'HUSDT' });
  const again = `INSERT INTO safety_switches (scope, value, mode, set_at) VALUES ('symbol', 'HUSDT', 'flatten', now())`;
  await expect(test.db.query(again)).rejects.toThrow('uq_safety_switches_active');
  await send(admin, 'delete', `switches/${item.id}`);
  const revive = 'UPDATE safety_switches SET cleared_at = NULL WHERE id = $1';
  await expect(test.db.query(revive, [item.id])).rejects.toThrow('history');
});

it('users may change their minds twenty times a minute, staff as often as they need', async () => {
  const database = test.database;
  const limited = await startTestApplication({ database, env: { RATE_LIMIT_ENABLED: 'true', ROLE: 'api' } });
  try {
    const toggle = (who: Person, body: object) =>
      request(limited.app.getHttpServer()).post('/api/safety/switches').set(who.auth).send(body);
    for (let count = 0; count < 20; count += 1) await toggle(bob, { scope: 'user', minutes: 1 }).expect(200);
    await toggle(bob, { scope: 'user', minutes: 1 }).expect(429);
    for (let count = 0; count < 22; count += 1) {
      await toggle(admin, { scope: 'symbol', value: 'MANYUSDT' }).expect(200);
    }
  } finally {
    await limited.close();
  }
});
