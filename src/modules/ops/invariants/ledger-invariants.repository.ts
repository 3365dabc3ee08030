/**
 * Invariants of the double-entry ledger: what accounts and positions say is what their transactions sum to.
 * Keeps: these read the whole ledger, so they are asked over all history only (`npm run invariants`, tests), never by the
 * check of every minute. Both sides of a sum are added up in one list, which costs the same per row whatever the planner
 * knows. That each transaction sums to zero needs no question: a CHECK refuses any other.
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
      FROM (SELECT id, sum(balance) AS balance, sum(margin_used) AS margin_used, sum(cash_and_margin) AS cash_and_margin,
                   sum(margin) AS margin
            FROM (SELECT id, balance, margin_used, 0 AS cash_and_margin, 0 AS margin, true AS is_stored
                  FROM accounts WHERE ${WHOLE}
                  UNION ALL SELECT account_id, 0, 0, cash + margin, margin, false
                  FROM all_ledger_transactions WHERE ${WHOLE}) AS part
            GROUP BY id HAVING bool_or(is_stored)) AS account
        CROSS JOIN LATERAL (VALUES ('balance', balance, cash_and_margin), ('margin_used', margin_used, margin))
          AS pair (figure, stored, ledger)
      WHERE stored <> ledger`,
  },
  {
    name: 'ledger.positions-are-its-sums',
    statement: 'Margin, fees, funding and realised PnL of a position are the sums of its transactions.',
    sql: `
      SELECT 'position:' || id AS subject, ${DIFFERS}
      FROM (SELECT id, sum(margin) AS margin, sum(fees) AS fees, sum(funding) AS funding, sum(realised_pnl) AS realised_pnl,
                   sum(ledger_margin) AS ledger_margin, sum(ledger_fees) AS ledger_fees,
                   -sum(ledger_funding) AS ledger_funding, sum(ledger_pnl) AS ledger_pnl
            FROM (SELECT id, margin, fees, funding, realised_pnl, 0 AS ledger_margin, 0 AS ledger_fees,
                    0 AS ledger_funding, 0 AS ledger_pnl, true AS is_stored FROM all_positions WHERE ${WHOLE}
                  UNION ALL SELECT position_id, 0, 0, 0, 0, margin, fees, funding, cash + margin, false
                  FROM all_ledger_transactions WHERE position_id IS NOT NULL AND ${WHOLE}) AS part
            GROUP BY id HAVING bool_or(is_stored)) AS position
        CROSS JOIN LATERAL (VALUES ('margin', margin, ledger_margin), ('fees', fees, ledger_fees),
          ('funding', funding, ledger_funding), ('realised_pnl', realised_pnl, ledger_pnl)) AS pair (figure, stored, ledger)
      WHERE stored <> ledger`,
  },
];
