/**
 * Tickets of support belong to somebody of the staff; notifications of them.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const EVENTS =
  "'signal', 'signal_update', 'trade_start', 'trade_target', 'trade_stop', 'trade_end', 'login_alert', 'receipt', 'plan_expiry', 'daily_summary', 'announcement'";

const events = (names: string) => [
  'ALTER TABLE "notifications" DROP CONSTRAINT "ck_notifications_event"',
  `ALTER TABLE "notifications" ADD CONSTRAINT "ck_notifications_event" CHECK (event IN (${names}))`,
];

const UP: readonly string[] = [
  `ALTER TABLE "support_tickets" ADD "assignee_id" bigint`,
  `ALTER TABLE "support_tickets" ADD CONSTRAINT "fk_support_tickets_assignee_id" FOREIGN KEY ("assignee_id") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE NO ACTION`,
  `CREATE INDEX "ix_support_tickets_assignee_id_id" ON "support_tickets" ("assignee_id", "id")`,
  ...events(`${EVENTS}, 'support'`),
];

const DOWN: readonly string[] = [
  `DELETE FROM "notifications" WHERE event = 'support'`,
  ...events(EVENTS),
  `DROP INDEX "ix_support_tickets_assignee_id_id"`,
  `ALTER TABLE "support_tickets" DROP CONSTRAINT "fk_support_tickets_assignee_id"`,
  `ALTER TABLE "support_tickets" DROP COLUMN "assignee_id"`,
];

export class SupportAssignment1763677000720 implements MigrationInterface {
  name = 'SupportAssignment1763677000720';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
