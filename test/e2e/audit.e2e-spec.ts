/**
 * The audit trail: what is sealed, what verification finds once somebody has been at the tables, and what administrators
 * may ask of it.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { AuditSealing } from '../../src/modules/admin/audit/audit-sealing.service.js';
import { AuditVerificationService } from '../../src/modules/admin/audit/audit-verification.service.js';
import { AuditChainRepository } from '../../src/platform/audit/audit-chain.repository.js';
import { AuditTrail } from '../../src/platform/audit/audit-trail.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { askOutside } from '../support/outsider.js';
import { eventually, startTestApplication, TEST_SECRETS, type TestApplication } from '../support/application.js';

const VERIFY = join(import.meta.dirname, '../../dist/src/cli/audit-verify.js');

const ROLLED_BACK = new Error('rolled back');

let test: TestApplication;
let admin: Person;
let ada: Person;

const http = () => request(test.app.getHttpServer());
const trail = () => test.app.get(AuditTrail);
const verify = (head?: { seq: number; hash: string }) => test.app.get(AuditVerificationService).verify(head);

const seal = () =>
  eventually(async () => {
    await test.app.get(AuditSealing).sealAll(20);
    return (await test.app.get(AuditChainRepository).waiting()) === 0;
  });

interface Found {
  readonly events: readonly {
    readonly id: number;
    readonly action: string;
    readonly address: string;
    readonly actor: object;
    readonly sealed: boolean;
    readonly request_id: string;
  }[];
  readonly next_before_id: number | null;
}

const search = async (query: string) =>
  (await http().get(`/api/admin/audit?${query}`).set(admin.auth).expect(200)).body as Found;

beforeAll(async () => {
  test = await startTestApplication();
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app);
  for (let count = 1; count <= 5; count += 1) {
    await trail().record({ actorKind: 'system', action: 'test.count', subject: `count:${count}`, after: { count } });
  }
  await seal();
});

afterAll(() => test.close());

describe('the chain', () => {
  it('holds every row, and says so', async () => {
    const { findings, events, seals, waiting, head } = await verify();
    expect({ findings, waiting }).toEqual({ findings: [], waiting: 0 });
    expect(seals).toBe(events);
    expect(await verify(head)).toMatchObject({ findings: [] });
    const { body } = await http().get('/api/admin/audit/chain').set(admin.auth).expect(200);
    expect(body).toMatchObject({ seals, waiting: 0, head: `${head?.seq}:${head?.hash}` });
  });

  it('neither forks nor misses a row when many write and seal at once, and some roll back', async () => {
    const act = async (count: number) => {
      const entry = { actorKind: 'system', action: 'test.race', subject: `race:${count}` } as const;
      const act = test.db.transaction(async () => {
        await trail().record(entry);
        await test.app.get(AuditSealing).sealAll(1);
        if (count % 5 === 0) throw ROLLED_BACK;
      });
      await act.catch((error: unknown) => {
        if (error !== ROLLED_BACK) throw error;
      });
    };
    await Promise.all(Array.from({ length: 40 }, (_, count) => act(count)));
    await seal();
    const { findings, seals, events } = await verify();
    expect({ findings, missing: events - seals }).toEqual({ findings: [], missing: 0 });
    expect((await search('action=test.race&limit=200')).events).toHaveLength(32);
  });

  const EVENT = `(SELECT min(id) FROM audit_events WHERE subject = 'count:3')`;
  const COPY = 'actor_kind, actor_id, action, subject, before, after, address, request_id, created_at';
  it.each([
    ['a changed row', `UPDATE audit_events SET after = '{"count": 4}' WHERE id = ${EVENT}`, /^event:\d+ .*changed/],
    ['a changed address', `UPDATE audit_events SET address = '10.0.0.1' WHERE id = ${EVENT}`, /^event:\d+ .*changed/],
    ['a removed row', `DELETE FROM audit_events WHERE id = ${EVENT}`, /^event:\d+ was removed/],
    [
      'a row removed with its seal',
      `DELETE FROM audit_seals WHERE event_id = ${EVENT}; DELETE FROM audit_events WHERE id = ${EVENT}`,
      /^seal:\d+ was removed/,
    ],
    [
      'a row removed from the end with its seal',
      `DELETE FROM audit_events WHERE id = (SELECT event_id FROM audit_seals ORDER BY seq DESC LIMIT 1);
       DELETE FROM audit_seals WHERE seq = (SELECT max(seq) FROM audit_seals)`,
      /^seal:\d+ was removed from the end/,
    ],
    [
      'a changed seal',
      `UPDATE audit_seals SET hash = sha256('x') WHERE event_id = ${EVENT}`,
      /^event:\d+ does not fit seal/,
    ],
    ['a changed end', `UPDATE audit_head SET hash = sha256('x')`, /^head was changed/],
    [
      'an inserted row without signature',
      `INSERT INTO audit_events (${COPY}) SELECT ${COPY} FROM audit_events WHERE id = ${EVENT}`,
      /^event:\d+ was inserted: it .*/,
    ],
    [
      'an inserted row with the signature of another',
      `INSERT INTO audit_events (${COPY}, mac) SELECT ${COPY}, mac FROM audit_events WHERE id = ${EVENT}`,
      /^event:\d+ was inserted: it .*/,
    ],
    [
      'a row that was kept from its seal',
      `DELETE FROM audit_unsealed`,
      /^event:\d+ was inserted: it neither has a seal/,
    ],
  ])('%s is found and named', async (_name, attack, expected) => {
    await expect(
      test.db.transaction(async () => {
        await trail().record({ actorKind: 'system', action: 'test.newest', subject: 'newest' });
        // What only a database's owner may: triggers and foreign keys are out of force.
        await test.db.query(`SET LOCAL session_replication_role = 'replica'`);
        for (const statement of attack.split(';')) await test.db.query(statement);
        const { findings } = await verify();
        expect(findings.map(({ subject, detail }) => `${subject} ${detail}`)).toEqual(
          expect.arrayContaining([expect.stringMatching(expected)]),
        );
        throw ROLLED_BACK;
      }),
    ).rejects.toBe(ROLLED_BACK);
    expect((await verify()).findings).toEqual([]);
  });

  it('a chain that was made anew does not hold an end that was noted', async () => {
    const { findings } = await verify({ seq: 3, hash: '0'.repeat(64) });
    expect(findings).toEqual([{ subject: 'chain', detail: expect.stringContaining('noted end') as string }]);
  });
});

describe('the role that serves', () => {
  const role = `runtime_${process.pid}`;
  const owner = (sql: string) => askOutside(test.database.url, sql);

  beforeAll(async () => {
    await owner(`CREATE ROLE ${role}`);
    const grants = readFileSync('deploy/runtime-role.sql', 'utf8')
      .replace(/--.*/g, '')
      .replaceAll('verzek_runtime', role);
    for (const statement of grants.split(';').filter((text) => text.trim() !== '')) await owner(statement);
  });

  afterAll(async () => {
    await owner(`DROP OWNED BY ${role}`);
    await owner(`DROP ROLE ${role}`);
  });

  const as = (work: () => Promise<unknown>) =>
    test.db.transaction(async () => {
      await test.db.query(`SET LOCAL ROLE ${role}`);
      await work();
      throw ROLLED_BACK;
    });

  it('audits and seals', async () => {
    const acts = async () => {
      await trail().record({ actorKind: 'system', action: 'test.role', subject: 'role' });
      expect(await test.app.get(AuditChainRepository).seal(10)).toBe(1);
      expect((await verify()).findings).toEqual([]);
    };
    await expect(as(acts)).rejects.toBe(ROLLED_BACK);
  });

  it.each([
    `UPDATE audit_events SET action = 'x'`,
    'DELETE FROM audit_events',
    'DELETE FROM audit_seals',
    'DELETE FROM audit_head',
    'DELETE FROM platform_secrets',
    'TRUNCATE audit_events CASCADE',
    'DELETE FROM signal_events',
    'UPDATE fills SET qty = 0',
    'ALTER TABLE audit_events DISABLE TRIGGER ALL',
    `SET session_replication_role = 'replica'`,
  ])('may not %s', async (statement) => {
    await expect(as(() => test.db.query(statement))).rejects.toMatchObject({ code: '42501' });
  });
});

describe('searching', () => {
  it('finds acts by actor, act, subject, address, request and time', async () => {
    const answer = await http().put(`/api/users/${ada.id}/risk`).set(ada.auth).send({ leverage: 7 }).expect(200);
    const requestId = String(answer.headers['x-request-id']);
    const [found] = (await search(`actor_id=${ada.id}&action=user.settings`)).events;
    expect(found).toMatchObject({ actor: { kind: 'user', id: ada.id }, request_id: requestId, address: '127.0.0.1' });
    expect((await search(`request_id=${requestId}`)).events).toEqual([found]);
    expect((await search(`subject=user:${ada.id}&action=user.`)).events).toEqual([found]);
    expect((await search(`address=203.0.113.7`)).events).toEqual([]);
    expect((await search(`actor_kind=system&action=test.count`)).events).toHaveLength(5);
    expect((await search(`action=test.count&to=2026-01-01T00:00:00Z`)).events).toEqual([]);
    expect((await search(`action=test.count&from=2000-01-01T00:00:00Z`)).events).toHaveLength(5);
  });

  it('answers page after page', async () => {
    const first = await search('action=test.count&limit=3');
    const second = await search(`action=test.count&limit=3&before_id=${first.next_before_id}`);
    expect([...first.events, ...second.events].map(({ id }) => id)).toEqual(
      (await search('action=test.count')).events.map(({ id }) => id),
    );
    expect(second.next_before_id).toBeNull();
  });

  it('refuses what is no condition', async () => {
    for (const query of ['action=auth%25', 'actor_kind=nobody', 'from=yesterday', 'before_id=0']) {
      await http().get(`/api/admin/audit?${query}`).set(admin.auth).expect(400);
    }
  });
});

it('who changes what others may do is asked again who it is', async () => {
  const path = `/api/admin/users/${ada.id}`;
  const acts = [
    () => http().put(`${path}/role`).send({ role: 'provider', password: PASSWORD }),
    () => http().post(`${path}/disable`).send({ password: PASSWORD }),
    () => http().post(`${path}/enable`).send({ password: PASSWORD }),
  ];
  for (const act of acts) {
    await test.db.query('UPDATE sessions SET authenticated_at = created_at - $2::interval WHERE user_id = $1', [
      admin.id,
      '1 h',
    ]);
    const refused = await act().set(admin.auth).send({ password: undefined }).expect(403);
    expect(refused.body).toMatchObject({ code: 'STEP_UP_REQUIRED', password_required: true });
    await act().set(admin.auth).expect(200);
  }
});

describe('what is audited', () => {
  let bob: Person;

  beforeAll(async () => {
    bob = await makePerson(test.app);
  });

  const actsOf = async (person: Person, action: string) =>
    (await search(`subject=user:${person.id}&action=${action}`)).events as unknown as {
      before: object;
      after: object;
      address: string;
    }[];

  it('signing out, asking for a reset, setting up a second factor, and a wrong password while signed in', async () => {
    const eve = await makePerson(test.app);
    await http().post('/api/auth/2fa/enroll').set(eve.auth).send({ password: PASSWORD }).expect(200);
    await http().post('/api/auth/step-up').set(eve.auth).send({ password: 'wrong' }).expect(403);
    await http().post('/api/auth/forgot-password').send({ email: eve.email }).expect(200);
    await http().post('/api/auth/logout').set(eve.auth).expect(200);
    for (const action of ['two_factor_enrol', 'step_up_failed', 'mail_password_reset', 'logout']) {
      const [found] = await eventually(async () => {
        const acts = await actsOf(eve, `auth.${action}`);
        return acts.length > 0 ? acts : undefined;
      });
      expect([action, found?.address]).toEqual([action, '127.0.0.1']);
    }
  });

  it('switches with what they were before, and of a name only that it changed', async () => {
    const body = { full_name: 'Grace Hopper', auto_trade_enabled: true };
    await http().put(`/api/users/${bob.id}/general`).set(bob.auth).send(body).expect(200);
    const [found] = await actsOf(bob, 'user.profile');
    expect(found).toMatchObject({
      before: { auto_trade_enabled: false },
      after: { auto_trade_enabled: true, fields: ['full_name'] },
    });
    expect(JSON.stringify(found)).not.toContain('Grace');
  });

  it('what administrators change where the route itself audits nothing, and what they export', async () => {
    const retried = await http().post('/api/admin/broadcasts/deliveries/retry').set(admin.auth).send({}).expect(200);
    const exported = await http().get('/api/admin/payments/all.csv?plan_type=vip&limit=7').set(admin.auth).expect(200);
    const [role] = [
      await http().put(`/api/admin/users/${bob.id}/role`).set(admin.auth).send({ role: 'provider' }).expect(200),
    ];
    const acts = await Promise.all(
      [retried, exported, role].map(({ headers }) => search(`request_id=${String(headers['x-request-id'])}`)),
    );
    expect(acts.map(({ events }) => events.map(({ action }) => action))).toEqual([
      ['admin.call'],
      ['admin.export'],
      ['user.role'],
    ]);
    expect(acts[1]?.events[0]).toMatchObject({
      subject: 'GET /api/admin/payments/all.csv',
      after: { query: { plan_type: 'vip', limit: '7' } },
    });
  });

  it('as a table for a spreadsheet too, with the terms of the search', async () => {
    const terms = { subject: `user:${bob.id}`, action: 'user.' };
    const { text, headers } = await http().get('/api/admin/audit/events.csv').query(terms).set(admin.auth).expect(200);
    expect(headers['content-disposition']).toBe('attachment; filename="audit.csv"');
    const { events } = await search(new URLSearchParams({ ...terms, limit: '200' }).toString());
    const lines = text.split('\r\n');
    expect(lines[0]).toBe('id,at,actor_kind,actor_id,action,subject,before,after,address,request_id,sealed');
    expect(lines.slice(1, -1).map((line) => line.split(',')[4])).toEqual(events.map(({ action }) => action));
    const [exported] = (await search('action=admin.export&limit=1')).events;
    expect(exported).toMatchObject({ after: { query: terms } });
  });
});

it('npm run audit:verify names what is wrong and ends with 1, with 0 otherwise', async () => {
  const run = () =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, NODE_ENV: 'test', DATABASE_URL: test.database.url, ...TEST_SECRETS };
      execFile(process.execPath, [VERIFY], { cwd: tmpdir(), env }, (error, output, errors) =>
        resolve({ code: Number(error?.code ?? 0), output: output + errors }),
      );
    });
  await seal();
  expect(await run()).toEqual({
    code: 0,
    output: expect.stringMatching(
      /, 0 findings\nsigned since 20[-\dT:.]+Z; 0 events without a signature\nhead \d+:[0-9a-f]{64}\n$/,
    ) as string,
  });
  const [row] = await askOutside<{ id: string }>(
    test.database.url,
    `SELECT id FROM audit_events WHERE subject = 'count:2'`,
  );
  await askOutside(
    test.database.url,
    `SET session_replication_role = 'replica'; UPDATE audit_events SET actor_id = 1 WHERE id = ${row?.id}`,
  );
  const { code, output } = await run();
  expect(code).toBe(1);
  expect(output).toContain(`WRONG  event:${row?.id} was changed`);
});
