/**
 * Computes and stores daily reports: the platform's and one for each follower who closed a trade.
 * Keeps: a report is stored once per day and person; every ended trade of which something was filled is counted in
 * exactly one day's report, whenever it was written (`reported_trades`).
 */
import { Injectable } from '@nestjs/common';
import type { DailyFigures } from '../../domain/report/daily-report.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { CLAIM, COMPUTE, NEXT_PAGE, STORE_PLATFORM, STORE_USERS } from './report-sql.js';
import type { ReportWindow } from './report-window.js';

export interface StoredReport {
  readonly id: number;
  readonly day: string;
  readonly user_id: number | null;
  readonly report: DailyFigures;
  readonly created_at: Date;
}

export interface Begun {
  /** No report is of a day before. */
  readonly first_signal_at: Date;
  /** Days that end after this are due. */
  readonly due_since: Date;
}

/** Users whose reports one statement writes. */
const USERS_AT_ONCE = 20_000;

/** How long a trade may still be late, with room: see `UNREPORTED`. */
const KEEP_DAYS = 30;

const STORED = `SELECT id, to_char(day, 'YYYY-MM-DD') AS day, user_id, report, created_at FROM daily_reports`;

@Injectable()
export class ReportsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Figures of one user, or of the platform (`null`), over what no report has counted yet; stores nothing. */
  async compute(userId: number | null, window: ReportWindow): Promise<DailyFigures> {
    const row = await this.database.first<{ report: DailyFigures }>(COMPUTE, [...boundsOf(window), userId]);
    if (row === undefined) throw new Error('a report without figures');
    return row.report;
  }

  /** Stores all reports of a window, in the running transaction. False when they were there already. */
  async store(window: ReportWindow): Promise<boolean> {
    await this.database.query("SELECT pg_advisory_xact_lock(hashtextextended('daily-report', 0))");
    if ((await this.find(null, window.day)) !== undefined) return false;
    const now = this.clock.now();
    await this.database.execute(CLAIM, [...boundsOf(window), window.day]);
    await this.database.execute(STORE_PLATFORM, [window.day, now]);
    for (let after = 0; ;) {
      const page = await this.database.first<{ last: number | null }>(NEXT_PAGE, [window.day, after, USERS_AT_ONCE]);
      if (page === undefined || page.last === null) return true;
      await this.database.execute(STORE_USERS, [window.day, now, after, page.last]);
      after = page.last;
    }
  }

  /** When the first signal was posted, and the later of that and the end of the newest stored report; undefined before it. */
  async begun(at: string): Promise<Begun | undefined> {
    return this.database.first<Begun>(
      `SELECT first.created_at AS first_signal_at, greatest(first.created_at, newest.ended_at) AS due_since
       FROM (SELECT created_at FROM signals ORDER BY id LIMIT 1) AS first,
         (SELECT (max(day) + $1::time) AT TIME ZONE 'UTC' AS ended_at FROM daily_reports WHERE user_id IS NULL) AS newest`,
      [at],
    );
  }

  /** Whether work of `queues` that was there before `time` is still under way: it may end trades before `time`. */
  async isUnsettled(queues: readonly string[], time: Date): Promise<boolean> {
    const row = await this.database.first<{ found: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM work_items WHERE queue = ANY ($1::text[]) AND state = 'open' AND created_at < $2) AS found`,
      [queues, time],
    );
    return row?.found === true;
  }

  find(userId: number | null, day: string): Promise<StoredReport | undefined> {
    return userId === null
      ? this.database.first<StoredReport>(`${STORED} WHERE day = $1::date AND user_id IS NULL`, [day])
      : this.database.first<StoredReport>(`${STORED} WHERE day = $1::date AND user_id = $2`, [day, userId]);
  }

  /** Newest day first, below the day of the report `beforeId`. */
  list(userId: number | null, beforeId: number | undefined, limit: number): Promise<StoredReport[]> {
    const owner = userId === null ? 'user_id IS NULL AND $1::bigint IS NULL' : 'user_id = $1';
    return this.database.query<StoredReport>(
      `${STORED} WHERE ${owner} AND ($2::bigint IS NULL OR day < (SELECT day FROM daily_reports WHERE id = $2))
       ORDER BY day DESC LIMIT $3`,
      [userId, beforeId ?? null, limit],
    );
  }

  /** Deletes what was noted of trades that no report could count again; answers how many. */
  purge(): Promise<number> {
    const before = new Date(this.clock.now().getTime() - KEEP_DAYS * 86_400_000).toISOString().slice(0, 10);
    return this.database.execute('DELETE FROM reported_trades WHERE day < $1::date', [before]);
  }
}

/** The window as `UNREPORTED` takes it. */
function boundsOf({ from, to }: ReportWindow): [Date, Date, string] {
  const minutes = 24 * 60 - (to.getUTCHours() * 60 + to.getUTCMinutes());
  return [from, to, `${minutes} minutes`];
}
