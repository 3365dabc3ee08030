/** Sessions of the database run in UTC, whatever the database, the server or the address says. */
import { loadConfig } from '../../src/config/load-config.js';
import { makeDataSource } from '../../src/platform/database/data-source.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { askOutside } from '../support/outsider.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  const name = new URL(database.url).pathname.slice(1);
  await askOutside(database.url, `ALTER DATABASE "${name}" SET timezone = 'Asia/Tokyo'`);
});

afterAll(() => database.drop());

it.each([[''], ['?options=-c%20timezone%3DAsia%2FTokyo%20-c%20synchronous_commit%3Doff']])(
  'in UTC with %j behind the address',
  async (query) => {
    expect(await askOutside(database.url, 'SHOW timezone')).toEqual([{ TimeZone: 'Asia/Tokyo' }]);
    const settings = loadConfig({}).database;
    const source = makeDataSource({
      url: `${database.url}${query}`,
      settings,
      poolSize: 1,
      applicationName: 'data-source-spec',
      entities: [],
    });
    await source.initialize();
    const [session] = await source.query<unknown[]>(
      `SELECT current_setting('timezone') AS zone, current_setting('synchronous_commit') AS synchronous_commit,
       date_trunc('day', timestamptz '2026-01-01 20:00Z')::date::text AS day`,
    );
    expect(session).toMatchObject({ zone: 'UTC', day: '2026-01-01' });
    if (query !== '') expect(session).toMatchObject({ synchronous_commit: 'off' });
    await source.destroy();
  },
);
