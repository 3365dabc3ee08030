/**
 * The ground other tests stand on: each file gets its own migrated clone, and a clone is gone after its drop.
 */
import pg from 'pg';
import { createTestDatabase } from '../support/database.js';
import { askOutside } from '../support/outsider.js';

describe('a test database', () => {
  it('is migrated, apart from others, and dropped even while connections are open', async () => {
    const first = await createTestDatabase();
    const second = await createTestDatabase();
    expect(await askOutside(first.url, 'SELECT name FROM migrations')).not.toHaveLength(0);
    await askOutside(first.url, 'CREATE TABLE only_here (id int)');
    await expect(askOutside(second.url, 'SELECT * FROM only_here')).rejects.toMatchObject({ code: '42P01' });

    const guest = new pg.Client({ connectionString: second.url });
    guest.on('error', () => undefined);
    await guest.connect();
    await Promise.all([first.drop(), second.drop()]);
    await expect(askOutside(first.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
    await guest.end().catch(() => undefined);
  });

  it('can be empty', async () => {
    const database = await createTestDatabase({ empty: true });
    expect(await askOutside(database.url, "SELECT * FROM pg_tables WHERE schemaname = 'public'")).toHaveLength(0);
    await database.drop();
  });
});
