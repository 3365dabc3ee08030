/**
 * The followers of a signal, in pages by user id, with everything a decision needs.
 * Keeps: reading a page locks its account rows in order of user ids, so that caps and balances cannot be passed by a
 * race; a page is read inside the transaction that decides and writes it.
 */
import { Injectable } from '@nestjs/common';
import type { RiskLimits } from '../../../domain/risk/limits.js';
import type { Follower } from '../../../domain/sizing/plan-entry.js';
import { Database } from '../../../platform/database/database.js';

export interface PageRange {
  readonly from_user: number;
  readonly to_user: number;
}

const IS_FOLLOWER = 'auto_trade_enabled AND disabled_at IS NULL';

/** Small audiences are cut in two, so that both page slots of a worker have something to do. */
const PAGES = `
  SELECT min(id) AS from_user, max(id) AS to_user
  FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place, least($1::int, (count(*) OVER () + 1) / 2) AS size
        FROM users WHERE ${IS_FOLLOWER}) AS follower
  GROUP BY place / size ORDER BY 1`;

const FOLLOWER = `
  SELECT u.id AS "userId", a.id AS "accountId", a.is_active AS "accountActive", u.is_verified AS "isVerified",
         CASE WHEN u.subscription_expires_at IS NOT NULL AND u.subscription_expires_at <= $5 THEN 'FREE'
              ELSE u.subscription_type END AS tier,
         coalesce(sub.is_enabled, true) AS "sourceEnabled",
         coalesce(sub.per_trade_usdt, s.per_trade_usdt) AS "perTradeUsdt",
         coalesce(sub.leverage, a.leverage, s.leverage) AS leverage,
         s.max_concurrent_trades AS "maxConcurrentTrades", s.capital_usdt AS "capitalUsdt",
         s.symbol_whitelist AS "symbolWhitelist", s.symbol_blacklist AS "symbolBlacklist",
         nullif(s.risk, '{}') AS risk,
         CASE WHEN s.plan = '{}' AND NOT s.dca_enabled THEN ''
              ELSE jsonb_build_array(s.plan, s.dca_enabled, s.dca_steps, s.dca_step_percent::text)::text END AS "planKey",
         a.balance, a.margin_used AS "marginUsed", a.open_positions AS "openPositions"
  FROM users u
  JOIN user_settings s ON s.user_id = u.id
  JOIN accounts a ON a.user_id = u.id AND a.exchange = $3
  LEFT JOIN source_subscriptions sub ON sub.user_id = u.id AND sub.source_id = $4`;

const PAGE = `${FOLLOWER}
  WHERE u.id BETWEEN $1 AND $2 AND u.auto_trade_enabled AND u.disabled_at IS NULL
  ORDER BY u.id
  FOR UPDATE OF a`;

/** Whoever holds something, whether they follow or not; with a limit, only those who have set it. */
const OWNERS = `${FOLLOWER}
  WHERE u.id = ANY ($1::bigint[]) AND ($2::text IS NULL OR s.risk ->> $2 IS NOT NULL)
  ORDER BY u.id
  FOR UPDATE OF a`;

@Injectable()
export class FollowersRepository {
  constructor(private readonly database: Database) {}

  /** Ranges of user ids that hold at most `size` followers each, ascending; at least two where there are two followers. */
  pages(size: number): Promise<PageRange[]> {
    return this.database.query<PageRange>(PAGES, [size]);
  }

  lockPage(range: PageRange, exchange: string, sourceId: number, now: Date): Promise<Follower[]> {
    const params = [range.from_user, range.to_user, exchange, sourceId, now];
    return this.database.query<Follower>(PAGE, params, { name: 'followers_page' });
  }

  /** Those of the users who have set `limit`, all for null, as followers of no particular source. Their accounts are locked. */
  lockOwners(
    userIds: readonly number[],
    limit: keyof RiskLimits | null,
    exchange: string,
    now: Date,
  ): Promise<Follower[]> {
    return this.database.query<Follower>(OWNERS, [userIds, limit, exchange, null, now], { name: 'followers_owners' });
  }
}
