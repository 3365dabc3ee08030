/**
 * The months of `candles`: made before they are written to, dropped whole when they are too old.
 * Keeps: one process at a time; a month that is there is not touched, so that asking again costs one look.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/database.js';

const MONTH = /^candles_p(\d{4})(\d\d)$/;

@Injectable()
export class CandlePartitions {
  /** Those that this process knows to be there. */
  #known = new Set<string>();

  constructor(private readonly database: Database) {}

  /** Makes the months from that of `from` to that of `to`. */
  async ensure(from: Date, to: Date): Promise<void> {
    const missing = monthsBetween(from, to).filter((month) => !this.#known.has(nameOf(month)));
    if (missing.length === 0) return;
    const there = new Set(await this.#names());
    for (const month of missing.filter((one) => !there.has(nameOf(one)))) await this.#make(month);
    this.#known = new Set(await this.#names());
  }

  /** Drops the months that ended before `before`; answers how many. */
  async drop(before: Date): Promise<number> {
    const old = (await this.#names()).filter((name) => endOf(name) <= before.getTime());
    this.#known.clear();
    for (const name of old) await this.database.execute(`DROP TABLE IF EXISTS "${name}"`);
    await this.database.execute('DELETE FROM candle_corrections WHERE corrected_at < $1', [before]);
    return old.length;
  }

  async #make(month: Date): Promise<void> {
    const bound = (date: Date) => `'${date.toISOString()}'`;
    await this.database.transaction(async () => {
      await this.database.query(`SELECT pg_advisory_xact_lock(hashtextextended('candle_partitions', 0))`);
      await this.database.execute(
        `CREATE TABLE IF NOT EXISTS "${nameOf(month)}" PARTITION OF candles
         FOR VALUES FROM (${bound(month)}) TO (${bound(nextMonth(month))})`,
      );
    });
  }

  async #names(): Promise<string[]> {
    const rows = await this.database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = 'candles'::regclass ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  }
}

function nameOf(month: Date): string {
  return `candles_p${month.toISOString().slice(0, 7).replace('-', '')}`;
}

function endOf(name: string): number {
  const [, year, month] = MONTH.exec(name) ?? [];
  return year === undefined ? Infinity : Date.UTC(Number(year), Number(month), 1);
}

function nextMonth(month: Date): Date {
  return new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1));
}

function monthsBetween(from: Date, to: Date): Date[] {
  const months: Date[] = [];
  let month = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), 1));
  for (; month <= to; month = nextMonth(month)) months.push(month);
  return months;
}
