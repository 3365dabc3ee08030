/** The server fits the machine, and only a throwaway one gives up durability. */
import { durableSettings, throwawaySettings } from './server-settings.js';

const GIB = 1024 ** 3;

describe('durableSettings', () => {
  it('takes 1 GB of buffers and 8 GB of WAL where there is room', () => {
    expect(durableSettings({ memory: 24 * GIB, freeDisk: 200 * GIB })).toMatchObject({
      shared_buffers: '1024MB',
      max_wal_size: '8192MB',
      random_page_cost: '1.1',
    });
  });

  it('stays small on a small machine', () => {
    const settings = durableSettings({ memory: GIB, freeDisk: 4 * GIB });
    expect(settings).toMatchObject({ shared_buffers: '128MB', max_wal_size: '409MB', effective_cache_size: '512MB' });
    expect(durableSettings({ memory: 0, freeDisk: 0 })).toMatchObject({
      shared_buffers: '64MB',
      max_wal_size: '256MB',
    });
  });

  it('never gives up durability', () => {
    const settings = durableSettings({ memory: GIB, freeDisk: GIB });
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) expect(settings).not.toHaveProperty(name);
  });
});

describe('throwawaySettings', () => {
  it('flushes nothing', () => {
    expect(throwawaySettings({ memory: 24 * GIB, freeDisk: 200 * GIB })).toMatchObject({
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
    });
  });
});
