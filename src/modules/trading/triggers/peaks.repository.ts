/** Stores and reads the best prices that positions trail from, one row a symbol. */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';
import type { Peaks } from './armory.js';

@Injectable()
export class PeaksRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async all(): Promise<ReadonlyMap<string, Peaks>> {
    const rows = await this.database.query<{ symbol: string; peaks: Peaks }>('SELECT symbol, peaks FROM market_peaks');
    return new Map(rows.map(({ symbol, peaks }) => [symbol, peaks]));
  }

  async save(changed: readonly (readonly [string, Peaks])[]): Promise<void> {
    await this.database.execute(
      `INSERT INTO market_peaks (symbol, peaks, updated_at)
       SELECT symbol, peaks, $3 FROM unnest($1::text[], $2::jsonb[]) AS item (symbol, peaks)
       ON CONFLICT (symbol) DO UPDATE SET peaks = excluded.peaks, updated_at = excluded.updated_at`,
      [changed.map(([symbol]) => symbol), changed.map(([, peaks]) => JSON.stringify(peaks)), this.clock.now()],
    );
  }
}
