/**
 * Notes for each ended trade which daily report counts it, lets a user's reports be listed by day, and finds broadcasts
 * that were given up without reading all deliveries.
 * Keeps: what stored reports have counted is not counted again: trades up to the newest report count as reported in it.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  `CREATE TABLE "reported_trades" ("position_id" bigint NOT NULL, "user_id" bigint NOT NULL, "day" date NOT NULL, CONSTRAINT "pk_reported_trades" PRIMARY KEY ("position_id"))`,
  `CREATE INDEX "ix_reported_trades_day_user_id" ON "reported_trades" ("day", "user_id")`,
  `DROP INDEX "uq_daily_reports_user"`,
  `CREATE UNIQUE INDEX "uq_daily_reports_user" ON "daily_reports" ("user_id", "day") WHERE user_id IS NOT NULL`,
  `CREATE INDEX "ix_deliveries_given_up" ON "deliveries" ("created_at") WHERE status = 'DEAD'`,
  `INSERT INTO reported_trades (position_id, user_id, day)
   SELECT positions.id, positions.user_id, newest.day
   FROM positions,
        (SELECT day, created_at FROM daily_reports WHERE user_id IS NULL ORDER BY day DESC LIMIT 1) AS newest
   WHERE closed_at < date_trunc('minute', newest.created_at) AND positions.updated_at <= newest.created_at AND qty > 0`,
];

const DOWN: readonly string[] = [
  `DROP INDEX "ix_deliveries_given_up"`,
  `DROP INDEX "uq_daily_reports_user"`,
  `CREATE UNIQUE INDEX "uq_daily_reports_user" ON "daily_reports" ("day", "user_id") WHERE user_id IS NOT NULL`,
  `DROP TABLE "reported_trades"`,
];

export class ReportedTrades1763676000004 implements MigrationInterface {
  name = 'ReportedTrades1763676000004';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
