/**
 * Plans may limit how many positions are live at once. Plans that stand have no such limit.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  'ALTER TABLE "subscription_plans" ADD "concurrent_trades" integer',
  `ALTER TABLE "subscription_plans" ADD CONSTRAINT "ck_subscription_plans_concurrent_trades"
   CHECK (concurrent_trades BETWEEN 0 AND 500)`,
];

const DOWN: readonly string[] = ['ALTER TABLE "subscription_plans" DROP COLUMN "concurrent_trades"'];

export class PlanConcurrentTrades1763677000750 implements MigrationInterface {
  name = 'PlanConcurrentTrades1763677000750';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
