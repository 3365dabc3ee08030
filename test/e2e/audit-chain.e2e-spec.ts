/**
 * The chain over the audit trail against whoever has the database alone: rows slipped in, an end put back, a key taken away.
 * Every attack is undone with its transaction.
 */
import { ConfigError } from '../../src/config/load-config.js';
import { AuditSealing } from '../../src/modules/admin/audit/audit-sealing.service.js';
import { AuditVerificationService } from '../../src/modules/admin/audit/audit-verification.service.js';
import { AuditChainRepository } from '../../src/platform/audit/audit-chain.repository.js';
import { AuditChainState } from '../../src/platform/audit/audit-chain-state.repository.js';
import { AuditKey } from '../../src/platform/audit/audit-key.js';
import { AuditTrail } from '../../src/platform/audit/audit-trail.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { PlatformSecrets } from '../../src/platform/crypto/platform-secrets.repository.js';
import { Randomness } from '../../src/platform/ids/randomness.js';
import type { Logger } from '../../src/platform/logging/logger.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';

const ROLLED_BACK = new Error('rolled back');

const EVENT = `(SELECT min(id) FROM audit_events WHERE subject = 'count:3')`;
const COPY = 'actor_kind, actor_id, action, subject, before, after, address, request_id, created_at';

let test: TestApplication;

const trail = () => test.app.get(AuditTrail);
const verify = () => test.app.get(AuditVerificationService).verify();

beforeAll(async () => {
  test = await startTestApplication();
  for (let count = 1; count <= 5; count += 1) {
    await trail().record({ actorKind: 'system', action: 'test.count', subject: `count:${count}`, after: { count } });
  }
  await eventually(async () => {
    await test.app.get(AuditSealing).sealAll(20);
    return (await test.app.get(AuditChainRepository).waiting()) === 0;
  });
});

afterAll(() => test.close());

describe('rows', () => {
  const undone = (work: () => Promise<void>) =>
    expect(
      test.db.transaction(async () => {
        await work();
        throw ROLLED_BACK;
      }),
    ).rejects.toBe(ROLLED_BACK);
  const found = async () => (await verify()).findings.map(({ subject, detail }) => `${subject} ${detail}`);
  /** What only a database's owner may: triggers and foreign keys are out of force. */
  const asOwner = async (...statements: string[]) => {
    await test.db.query(`SET LOCAL session_replication_role = 'replica'`);
    for (const statement of statements) await test.db.query(statement);
    await test.db.query(`SET LOCAL session_replication_role = 'origin'`);
  };

  it('a copy of a row is found after it was sealed too, with its original', () =>
    undone(async () => {
      await test.db.query(
        `INSERT INTO audit_events (${COPY}, mac) SELECT ${COPY}, mac FROM audit_events WHERE id = ${EVENT}`,
      );
      expect(await test.app.get(AuditChainRepository).seal(10)).toBe(1);
      expect(await found()).toEqual([
        expect.stringMatching(/^event:\d+ was inserted: it is a copy of another row, event:\d+ \(test\.count/),
      ]);
      const chain = test.app.get(AuditChainRepository);
      const slices = await Promise.all([0, 1, 2].map((slice) => chain.copies(slice, 3)));
      expect(slices.flat()).toHaveLength(1);
    }));

  it('a row without a signature is not sealed behind signed ones, holds up no other, and is found where it was', () =>
    undone(async () => {
      const chain = test.app.get(AuditChainRepository);
      // Rows up to the boundary may be without signature: as if there had been some before the key, and a gap between.
      const early = `INSERT INTO audit_events (id, ${COPY}) OVERRIDING SYSTEM VALUE
        SELECT 0, ${COPY} FROM audit_events WHERE id = ${EVENT}`;
      await test.db.query(early);
      await trail().record({ actorKind: 'system', action: 'test.newest', subject: 'newest' });
      expect(await chain.seal(1)).toBe(1);
      expect(await chain.waiting()).toBe(1);
      expect(await chain.refused()).toEqual({ count: 1, first: 0 });
      await test.app.get(AuditSealing).sealAll(1);
      expect(await chain.refused()).toEqual({ count: 1, first: 0 });
      // Nor is it where the last sealed row was taken away.
      const last = '(SELECT event_id FROM audit_seals ORDER BY seq DESC LIMIT 1)';
      const kept = `CREATE TEMP TABLE cut ON COMMIT DROP AS SELECT * FROM audit_events WHERE id = ${last}`;
      await asOwner(kept, `DELETE FROM audit_events WHERE id = ${last}`);
      expect(await chain.seal(10)).toBe(0);
      await test.db.query('INSERT INTO audit_events OVERRIDING SYSTEM VALUE SELECT * FROM cut');
      await test.db.query(`DELETE FROM audit_unsealed WHERE event_id = ${last}`);
      // Sealed all the same, as a version before did.
      await test.db.query(
        `INSERT INTO audit_seals (seq, event_id, hash) SELECT max(seq) + 1, 0, sha256('x') FROM audit_seals`,
      );
      expect(await found()).toContainEqual(
        expect.stringMatching(/^event:0 was inserted: it has no signature and stands behind signed rows, at seal \d+/),
      );
    }));

  it('an end that was put back, and rows that nothing seals, are found', () =>
    undone(async () => {
      const [old] = await test.db.query<{ seq: number; hash: Buffer; mac: Buffer }>('SELECT * FROM audit_head');
      await trail().record({ actorKind: 'system', action: 'test.newest', subject: 'newest' });
      await test.app.get(AuditSealing).sealAll(1);
      await asOwner('DELETE FROM audit_head');
      await test.db.query('INSERT INTO audit_head (id, seq, hash, mac, sealed_at) VALUES (1, $1, $2, $3, now())', [
        old?.seq,
        old?.hash,
        old?.mac,
      ]);
      expect(await found()).toEqual([`head was put back to ${old?.seq}: the chain goes on to ${Number(old?.seq) + 1}`]);
      await asOwner(
        `UPDATE audit_events SET created_at = now() - interval '2 min'`,
        'INSERT INTO audit_unsealed SELECT max(event_id) FROM audit_seals',
        'DELETE FROM audit_seals WHERE seq = (SELECT max(seq) FROM audit_seals)',
      );
      const key = test.app.get(AuditKey);
      const later = { key: key.key, unsignedUpTo: key.unsignedUpTo, madeAt: new Date(0) } as AuditKey;
      const service = new AuditVerificationService(test.app.get(AuditChainRepository), later, test.app.get(Clock));
      expect((await service.verify()).findings).toContainEqual({
        subject: expect.stringMatching(/^event:\d+$/) as string,
        detail: 'has waited for its seal for more than a minute, 1 rows in all: nothing seals them',
      });
    }));
});

describe('an end that was put back', () => {
  const putBack = async (check: () => Promise<void>) =>
    expect(
      test.db.transaction(async () => {
        const [old] = await test.db.query<{ seq: number; hash: Buffer; mac: Buffer }>('SELECT * FROM audit_head');
        for (const subject of ['one', 'two']) {
          await trail().record({ actorKind: 'system', action: 'test.newest', subject });
          await test.app.get(AuditSealing).sealAll(1);
        }
        await test.db.query(`SET LOCAL session_replication_role = 'replica'`);
        await test.db.query('UPDATE audit_head SET seq = $1, hash = $2, mac = $3', [old?.seq, old?.hash, old?.mac]);
        await check();
        throw ROLLED_BACK;
      }),
    ).rejects.toBe(ROLLED_BACK);

  it.each(['SELECT 1', 'DELETE FROM audit_head'])('is moved on to the last seal, which is audited (%s)', (statement) =>
    putBack(async () => {
      await test.db.query(statement);
      await test.db.query(`SET LOCAL session_replication_role = 'origin'`);
      await test.app.get(AuditSealing).sealAll(1);
      const { findings, waiting } = await verify();
      expect({ findings, waiting }).toEqual({ findings: [], waiting: 0 });
      expect(await test.db.query(`SELECT 1 FROM audit_events WHERE action = 'audit.end_restored'`)).toHaveLength(1);
    }),
  );

  it('stays where a seal behind it is not the product’s own', () =>
    putBack(async () => {
      await test.db.query(
        `UPDATE audit_seals SET hash = sha256('x') WHERE seq = (SELECT max(seq) - 1 FROM audit_seals)`,
      );
      await expect(test.app.get(AuditSealing).sealAll(1)).rejects.toThrow(/seal \d+ of the audit trail does not fit/);
    }));
});

describe('the key of the trail', () => {
  const lines: string[] = [];
  const logger = {
    error: (message: string) => lines.push(`error ${message}`),
    warn: (message: string) => lines.push(`warn ${message}`),
  } as unknown as Logger;

  /** A process that starts on what `statements` leave; all of it is undone. */
  const starting = (statements: readonly string[], isNewKeyAllowed: boolean, check: (key: AuditKey) => Promise<void>) =>
    expect(
      test.db.transaction(async () => {
        lines.length = 0;
        await test.db.query(`SET LOCAL session_replication_role = 'replica'`);
        for (const statement of statements) await test.db.query(statement);
        await test.db.query(`SET LOCAL session_replication_role = 'origin'`);
        const parts = {
          secrets: test.app.get(PlatformSecrets),
          state: test.app.get(AuditChainState),
          database: test.db,
          clock: test.app.get(Clock),
          randomness: test.app.get(Randomness),
          logger,
        };
        await check(new AuditKey(parts, { audit: { AUDIT_NEW_KEY: isNewKeyAllowed } }));
        throw ROLLED_BACK;
      }),
    ).rejects.toBe(ROLLED_BACK);

  const KEY = `DELETE FROM platform_secrets WHERE name = 'audit-trail'`;
  const [SEALS, HEAD, SIGNATURES] = [
    'DELETE FROM audit_seals',
    'DELETE FROM audit_head',
    'UPDATE audit_events SET mac = NULL',
  ];

  it.each([
    ['all is left', [KEY]],
    ['seals and end are emptied', [KEY, SEALS, HEAD]],
    ['only an end is left', [KEY, SEALS, SIGNATURES]],
    ['only seals are left', [KEY, HEAD, SIGNATURES]],
  ])('is not made anew where %s: the process does not start', (_name, statements) =>
    starting(statements, false, async (key) => {
      await expect(key.onModuleInit()).rejects.toThrow(/the key of the audit trail is gone from platform_secrets/);
      await expect(key.onModuleInit()).rejects.toThrow(ConfigError);
      expect(await test.db.query(`SELECT 1 FROM platform_secrets WHERE name = 'audit-trail'`)).toEqual([]);
    }),
  );

  it('is made anew where the operator says so, which is audited and told', () =>
    starting([KEY, SEALS, HEAD], true, async (key) => {
      await key.onModuleInit();
      expect(lines).toEqual([expect.stringMatching(/^error the key of the audit trail was gone: a new one/)]);
      const row = await test.db.first<{ id: number; after: object; mac: Buffer }>(
        `SELECT id, after, mac FROM audit_events WHERE action = 'audit.new_key'`,
      );
      expect(row).toMatchObject({ after: { rows_up_to: key.unsignedUpTo } });
      const service = new AuditVerificationService(
        new AuditChainRepository(test.db, key, test.app.get(Clock)),
        key,
        test.app.get(Clock),
      );
      const { findings, keySince } = await service.verify();
      expect(keySince).toEqual(key.madeAt);
      expect(findings.map(({ subject }) => subject)).not.toContain(`event:${row?.id}`);
      expect(findings.length).toBeGreaterThan(0);
      await key.onModuleInit();
      expect(lines.at(-1)).toMatch(/^warn AUDIT_NEW_KEY is set, but/);
    }));

  it('is made by itself on an empty trail, and on one from before the chain, whose rows are counted', async () => {
    await starting([KEY, SEALS, HEAD, 'DELETE FROM audit_unsealed', 'DELETE FROM audit_events'], false, async (key) => {
      await key.onModuleInit();
      expect([key.unsignedUpTo, lines]).toEqual([0, []]);
    });
    await starting([KEY, SEALS, HEAD, SIGNATURES], false, async (key) => {
      await key.onModuleInit();
      expect(lines).toEqual([expect.stringMatching(/^warn .*the rows before are not signed/)]);
      const clock = test.app.get(Clock);
      const service = new AuditVerificationService(new AuditChainRepository(test.db, key, clock), key, clock);
      const { unsigned, events } = await service.verify();
      expect(unsigned).toBe(events);
    });
  });
});
