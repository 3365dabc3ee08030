/** The proxy does to a connection what it says, and to no other. */
import pg from 'pg';
import { TcpProxy } from '../servers/tcp-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let proxy: TcpProxy;
let direct: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  direct = await connected(database.url);
  await direct.query('CREATE TABLE kept (id int PRIMARY KEY)');
});

beforeEach(async () => {
  proxy = await TcpProxy.before(database.url);
});

afterEach(() => proxy.close());

afterAll(async () => {
  await direct.end();
  await database.drop();
});

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, query_timeout: 500 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const isKept = async (id: number) => (await direct.query('SELECT 1 FROM kept WHERE id = $1', [id])).rowCount === 1;

async function insert(client: pg.Client, id: number): Promise<void> {
  await client.query('BEGIN');
  await client.query('INSERT INTO kept VALUES ($1)', [id]);
  await client.query('COMMIT');
}

describe('the proxy', () => {
  it('forwards, and counts commits', async () => {
    const client = await connected(proxy.through(database.url));
    await insert(client, 1);
    expect([await isKept(1), proxy.commits, proxy.connections]).toEqual([true, 1, 1]);
    await client.end();
  });

  it.each([
    ['after', true],
    ['before', false],
  ] as const)('cuts %s a commit, which is then kept: %p', async (when, kept) => {
    const [first, second] = [
      await connected(proxy.through(database.url)),
      await connected(proxy.through(database.url)),
    ];
    proxy.cutAtCommit(2, when);
    const id = when === 'after' ? 10 : 20;
    await insert(first, id);
    await expect(insert(second, id + 1)).rejects.toThrow(/terminated|ECONNRESET/);
    expect([await isKept(id), await isKept(id + 1), proxy.cuts]).toEqual([true, kept, 1]);
    await insert(first, id + 2);
    await first.end();
  });

  it('holds back, stands still and drops', async () => {
    const client = await connected(proxy.through(database.url));
    proxy.delay(60);
    const began = performance.now();
    await client.query('SELECT 1');
    expect(performance.now() - began).toBeGreaterThan(100);
    proxy.heal();
    proxy.halfOpen();
    await expect(client.query('SELECT 1')).rejects.toThrow('timeout');
    const other = await connected(proxy.through(database.url));
    await other.query('SELECT 1');
    proxy.drop();
    await expect(other.query('SELECT 1')).rejects.toThrow(/terminated|ECONNRESET|not queryable/);
    proxy.refuse();
    await expect(connected(proxy.through(database.url))).rejects.toThrow(/terminated|ECONNRESET/);
  });
});
