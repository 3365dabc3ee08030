/**
 * A period that was ended says what was left of its price, and into which later period or to the balance that went.
 * Purchases that stand are joined to the periods that they ended, as far as what they took off says. What was left of a
 * plan that another one given by hand ends is credited by a cause of its own.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const CAUSES = [
  'TRANSFER',
  'BY_HAND',
  'RESERVE',
  'PURCHASE',
  'RELEASE',
  'REFUND',
  'BONUS',
  'BONUS_BACK',
  'PAYOUT_REQUEST',
  'PAYOUT',
  'PAYOUT_REJECTED',
];

const allow = (causes: readonly string[]) => [
  'ALTER TABLE "money_transactions" DROP CONSTRAINT "ck_money_transactions_cause"',
  `ALTER TABLE "money_transactions" ADD CONSTRAINT "ck_money_transactions_cause"
   CHECK (cause IN (${causes.map((cause) => `'${cause}'`).join(', ')}))`,
];

const JOIN_PURCHASES = `
  WITH ended AS (
    SELECT s.id, s.paid, s.starts_at, p.period_id, p.prorata FROM subscription_periods s
    CROSS JOIN LATERAL (
      SELECT p.period_id, p.prorata FROM payments p JOIN subscription_periods bought ON bought.id = p.period_id
      WHERE p.user_id = s.user_id AND p.status = 'PAID' AND bought.tier <> s.tier AND bought.id > s.id
        AND bought.created_at BETWEEN s.cut_at - interval '1 second' AND s.cut_at + interval '1 minute'
      ORDER BY abs(extract(epoch FROM bought.created_at - s.cut_at)) LIMIT 1) AS p
    WHERE s.cut_at IS NOT NULL
  ), before AS (
    SELECT *, coalesce(sum(paid) OVER (PARTITION BY period_id ORDER BY starts_at, id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS taken FROM ended
  )
  UPDATE subscription_periods s SET carried = greatest(0, least(before.paid, before.prorata - before.taken)),
    carried_into_id = before.period_id
  FROM before WHERE s.id = before.id`;

const UP: readonly string[] = [
  `ALTER TABLE "subscription_periods" ADD "carried" numeric NOT NULL DEFAULT '0'`,
  'ALTER TABLE "subscription_periods" ADD "carried_into_id" bigint',
  JOIN_PURCHASES,
  `ALTER TABLE "subscription_periods" ADD CONSTRAINT "ck_subscription_periods_carried"
   CHECK (carried BETWEEN 0 AND paid AND (cut_at IS NOT NULL OR carried = 0))`,
  `ALTER TABLE "subscription_periods" ADD CONSTRAINT "ck_subscription_periods_carried_into"
   CHECK (carried_into_id IS NULL OR (cut_at IS NOT NULL AND carried_into_id <> id))`,
  `CREATE INDEX "ix_subscription_periods_carried_into_id" ON "subscription_periods" ("carried_into_id")
   WHERE carried_into_id IS NOT NULL`,
  `ALTER TABLE "subscription_periods" ADD CONSTRAINT "fk_subscription_periods_carried_into_id"
   FOREIGN KEY ("carried_into_id") REFERENCES "subscription_periods"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
  ...allow(CAUSES.flatMap((cause) => (cause === 'REFUND' ? [cause, 'CREDIT_NOTE'] : [cause]))),
];

const DOWN: readonly string[] = [
  ...allow(CAUSES),
  'ALTER TABLE "subscription_periods" DROP COLUMN "carried_into_id"',
  'ALTER TABLE "subscription_periods" DROP COLUMN "carried"',
];

export class CarriedPeriods1763677000800 implements MigrationInterface {
  name = 'CarriedPeriods1763677000800';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
