/**
 * Reads and writes `house_bots`: what staff have set of each bot, and the heartbeats.
 * Keeps: a bot that was never set anything of has a row as soon as it runs; a heartbeat never changes a setting.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';

export interface BotRow {
  code: string;
  is_enabled: boolean;
  settings: Record<string, unknown>;
  symbols: string[] | null;
  every_seconds: number | null;
  last_run_at: Date | null;
  last_ok_at: Date | null;
  run_ms: number | null;
  runs: number;
  failed_runs: number;
  failures: number;
  last_error: string | null;
  open_until: Date | null;
  last_candle_at: Date | null;
}

export type BotChange = Partial<Pick<BotRow, 'is_enabled' | 'settings' | 'symbols' | 'every_seconds'>>;

export interface Heartbeat {
  readonly at: Date;
  readonly ms: number;
  readonly error: string | null;
  /** In a row, this run included. */
  readonly failures: number;
  readonly openUntil: Date | null;
  readonly lastCandleAt: Date | null;
}

const READ = `SELECT code, is_enabled, settings, symbols, every_seconds, last_run_at, last_ok_at, run_ms, runs, failed_runs,
  failures, last_error, open_until, last_candle_at FROM house_bots`;

@Injectable()
export class HouseBotsRepository {
  constructor(private readonly database: Database) {}

  all(): Promise<BotRow[]> {
    return this.database.query<BotRow>(`${READ} ORDER BY code`);
  }

  /** Its row, made where there is none. */
  async ensure(code: string, now: Date): Promise<BotRow> {
    await this.database.execute('INSERT INTO house_bots (code, changed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      code,
      now,
    ]);
    const row = await this.find(code);
    if (row === undefined) throw new Error(`the bot ${code} could not be stored`);
    return row;
  }

  find(code: string): Promise<BotRow | undefined> {
    return this.database.first<BotRow>(`${READ} WHERE code = $1`, [code]);
  }

  /** In the running transaction: nobody else changes it meanwhile. */
  async lock(code: string, now: Date): Promise<BotRow> {
    await this.ensure(code, now);
    const row = await this.database.first<BotRow>(`${READ} WHERE code = $1 FOR NO KEY UPDATE`, [code]);
    if (row === undefined) throw new Error(`the bot ${code} is gone`);
    return row;
  }

  /** All that can be set; enabling ends a rest. */
  async change(code: string, change: Required<BotChange>, isWoken: boolean, now: Date): Promise<void> {
    await this.database.execute(
      `UPDATE house_bots SET is_enabled = $2, settings = $3, symbols = $4, every_seconds = $5, changed_at = $6,
         failures = CASE WHEN $7 THEN 0 ELSE failures END, open_until = CASE WHEN $7 THEN NULL ELSE open_until END
       WHERE code = $1`,
      [
        ...[code, change.is_enabled, JSON.stringify(change.settings), change.symbols, change.every_seconds],
        ...[now, isWoken],
      ],
    );
  }

  async beat(code: string, { at, ms, error, failures, openUntil, lastCandleAt }: Heartbeat): Promise<void> {
    await this.database.execute(
      `UPDATE house_bots SET last_run_at = $2, run_ms = $3, runs = runs + 1, failures = $4, open_until = $5,
         last_ok_at = CASE WHEN $6::text IS NULL THEN $2 ELSE last_ok_at END,
         failed_runs = failed_runs + CASE WHEN $6::text IS NULL THEN 0 ELSE 1 END,
         last_error = coalesce($6, last_error), last_candle_at = greatest(last_candle_at, $7)
       WHERE code = $1`,
      [code, at, ms, failures, openUntil, error, lastCandleAt],
    );
  }
}
