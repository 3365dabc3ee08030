/**
 * Made-up requests to every route as every kind of caller: no 5xx that is not documented, no answer outside the document,
 * nobody else's data, no secret. `npm test` sends a share, `npm run fuzz -- --minutes N [--seed S]` as many as there is time.
 */
import type { AddressInfo } from 'node:net';
import { makeDocument } from '../../src/documentation.js';
import { makePerson, neverAskAgain, type Person } from '../factories/people.js';
import { startTestApplication, TEST_SECRETS, type TestApplication } from '../support/application.js';
import { operationsOf } from '../support/documented-answers.js';
import { postSignal } from '../support/signals.js';
import { type FuzzRequest, RequestMaker } from './requests.js';

const MINUTES = Number(process.env.FUZZ_MINUTES ?? '0');
const SEED = Number(process.env.FUZZ_SEED ?? '1');
/** What `npm test` sends. */
const SHARE = 1_000;
const AT_ONCE = 4;
/** Beyond it a request counts as one that hangs. */
const PATIENCE_MS = 20_000;
const MOST_FAULTS = 20;

/** Stands in everything that is hers alone. */
const MARK = 'CANARYADA';

const ROLES = ['anonymous', 'ada', 'eve', 'provider', 'admin', 'service'] as const;
type Role = (typeof ROLES)[number];

/** Who may be shown what is Ada's. */
const MAY_SEE: readonly Role[] = ['ada', 'admin'];

let test: TestApplication;
let address: string;
let people: Record<Exclude<Role, 'anonymous' | 'service'>, Person>;
let maker: RequestMaker;

beforeAll(async () => {
  test = await startTestApplication({ env: { SIGNAL_REPEAT_SECONDS: '0' } });
  people = {
    ada: await makePerson(test.app, { autoTrade: true }),
    eve: await makePerson(test.app, { autoTrade: true }),
    provider: await makePerson(test.app, { role: 'provider' }),
    admin: await makePerson(test.app, { role: 'admin' }),
  };
  const { ada, admin } = people;
  await neverAskAgain(test.db, admin);
  await test.db.query(`UPDATE users SET full_name = $2, email = $3 WHERE id = $1`, [
    ada.id,
    `${MARK} Lovelace`,
    `${MARK.toLowerCase()}@example.com`,
  ]);
  await postSignal(test, admin, {
    symbol: 'BTCUSDT',
    side: 'LONG',
    entry: 70_000,
    tp: [71_000],
    sl: 69_000,
    leverage: 5,
  });
  await test.app.listen(0, '127.0.0.1');
  address = `http://127.0.0.1:${(test.app.getHttpServer().address() as AddressInfo).port}`;
  const ids = [...Object.values(people).map(({ id }) => id), 1, 2, 3, 999_999];
  const document = makeDocument(test.app);
  maker = new RequestMaker(document, operationsOf(document), ids);
});

afterAll(() => test.close());

function credentials(role: Role): Record<string, string> {
  if (role === 'anonymous') return {};
  if (role === 'service') return { 'x-internal-token': TEST_SECRETS.HOUSE_ENGINE_TOKEN };
  return people[role].auth;
}

/** What is wrong with the answer, if anything. */
async function fault(role: Role, request: FuzzRequest, abort: AbortSignal): Promise<string | undefined> {
  const { method, url, headers, body } = request;
  const answer = await fetch(address + url, {
    method,
    headers: { ...headers, ...credentials(role) },
    redirect: 'manual',
    signal: AbortSignal.any([abort, AbortSignal.timeout(PATIENCE_MS)]),
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  const seen = `${text}\n${JSON.stringify([...answer.headers])}`;
  if (answer.status === 500) return `500 ${text.slice(0, 300)}`;
  // What is documented of the others is checked by the application's own watch.
  if (!MAY_SEE.includes(role) && seen.toUpperCase().includes(MARK)) return 'shows what is Ada’s';
  const secret = Object.entries(TEST_SECRETS).find(([, value]) => seen.includes(value));
  return secret === undefined ? undefined : `shows ${secret[0]}`;
}

/** Whoever was signed out, disabled or unverified by a request is made good again, so that requests come past the door. */
async function restore(): Promise<void> {
  await test.db.query(
    'UPDATE users SET disabled_at = NULL, is_verified = true WHERE disabled_at IS NOT NULL OR NOT is_verified',
  );
  for (const role of ['ada', 'eve', 'provider', 'admin'] as const) {
    const { auth } = people[role];
    const { status } = await fetch(`${address}/api/auth/me`, { headers: auth });
    if (status === 200) continue;
    const isStaff = role === 'provider' || role === 'admin';
    people[role] = await makePerson(test.app, isStaff ? { role } : { autoTrade: true });
  }
}

it(
  'made-up requests of everybody to every route are answered as documented, with nobody else’s data',
  async () => {
    const ends = performance.now() + MINUTES * 60_000;
    const faults: string[] = [];
    let number = 0;
    const abort = new AbortController();
    const isOver = () =>
      abort.signal.aborted ||
      faults.length >= MOST_FAULTS ||
      (MINUTES === 0 ? number >= SHARE : performance.now() > ends);
    const send = async (): Promise<void> => {
      while (!isOver()) {
        const own = number;
        number += 1;
        const request = maker.make(SEED, own);
        // Each route is met by each role in turn.
        const role = ROLES[(own + Math.floor(own / 7)) % ROLES.length] as Role;
        const found = await fault(role, request, abort.signal).catch((error: unknown) => `no answer: ${String(error)}`);
        if (found !== undefined) {
          faults.push(
            `${SEED}:${own} ${role} ${request.method} ${request.url} ${request.body?.slice(0, 300) ?? ''} → ${found}`,
          );
        }
        if (own % 250 === 249) await restore();
      }
    };
    // Whoever throws stops the others: nothing is sent any more when the application is closed.
    const stopAll = (error: unknown) => {
      abort.abort();
      throw error;
    };
    const senders = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => send().catch(stopAll)));
    const thrown = senders.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (thrown !== undefined) throw thrown.reason;
    if (MINUTES > 0) process.stderr.write(`${number} requests, seed ${SEED}, ${faults.length} faults\n`);
    expect(faults).toEqual([]);
  },
  Math.max(120_000, (MINUTES + 1) * 60_000),
);
