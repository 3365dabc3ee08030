/**
 * What must always be true of customers' money, as sentences about what is not.
 * Keeps: asked of the tables alone, so it says nothing that the code under test could colour.
 */
import type { Database } from '../../src/platform/database/database.js';

const QUESTIONS: Readonly<Record<string, string>> = {
  'what was credited is what was verified': `
    SELECT format('credited %s, verified %s', credited, verified) AS wrong
    FROM (SELECT coalesce(-sum(received), 0) AS credited FROM money_transactions WHERE cause = 'TRANSFER') AS c,
      (SELECT coalesce(sum(amount), 0) AS verified FROM chain_transfers WHERE status = 'CREDITED') AS v
    WHERE credited <> verified`,
  'each credited transfer has its one entry': `
    SELECT t.tx_hash AS wrong FROM chain_transfers t
    LEFT JOIN money_transactions m ON m.cause = 'TRANSFER' AND m.reference = t.tx_hash AND m.payment_id = t.payment_id
    WHERE (t.status = 'CREDITED') <> (m.id IS NOT NULL) OR m.received <> -t.amount`,
  'a balance is the sum of its entries': `
    SELECT format('user %s', coalesce(b.user_id, m.user_id)) AS wrong FROM customer_balances b
    FULL JOIN (SELECT user_id, sum(credit) AS credit FROM money_transactions GROUP BY user_id) AS m USING (user_id)
    WHERE coalesce(b.credit, 0) <> coalesce(m.credit, 0)`,
  'what is set aside is what open invoices and payouts hold': `
    SELECT format('%s: %s, not %s', p.public_id, m.held, p.credit_used + p.received) AS wrong
    FROM payments p LEFT JOIN LATERAL (SELECT coalesce(sum(held), 0) AS held FROM money_transactions WHERE payment_id = p.id) AS m ON true
    WHERE m.held <> CASE WHEN p.status IN ('PENDING', 'CONFIRMING', 'UNDERPAID', 'REVIEW') THEN p.credit_used + p.received ELSE 0 END`,
  'a paid invoice sold for its net price': `
    SELECT p.public_id AS wrong FROM payments p
    JOIN LATERAL (SELECT coalesce(sum(revenue), 0) AS revenue FROM money_transactions WHERE payment_id = p.id) AS m ON true
    WHERE m.revenue <> CASE WHEN p.status = 'PAID' THEN p.net ELSE 0 END`,
  'a paid invoice has its period': `
    SELECT public_id AS wrong FROM payments WHERE status = 'PAID' AND (paid_at IS NULL OR period_id IS NULL)`,
};

/** Empty when all is right. */
export async function wrongBooks(database: Database): Promise<string[]> {
  const found: string[] = [];
  for (const [sentence, sql] of Object.entries(QUESTIONS)) {
    const rows = await database.query<{ wrong: string }>(sql);
    found.push(...rows.map(({ wrong }) => `${sentence}: ${wrong}`));
  }
  return found;
}
