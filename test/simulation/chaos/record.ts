/**
 * What was asked of the platform and what the market was told, noted by the test as it happened: the books are compared
 * with this record when all is quiet, not with themselves.
 * Keeps: only what was answered counts as lost; everything that was sent may be there, once.
 */
import type { Database } from '../../../src/platform/database/database.js';
import type { Market } from '../../servers/market.js';

export interface PostedSignal {
  readonly symbol: string;
  readonly side: 'LONG' | 'SHORT';
  /** Null where the plan names the entry prices. */
  readonly entry: number | null;
  readonly sl: number;
  /** How much of the follower's money a single entry may cost at most, where the plan adds nothing to it; USDT. */
  readonly mostNotional: number | null;
}

export interface Difference {
  readonly kind: 'lost' | 'doubled';
  readonly what: string;
}

interface SignalRow {
  id: number;
  idempotency_key: string;
  symbol: string;
  side: string;
  entry: string;
  stop_loss: string;
  status: string;
  dispatched: boolean;
}

interface FollowerRow {
  signal_id: number;
  user_id: number;
  decisions: number;
  opened: number;
  positions: number;
  /** What a position bought in all, in USDT; null without one. */
  bought: string | null;
  entry_orders: number;
}

const SIGNALS = `SELECT id, idempotency_key, symbol, side, entry, stop_loss, status, dispatched_at IS NOT NULL AS dispatched FROM signals`;

/** Counted by joins of the rows themselves, so that a second row shows whatever index there should be. */
const FOLLOWERS = `
  SELECT signal_id, user_id, sum(decisions)::int AS decisions, sum(opened)::int AS opened, sum(positions)::int AS positions,
    sum(bought) AS bought, coalesce(sum(orders), 0)::int AS entry_orders
  FROM (
    SELECT signal_id, user_id, 1 AS decisions, CASE verdict WHEN 'OPENED' THEN 1 ELSE 0 END AS opened, 0 AS positions,
      NULL::numeric AS bought, NULL::bigint AS orders FROM decisions
    UNION ALL
    SELECT p.signal_id, p.user_id, 0, 0, 1,
      (SELECT sum(f.price * f.qty) FROM fills f WHERE f.position_id = p.id AND f.effect = 'ENTRY'),
      (SELECT count(*) FROM orders o WHERE o.position_id = p.id AND o.leg = 'ENTRY')
    FROM positions p
  ) AS rows GROUP BY signal_id, user_id`;

const HELD = `
  SELECT id, symbol, side, stop_loss, target_prices[array_position(target_hit_at, NULL)] AS target, trail_takes_profit AS trails
  FROM positions WHERE status IN ('OPEN', 'PARTIAL')`;

/** How far beyond its price a target must trade to fill, with room for the setting's default of one basis point. */
const THROUGH = 0.0003;

export class ChaosRecord {
  readonly #posts = new Map<string, PostedSignal>();
  readonly #answers = new Map<string, number>();
  readonly #closed = new Set<number>();
  readonly #cancelled = new Set<number>();
  #asked = 0;

  constructor(
    private readonly database: Database,
    private readonly market: Market,
    /** Who follows every signal, ascending. */
    private readonly followers: readonly number[],
  ) {}

  get answered(): number {
    return this.#answers.size;
  }

  /** Every decision that the answered posts must come to. */
  get decisions(): number {
    return this.answered * this.followers.length;
  }

  /** About to be posted under this key. */
  posting(key: string, signal: PostedSignal): void {
    this.#posts.set(key, signal);
  }

  posted(key: string, signalId: number): void {
    this.#answers.set(key, signalId);
  }

  closed(positionId: number): void {
    this.#closed.add(positionId);
  }

  /** About to be asked to cancel; `isAnswered` once that was accepted. */
  cancelled(signalId: number, isAnswered: boolean): void {
    if (isAnswered) this.#cancelled.add(signalId);
    else this.#asked += 1;
  }

  /** What the books lack and what they have too often. Empty when they are as the record says. */
  async differences(): Promise<Difference[]> {
    const signals = await this.database.query<SignalRow>(SIGNALS);
    return [
      ...this.#ofSignals(signals),
      ...(await this.#ofFollowers(signals)),
      ...(await this.#ofCommands(signals)),
      ...(await this.#ofMarket()),
    ];
  }

  #ofSignals(signals: readonly SignalRow[]): Difference[] {
    const found: Difference[] = [];
    const seen = new Set<string>();
    for (const row of signals) {
      const post = this.#posts.get(row.idempotency_key);
      const name = `signal ${row.id} (${row.idempotency_key})`;
      if (post === undefined || seen.has(row.idempotency_key)) found.push({ kind: 'doubled', what: name });
      seen.add(row.idempotency_key);
      if (post === undefined) continue;
      const entry = post.entry === null ? '-' : Number(row.entry);
      const stored = [row.symbol, row.side, entry, Number(row.stop_loss)].join();
      const sent = [post.symbol, post.side, post.entry ?? '-', post.sl].join();
      if (stored !== sent) found.push({ kind: 'lost', what: `${name}: ${stored} instead of ${sent}` });
    }
    const ids = new Map(signals.map(({ id, idempotency_key }) => [idempotency_key, id]));
    for (const [key, id] of this.#answers) {
      if (ids.get(key) !== id) found.push({ kind: 'lost', what: `signal ${id} (${key}), which was answered` });
    }
    return found;
  }

  /** Every follower decides once on every signal, and holds exactly what the decision says. */
  async #ofFollowers(signals: readonly SignalRow[]): Promise<Difference[]> {
    const rows = await this.database.query<FollowerRow>(FOLLOWERS);
    const byPair = new Map(rows.map((row) => [`${row.signal_id}:${row.user_id}`, row]));
    const found: Difference[] = [];
    for (const signal of signals) {
      // A signal that was cancelled before its turn came was decided by nobody.
      if (!signal.dispatched && signal.status === 'CANCELLED' && this.#asked > 0) continue;
      const most = this.#posts.get(signal.idempotency_key)?.mostNotional ?? null;
      for (const user of this.followers) {
        const pair = `${signal.id}:${user}`;
        const row = byPair.get(pair);
        byPair.delete(pair);
        found.push(...differencesOf(`signal ${signal.id} of user ${user}`, row, most));
      }
    }
    for (const pair of byPair.keys()) found.push({ kind: 'doubled', what: `${pair}, which nobody asked for` });
    return found;
  }

  async #ofCommands(signals: readonly SignalRow[]): Promise<Difference[]> {
    const status = new Map(signals.map((row) => [row.id, row.status]));
    const live = await this.database.query<{ id: number }>(
      `SELECT id FROM positions WHERE id = ANY ($1::bigint[]) AND status IN ('PENDING', 'OPEN', 'PARTIAL')`,
      [[...this.#closed]],
    );
    const going = [...this.#cancelled].filter((id) => ['NEW', 'OPENED', 'PARTIAL'].includes(status.get(id) ?? 'NEW'));
    return [
      ...live.map(({ id }): Difference => ({ kind: 'lost', what: `the close of position ${id}` })),
      ...going.map((id): Difference => ({ kind: 'lost', what: `the cancel of signal ${id}` })),
    ];
  }

  /** Nothing is held beyond the price at which the market stands: no crossing was missed for good. */
  async #ofMarket(): Promise<Difference[]> {
    const rows = await this.database.query<{
      id: number;
      symbol: string;
      side: 'LONG' | 'SHORT';
      stop_loss: string | null;
      target: string | null;
      trails: boolean;
    }>(HELD);
    return rows.flatMap(({ id, symbol, side, stop_loss, target, trails }): Difference[] => {
      const price = Number(this.market.priceOf(symbol));
      const way = side === 'LONG' ? 1 : -1;
      const isStopped = stop_loss !== null && way * (price - Number(stop_loss)) <= 0;
      const isReached = target !== null && !trails && way * (price - Number(target)) >= price * THROUGH;
      if (!isStopped && !isReached) return [];
      return [{ kind: 'lost', what: `position ${id}: ${side} stop ${stop_loss} target ${target} at ${price}` }];
    });
  }
}

function differencesOf(name: string, row: FollowerRow | undefined, most: number | null): Difference[] {
  if (row === undefined || row.decisions === 0) return [{ kind: 'lost', what: `the decision on ${name}` }];
  const found: Difference[] = [];
  if (row.decisions > 1 || row.positions > 1) {
    found.push({ kind: 'doubled', what: `${name}: ${row.decisions} decisions, ${row.positions} positions` });
  }
  if (row.opened > row.positions) found.push({ kind: 'lost', what: `the position of ${name}` });
  if (row.opened < row.positions) found.push({ kind: 'doubled', what: `the position of ${name}, which was refused` });
  if (row.entry_orders !== row.positions) {
    const kind = row.entry_orders > row.positions ? 'doubled' : 'lost';
    found.push({ kind, what: `the first entry order of ${name}` });
  }
  if (most !== null && Number(row.bought ?? '0') > most) {
    found.push({ kind: 'doubled', what: `${name} bought for ${row.bought} instead of ${most} at most` });
  }
  return found;
}
