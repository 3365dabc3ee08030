/**
 * Makes TypeORM data sources: the one place where connection settings, timeouts and entity lists meet.
 * Keeps: every timeout is explicit; sessions run in UTC; `synchronize` is never on; entities and migrations are given, not searched for.
 */
import { DataSource, type EntitySchema, type MixedList } from 'typeorm';
import type { Config } from '../../config/schema.js';
import { ProductNamingStrategy } from './naming-strategy.js';
import { installPgTypes } from './pg-types.js';

/**
 * Which pool a piece of work uses: requests never wait behind trading, nor trading behind requests, and whether all is
 * well can be asked while both are busy.
 */
export type Lane = 'http' | 'worker' | 'health';

/** A data source per lane; without one of its own, `health` uses the one of `http`. */
export type DataSources = Readonly<Record<'http' | 'worker', DataSource>> & { readonly health?: DataSource };

export interface DataSourceOptions {
  readonly url: string;
  readonly settings: Config['database'];
  readonly poolSize: number;
  readonly applicationName: string;
  readonly entities: MixedList<(new () => object) | EntitySchema>;
  readonly migrations?: (new () => object)[];
}

export function makeDataSource(options: DataSourceOptions): DataSource {
  installPgTypes();
  const { settings } = options;
  return new DataSource({
    type: 'postgres',
    url: inUtc(options.url),
    applicationName: options.applicationName,
    entities: options.entities as never,
    migrations: (options.migrations ?? []) as never,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    namingStrategy: new ProductNamingStrategy(),
    synchronize: false,
    logging: false,
    poolSize: options.poolSize,
    connectTimeoutMS: settings.DATABASE_CONNECT_TIMEOUT_MS,
    extra: {
      statement_timeout: settings.DATABASE_STATEMENT_TIMEOUT_MS,
      query_timeout: settings.DATABASE_STATEMENT_TIMEOUT_MS + 2_000,
      lock_timeout: settings.DATABASE_LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: settings.DATABASE_IDLE_TX_TIMEOUT_MS,
      keepAlive: true,
      options: UTC,
    },
  });
}

const UTC = '-c timezone=UTC';

/** What the address itself names as `options` comes before what is given beside it. */
function inUtc(url: string): string {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  const named = address?.searchParams.get('options') ?? null;
  if (address === undefined || named === null) return url;
  address.searchParams.set('options', `${named} ${UTC}`);
  return address.href;
}
