/**
 * SIGKILL at named places: after each restart the story goes on, and ends as it does undisturbed. `npm test` tries a
 * share of the places, `npm run kill-matrix -- --seeds 20` all of them, with seeds that choose their order and the pass
 * at which each strikes.
 */
import { CROSSING_QUEUE } from '../../../src/modules/trading/triggers/crossings.repository.js';
import { makeFollowers, makePerson, neverAskAgain } from '../../factories/people.js';
import { Market } from '../../servers/market.js';
import { startTestApplication, type TestApplication } from '../../support/application.js';
import { violationsAtQuiet } from '../../support/invariants.js';
import { Processes } from '../../support/processes.js';
import { type Stage, Story, STORY_VENUE } from '../support/story.js';
import { KillChain, NOTED, SHARE, strikesOf } from './matrix.js';

/** Undefined in `npm test`, which tries a share of the places. */
const GIVEN = process.env.KILL_MATRIX_SEEDS;
const SEEDS = Number(GIVEN ?? '1');
const FIRST = Number(process.env.KILL_MATRIX_FIRST ?? '1');
const PAGES = 3;
const PAGE_SIZE = 10;
/** Stories after which a place that never struck is a failure. */
const MOST_STORIES = 40;

let test: TestApplication;
let market: Market;
let processes: Processes;
let stage: Stage;
let chain: KillChain | undefined;
let undisturbed: unknown[];
let told: unknown[];

/** Each seed has a database of its own: what is checked at the end grows with what was traded. */
beforeEach(async () => {
  market = await Market.open();
  test = await startTestApplication({ env: { ROLE: 'api', SIGNAL_REPEAT_SECONDS: '0', ...market.settings } });
  const followers = PAGES * PAGE_SIZE - 3;
  await makeFollowers(test.db, followers - 1);
  const admin = await makePerson(test.app, { role: 'admin' });
  // A run lasts longer than five minutes, after which a kill switch would ask who throws it.
  await neverAskAgain(test.db, admin);
  const person = await makePerson(test.app, { autoTrade: true, settings: { per_trade_usdt: '5', leverage: 10 } });
  processes = new Processes({
    ...market.settings,
    ...STORY_VENUE,
    DATABASE_URL: test.database.url,
    FANOUT_PAGE_SIZE: String(PAGE_SIZE),
    // A worker that dies again and again may be slow to find a price; how it enters must not depend on that.
    PRICE_QUOTE_WAIT_MS: '20000',
    BROADCAST_GROUPS_SIGNALS: 'VIP,TRIAL',
    TELEGRAM_PER_GROUP_PER_MINUTE: '10000',
  });
  stage = { test, market, admin, person, followers, api: async () => chain?.api().catch(() => undefined) };
  const calm = processes.start('worker');
  const story = new Story(stage, 'CALMUSDT');
  await story.tell();
  expect(await violationsAtQuiet(test.db)).toEqual([]);
  undisturbed = await story.outcome();
  told = await story.told();
  await processes.kill(calm);
}, 90_000);

/** Also after a failure: the next seed has workers of its own. */
afterEach(async () => {
  chain?.stop();
  chain = undefined;
  await processes.close();
  await test.close();
  await market.close();
});

describe('the kill matrix', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))(
    'seed %d: a process that dies at any place loses and doubles nothing',
    async (seed) => {
      try {
        await matrix(seed);
      } catch (error) {
        // Jest tells at the end of the file: an hour later, with twenty seeds.
        if (SEEDS > 1) process.stderr.write(`seed ${seed} failed: ${String(error)}\n`);
        throw error;
      }
    },
    600_000,
  );
});

/** Without a note the market would be left where it is, and the next worker would see what this one lost. */
async function expectNote(): Promise<void> {
  const sql = `SELECT count(*) AS n FROM work_items WHERE queue = $1 AND state = 'open'`;
  const row = await test.db.first<{ n: number }>(sql, [CROSSING_QUEUE]);
  if (row?.n === 0) chain?.failures.push('a process died after a crossing was noted, and there is no note');
}

async function matrix(seed: number): Promise<void> {
  const began = performance.now();
  let story: Story | undefined;
  const stories: Story[] = [];
  const strikes = strikesOf(seed).filter(({ point }) => GIVEN !== undefined || SHARE.has(point));
  const deaths = new KillChain(test, processes, strikes, async (point) => {
    if (point === 'crossing:noted') await expectNote();
    if (NOTED.has(point)) await story?.calm();
  });
  chain = deaths;
  for (let round = 1; !deaths.isDone; round += 1) {
    if (round > MOST_STORIES) throw new Error(`never struck: ${deaths.left.join(', ')}`);
    await test.db.query('DELETE FROM rate_limits');
    story = new Story(stage, `K${seed}N${round}USDT`);
    stories.push(story);
    await story.tell();
    expect(await story.outcome()).toEqual(undisturbed);
  }
  if (GIVEN !== undefined) {
    // One more story by a worker that lives, then everything must be quiet and right.
    story = new Story(stage, `K${seed}ENDUSDT`);
    await story.tell();
    expect(await story.outcome()).toEqual(undisturbed);
  }
  deaths.stop();
  expect(deaths.failures).toEqual([]);
  expect(deaths.struck.map(({ point }) => point).sort()).toEqual(strikes.map(({ point }) => point).sort());
  expect(await violationsAtQuiet(test.db, 60_000)).toEqual([]);
  for (const each of stories) expect(await each.told()).toEqual(told);
  const seconds = (performance.now() - began) / 1_000;
  if (SEEDS > 1) process.stderr.write(`seed ${seed}: ${deaths.struck.length} deaths, ${seconds.toFixed(1)} s\n`);
}
