/**
 * Stores what bots see and what was decided of it, and reads back what the choice among candidates has to know.
 * Keeps: what a bot has seen before is not stored again; a verdict is given only to what still waits for it. Set-based.
 */
import { Injectable } from '@nestjs/common';
import type { Bias, FusionState } from '../../domain/fusion/fusion.js';
import type { EnterIntent } from '../../domain/intent/intent.js';
import type { Side } from '../../domain/instrument/side.js';
import { Database } from '../../platform/database/database.js';
import type { Verdict } from './house-candidate.entity.js';

export interface SeenCandidate {
  readonly bot: string;
  readonly ref: string;
  readonly symbol: string;
  readonly side: Side;
  readonly confidence: number;
  readonly intent: EnterIntent;
  /** When the candle closed. */
  readonly seenAt: Date;
}

export interface OpenCandidate {
  id: number;
  bot: string;
  ref: string;
  symbol: string;
  side: Side;
  confidence: number;
  intent: EnterIntent;
  seen_at: Date;
  created_at: Date;
  verdict: Verdict;
}

export interface CandidateRow extends OpenCandidate {
  reason: string | null;
  message: string | null;
  judged_at: Date | null;
  signal_id: number | null;
}

export interface Judgement {
  readonly id: number;
  readonly reason: string | null;
  readonly message: string | null;
}

export interface CandidateCounts {
  bot: string;
  verdict: Verdict;
  reason: string | null;
  count: number;
}

const COLUMNS = 'id, bot, ref, symbol, side, confidence, intent, seen_at, created_at, verdict';

@Injectable()
export class HouseCandidatesRepository {
  constructor(private readonly database: Database) {}

  /** Answers how many of them are new. */
  add(seen: readonly SeenCandidate[], now: Date): Promise<number> {
    if (seen.length === 0) return Promise.resolve(0);
    return this.database.execute(
      `INSERT INTO house_candidates (bot, ref, symbol, side, confidence, intent, seen_at, created_at, verdict)
       SELECT bot, ref, symbol, side, confidence, intent, seen_at, $8, 'PENDING'
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::jsonb[], $7::timestamptz[])
         AS item (bot, ref, symbol, side, confidence, intent, seen_at)
       ON CONFLICT DO NOTHING`,
      [
        seen.map(({ bot }) => bot),
        seen.map(({ ref }) => ref),
        seen.map(({ symbol }) => symbol),
        seen.map(({ side }) => side),
        seen.map(({ confidence }) => confidence),
        seen.map(({ intent }) => JSON.stringify(intent)),
        seen.map(({ seenAt }) => seenAt),
        now,
      ],
    );
  }

  /** What waits for a verdict or for being posted, in the order of arrival. */
  open(): Promise<OpenCandidate[]> {
    return this.database.query<OpenCandidate>(
      `SELECT ${COLUMNS} FROM house_candidates WHERE verdict IN ('PENDING', 'APPROVED') ORDER BY id`,
    );
  }

  /** What counts at `now`: approvals since `since` and those whose signals are live, and what the trend was since `trendSince`. */
  async state(now: Date, since: Date, trendSince: Date): Promise<FusionState> {
    const approvals = await this.database.query<{
      ref: string;
      symbol: string;
      side: Side;
      approved_for: Date;
      is_active: boolean;
    }>(
      `SELECT c.ref, c.symbol, c.side, c.approved_for, coalesce(s.closed_at IS NULL, true) AS is_active
       FROM house_candidates c LEFT JOIN signals s ON s.id = c.signal_id
       WHERE c.verdict IN ('APPROVED', 'PUBLISHED') AND c.approved_for > $1 AND c.approved_for <= $2
       UNION
       SELECT c.ref, c.symbol, c.side, c.approved_for, true
       FROM signals s JOIN house_candidates c ON c.signal_id = s.id
       WHERE s.status IN ('NEW', 'OPENED', 'PARTIAL') AND c.approved_for <= $2
       ORDER BY approved_for, ref`,
      [since, now],
    );
    const trends = await this.database.query<{ symbol: string; side: Side; seen_at: Date }>(
      `SELECT DISTINCT ON (symbol) symbol, side, seen_at FROM house_candidates
       WHERE bot = 'TREND' AND seen_at > $1 AND seen_at <= $2 AND verdict <> 'PENDING' AND created_at > $1
       ORDER BY symbol, seen_at DESC`,
      [trendSince, now],
    );
    return {
      approvals: approvals.map(({ ref, symbol, side, approved_for, is_active }) => ({
        ...{ ref, symbol, side },
        ...{ at: approved_for.getTime(), isActive: is_active },
      })),
      biases: Object.fromEntries(
        trends.map(({ symbol, side, seen_at }): [string, Bias] => [symbol, { side, at: seen_at.getTime() }]),
      ),
    };
  }

  async reject(judged: readonly Judgement[], now: Date): Promise<void> {
    if (judged.length === 0) return;
    await this.database.execute(
      `UPDATE house_candidates c SET verdict = 'REJECTED', reason = item.reason, message = item.message, judged_at = $4
       FROM unnest($1::bigint[], $2::text[], $3::text[]) AS item (id, reason, message)
       WHERE c.id = item.id AND c.verdict IN ('PENDING', 'APPROVED')`,
      [judged.map(({ id }) => id), judged.map(({ reason }) => reason), judged.map(({ message }) => message), now],
    );
  }

  async approve(ids: readonly number[], approvedFor: Date, now: Date): Promise<void> {
    if (ids.length === 0) return;
    await this.database.execute(
      `UPDATE house_candidates SET verdict = 'APPROVED', approved_for = $2, judged_at = $3
       WHERE id = ANY ($1::bigint[]) AND verdict = 'PENDING'`,
      [ids, approvedFor, now],
    );
  }

  async published(id: number, signalId: number): Promise<void> {
    await this.database.execute(
      `UPDATE house_candidates SET verdict = 'PUBLISHED', signal_id = $2 WHERE id = $1 AND verdict = 'APPROVED'`,
      [id, signalId],
    );
  }

  /** Newest first. */
  page(bot: string, verdict: Verdict | undefined, beforeId: number, limit: number): Promise<CandidateRow[]> {
    return this.database.query<CandidateRow>(
      `SELECT ${COLUMNS}, reason, message, judged_at, signal_id FROM house_candidates
       WHERE bot = $1 AND id < $2 AND ($3::text IS NULL OR verdict = $3) ORDER BY id DESC LIMIT $4`,
      [bot, beforeId, verdict ?? null, limit],
    );
  }

  /** How many of each verdict and reason since then, by bot. */
  counts(since: Date): Promise<CandidateCounts[]> {
    return this.database.query<CandidateCounts>(
      `SELECT bot, verdict, reason, count(*) AS count FROM house_candidates WHERE created_at >= $1
       GROUP BY bot, verdict, reason ORDER BY bot, verdict, reason`,
      [since],
    );
  }
}
