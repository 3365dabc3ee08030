/**
 * Every write path may be tried again: the connection is cut at each of its commits in turn, before it is carried out and
 * after, the caller tries again until it is answered, and the effect is there once.
 * A new path is one entry in `PATHS`.
 */
import request from 'supertest';
import { WorkRunner } from '../../src/platform/work/work-runner.js';
import { makePerson, PASSWORD, type Person } from '../factories/people.js';
import { type CommitFault, TcpProxy } from '../servers/tcp-proxy.js';
import { eventually, startTestApplication, type TestApplication } from '../support/application.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { violationsAtQuiet } from '../support/invariants.js';
import { openDatabase, type OpenDatabase } from '../support/open-database.js';

/** Commits of a path at which it is cut; a path with fewer is cut at one of what it sets off. */
const DEEPEST = 2;
const CASES = (['before', 'after'] as const).flatMap((when) =>
  Array.from({ length: DEEPEST }, (_, index) => [when, index + 1] as const),
);

interface Path {
  /** Asks for it once; a repeat is the same request. */
  readonly ask: (name: string, given: Given) => request.Test;
  /** What must be there before. */
  readonly prepare?: (name: string) => Promise<Given>;
  /** How often the effect is there: 1 at the end. */
  readonly effect: (name: string, given: Given) => Promise<number>;
  /** Answers that a repeat may get once the first try took effect. */
  readonly done?: readonly number[];
}

interface Given {
  readonly signal: number;
  readonly position: number;
}

const NOTHING: Given = { signal: 0, position: 0 };
const LONG = { side: 'LONG', entry: 100, tp: [110, 120], sl: 92 };

let database: TestDatabase;
let proxy: TcpProxy;
let test: TestApplication;
let direct: OpenDatabase;
let admin: Person;
let ada: Person;
let names = 0;

const http = () => request(test.app.getHttpServer());
const count = async (sql: string, params: readonly unknown[]) =>
  (await direct.database.first<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`, params))?.n ?? 0;

/** The one number that all agree on; −1 when they do not. */
function same(...numbers: readonly number[]): number {
  return new Set(numbers).size === 1 ? (numbers[0] as number) : -1;
}

async function opened(name: string): Promise<Given> {
  const answer = await http()
    .post('/api/signals')
    .set(admin.auth)
    .send({ ...LONG, symbol: name })
    .expect(201);
  const { signal_id: signal } = answer.body as { signal_id: number };
  const row = await eventually(() =>
    direct.database.first<{ id: number }>(`SELECT id FROM positions WHERE signal_id = $1 AND status = 'OPEN'`, [
      signal,
    ]),
  );
  return { signal, position: row.id };
}

const PATHS: Readonly<Record<string, Path>> = {
  'register a person': {
    ask: (name) =>
      http()
        .post('/api/auth/register')
        .send({ email: `${name.toLowerCase()}@example.com`, password: PASSWORD, full_name: name }),
    effect: (name) =>
      count('users u JOIN user_settings ON user_id = u.id WHERE email = $1', [`${name.toLowerCase()}@example.com`]),
    done: [400, 409],
  },
  'post a signal, which opens positions': {
    ask: (name) =>
      http()
        .post('/api/signals')
        .set(admin.auth)
        .set('Idempotency-Key', name)
        .send({ ...LONG, symbol: name }),
    effect: async (name) => {
      await eventually(async () => (await count('positions WHERE symbol = $1', [name])) > 0);
      const audits = await count(`audit_events a JOIN signals s ON a.subject = 'signal:' || s.id WHERE s.symbol = $1`, [
        name,
      ]);
      const events = await count(
        `signal_events e JOIN signals s ON s.id = e.signal_id WHERE s.symbol = $1 AND type = 'POSTED'`,
        [name],
      );
      const fills = await count('fills f JOIN positions p ON p.id = f.position_id WHERE p.symbol = $1', [name]);
      return same(await count('signals WHERE symbol = $1', [name]), audits, events, fills);
    },
  },
  'report a target': {
    prepare: opened,
    ask: (_name, { signal }) =>
      http().post('/api/signals/target-reached').set(admin.auth).send({ signal_id: signal, target_index: 1 }),
    effect: async (_name, { signal, position }) => {
      const legs = () => count(`orders WHERE position_id = $1 AND leg = 'TP1'`, [position]);
      await eventually(async () => (await legs()) > 0);
      const events = await count(`signal_events WHERE signal_id = $1 AND type = 'TARGET'`, [signal]);
      return same(
        await legs(),
        events,
        await count(`trade_log WHERE position_id = $1 AND type = 'TP_HIT'`, [position]),
      );
    },
  },
  'report a stop': {
    prepare: opened,
    ask: (_name, { signal }) => http().post('/api/signals/stop-loss').set(admin.auth).send({ signal_id: signal }),
    effect: async (_name, { signal, position }) => {
      const isOver = () => count(`positions WHERE id = $1 AND status = 'STOPPED'`, [position]);
      await eventually(async () => (await isOver()) > 0);
      await eventually(async () => (await count(`signals WHERE id = $1 AND status = 'STOPPED'`, [signal])) > 0);
      return same(
        await count(`signal_events WHERE signal_id = $1 AND type = 'STOP'`, [signal]),
        await count(`fills WHERE position_id = $1 AND effect = 'EXIT'`, [position]),
      );
    },
    done: [409],
  },
  'cancel a signal': {
    prepare: opened,
    ask: (_name, { signal }) => http().post('/api/signals/cancel').set(admin.auth).send({ signal_id: signal }),
    effect: async (_name, { signal, position }) => {
      await eventually(async () => (await count(`signals WHERE id = $1 AND status = 'CANCELLED'`, [signal])) > 0);
      return same(
        await count(`signal_events WHERE signal_id = $1 AND type = 'CANCELLED'`, [signal]),
        await count(`fills WHERE position_id = $1 AND effect = 'EXIT'`, [position]),
      );
    },
    done: [409],
  },
  'close a part by hand': {
    prepare: opened,
    ask: (name, { position }) =>
      http()
        .post('/api/positions/close')
        .set(ada.auth)
        .set('Idempotency-Key', name)
        .send({ position_id: position, qty: '0.5' }),
    effect: async (_name, { position }) => {
      const fills = () => count(`fills WHERE position_id = $1 AND effect = 'EXIT'`, [position]);
      await eventually(async () => (await fills()) > 0);
      return fills();
    },
  },
  'close the whole by hand': {
    prepare: opened,
    ask: (_name, { position }) => http().post('/api/positions/close').set(ada.auth).send({ position_id: position }),
    effect: async (_name, { position }) => {
      const fills = () => count(`fills WHERE position_id = $1 AND effect = 'EXIT'`, [position]);
      await eventually(async () => (await fills()) > 0);
      return fills();
    },
    done: [400],
  },
};

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await TcpProxy.before(database.url);
  direct = await openDatabase(database.url);
  test = await startTestApplication({
    env: { SIGNAL_REPEAT_SECONDS: '0', WORKER_POLL_SECONDS: '3600' },
    database: { ...database, url: proxy.through(database.url) },
  });
  admin = await makePerson(test.app, { role: 'admin' });
  ada = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '50', leverage: 5 } });
});

afterAll(async () => {
  proxy.heal();
  await test.close();
  await direct.close();
  await proxy.close();
  await database.drop();
});

async function askUntilAnswered(path: Path, name: string, given: Given): Promise<void> {
  await eventually(async () => {
    const answer = await path.ask(name, given);
    const isDone = answer.status < 300 || (path.done ?? []).includes(answer.status);
    if (!isDone) throw new Error(`${answer.status} ${answer.text}`);
    return true;
  }, 15_000);
}

describe.each(Object.entries(PATHS))('%s', (_title, path) => {
  it.each(CASES)('has the effect of once when it is cut %s commit %d', async (when: CommitFault, nth) => {
    const name = `W${(names += 1)}USDT`;
    proxy.heal();
    const given = (await path.prepare?.(name)) ?? NOTHING;
    const cuts = proxy.cuts;
    proxy.cutAtCommit(nth, when);
    await askUntilAnswered(path, name, given);
    // Work that was interrupted is tried again at the latest when its pause is over.
    test.app.get(WorkRunner).sweep();
    expect(await path.effect(name, given)).toBe(1);
    await askUntilAnswered(path, name, given);
    expect(await path.effect(name, given)).toBe(1);
    expect(proxy.cuts - cuts).toBeLessThanOrEqual(1);
  });
});

describe('the books', () => {
  it('are right after all of it, and connections were cut', async () => {
    expect(proxy.cuts).toBeGreaterThan(Object.keys(PATHS).length * 2);
    expect(await violationsAtQuiet(direct.database, 25_000)).toEqual([]);
  }, 30_000);
});
