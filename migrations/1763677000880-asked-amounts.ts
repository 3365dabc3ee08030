/**
 * The amounts that payments asked for are found whatever became of the payment: they rest for a while before they are asked
 * for again, and a transfer that repeats one is its payer's.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  'DROP INDEX "ix_payments_late"',
  'CREATE INDEX "ix_payments_due_expires_at" ON "payments" ("due", "expires_at")',
  'CREATE INDEX "ix_payments_amount_expires_at" ON "payments" ("amount", "expires_at")',
];

const DOWN: readonly string[] = [
  'DROP INDEX "ix_payments_amount_expires_at"',
  'DROP INDEX "ix_payments_due_expires_at"',
  `CREATE INDEX "ix_payments_late" ON "payments" ("due", "expires_at") WHERE status IN ('EXPIRED', 'REVIEW')`,
];

export class AskedAmounts1763677000880 implements MigrationInterface {
  name = 'AskedAmounts1763677000880';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
