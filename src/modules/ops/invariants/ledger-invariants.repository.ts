/**
 * Invariants of the double-entry ledger: what accounts and positions say is what their transactions sum to.
 * Keeps: these read the whole ledger, so they are asked over all history only (`npm run invariants`, tests), never by the
 * check of every minute. That each transaction sums to zero needs no question: a CHECK refuses any other.
 */
import type { QueryInvariant } from './invariant.js';

/** Over all history. */
const WHOLE = `$1::timestamptz = '-infinity'`;

const DIFFERS = `figure || ' ' || trim_scale(stored) || ' instead of ' || trim_scale(ledger) AS detail`;

export const LEDGER_INVARIANTS: readonly QueryInvariant[] = [
  {
    name: 'ledger.accounts-are-its-sums',
    statement:
      'Balance = sum of cash and margin, and margin in use = sum of margin, over the transactions of an account.',
    sql: `
      SELECT 'account:' || id AS subject, ${DIFFERS}
      FROM (SELECT a.id, a.balance, a.margin_used, coalesce(sum(l.cash + l.margin), 0) AS cash_and_margin,
                   coalesce(sum(l.margin), 0) AS margin
            FROM accounts a LEFT JOIN all_ledger_transactions l ON l.account_id = a.id WHERE ${WHOLE} GROUP BY a.id) AS account
        CROSS JOIN LATERAL (VALUES ('balance', balance, cash_and_margin), ('margin_used', margin_used, margin))
          AS pair (figure, stored, ledger)
      WHERE stored <> ledger`,
  },
  {
    name: 'ledger.positions-are-its-sums',
    statement: 'Margin, fees, funding and realised PnL of a position are the sums of its transactions.',
    sql: `
      SELECT 'position:' || id AS subject, ${DIFFERS}
      FROM (SELECT p.id, p.margin, p.fees, p.funding, p.realised_pnl, coalesce(sum(l.margin), 0) AS ledger_margin,
                   coalesce(sum(l.fees), 0) AS ledger_fees, -coalesce(sum(l.funding), 0) AS ledger_funding,
                   coalesce(sum(l.cash + l.margin), 0) AS ledger_pnl
            FROM all_positions p LEFT JOIN all_ledger_transactions l ON l.position_id = p.id WHERE ${WHOLE}
            GROUP BY p.id, p.margin, p.fees, p.funding, p.realised_pnl) AS position
        CROSS JOIN LATERAL (VALUES ('margin', margin, ledger_margin), ('fees', fees, ledger_fees),
          ('funding', funding, ledger_funding), ('realised_pnl', realised_pnl, ledger_pnl)) AS pair (figure, stored, ledger)
      WHERE stored <> ledger`,
  },
];
