/**
 * A referral bonus says on how much money it was reckoned, so that no money brings one twice. Bonuses that stand are taken
 * to be of what their payment brought.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  `ALTER TABLE "money_transactions" ADD "bonus_base" numeric NOT NULL DEFAULT '0'`,
  'ALTER TABLE "money_transactions" DISABLE TRIGGER "money_transactions_append_only"',
  `UPDATE money_transactions m SET bonus_base = greatest(least(p.received, p.net), -m.bonuses)
   FROM payments p WHERE p.id = m.payment_id AND m.cause = 'BONUS'`,
  `UPDATE money_transactions back SET bonus_base = -trunc(paid.bonus_base * back.bonuses / -paid.bonuses)
   FROM money_transactions paid
   WHERE paid.cause = 'BONUS' AND paid.bonuses < 0 AND paid.payment_id = back.payment_id AND back.cause = 'BONUS_BACK'`,
  'ALTER TABLE "money_transactions" ENABLE TRIGGER "money_transactions_append_only"',
  `ALTER TABLE "money_transactions" ADD CONSTRAINT "ck_money_transactions_bonus_base"
   CHECK (CASE cause WHEN 'BONUS' THEN bonus_base >= 0 WHEN 'BONUS_BACK' THEN bonus_base <= 0 ELSE bonus_base = 0 END)`,
];

const DOWN: readonly string[] = ['ALTER TABLE "money_transactions" DROP COLUMN "bonus_base"'];

export class BonusBases1763677000801 implements MigrationInterface {
  name = 'BonusBases1763677000801';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
