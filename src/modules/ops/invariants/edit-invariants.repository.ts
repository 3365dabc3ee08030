/**
 * Invariants of edits and of the modes in which positions are held.
 * Keeps: each is one query that answers what breaks it; none reads more than what is live or edited since `$1`.
 */
import type { QueryInvariant } from './invariant.js';

const LIVE = `status IN ('PENDING', 'OPEN', 'PARTIAL')`;

export const EDIT_INVARIANTS: readonly QueryInvariant[] = [
  {
    name: 'signal.version-is-its-edits',
    statement: 'The version of a signal is the number of its edits, which count from 1 without a gap.',
    sql: `
      SELECT 'signal:' || s.id AS subject, s.edit_version || ' instead of ' || e.edits || ', the last ' || e.last AS detail
      FROM (SELECT signal_id, count(*) AS edits, max(version) AS last FROM signal_edits
            WHERE signal_id IN (SELECT signal_id FROM signal_edits WHERE created_at >= $1) GROUP BY signal_id) AS e
      JOIN signals s ON s.id = e.signal_id WHERE s.edit_version <> e.edits OR e.last <> e.edits`,
  },
  {
    name: 'edit.has-met-every-trade',
    statement: 'An edit that is carried out has met every live position that was planned before it.',
    sql: `
      SELECT 'position:' || p.id AS subject, 'edit ' || e.version || ' of signal ' || e.signal_id AS detail
      FROM signal_edits e JOIN positions p ON p.signal_id = e.signal_id AND p.id <= e.up_to_position AND p.${LIVE}
      WHERE e.finished_at >= $1 AND p.edit_version < e.version`,
  },
  {
    name: 'account.one-way-has-one-side',
    statement: 'An account in one-way mode never holds both sides of a symbol, orders that wait included.',
    sql: `
      SELECT 'account:' || account_id AS subject, symbol AS detail
      FROM (SELECT user_id, account_id, symbol FROM positions WHERE ${LIVE}
            GROUP BY user_id, account_id, symbol HAVING count(DISTINCT side) > 1) AS two_sided
      JOIN user_settings s USING (user_id) WHERE s.position_mode = 'ONE_WAY'`,
  },
  {
    name: 'account.cross-ends-together',
    statement:
      'A liquidation of cross margin ends all cross positions of its account: none that was there before outlives it.',
    sql: `
      SELECT 'position:' || q.id AS subject, 'outlived position ' || p.id || ', which was liquidated' AS detail
      FROM positions p JOIN positions q ON q.account_id = p.account_id AND q.is_cross AND q.id < p.id AND q.${LIVE}
      WHERE p.closed_at >= $1 AND p.close_reason = 'LIQUIDATION' AND p.is_cross
      UNION
      SELECT 'position:' || q.id, 'outlived position ' || p.id || ', which was liquidated'
      FROM positions p JOIN positions q ON q.account_id = p.account_id AND q.is_cross AND q.id < p.id
        AND q.closed_at > p.closed_at
      WHERE p.closed_at >= $1 AND p.close_reason = 'LIQUIDATION' AND p.is_cross`,
  },
];
