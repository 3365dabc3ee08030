/**
 * Tokens by which an administrator reads what a user sees: they hang on the administrator's session and always end.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `ALTER TABLE "access_tokens" ADD "staff_session_id" uuid`,
  `ALTER TABLE "access_tokens" ADD CONSTRAINT "fk_access_tokens_staff_session_id" FOREIGN KEY ("staff_session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "access_tokens" ADD CONSTRAINT "ck_access_tokens_of_staff" CHECK (staff_session_id IS NULL OR user_id IS NOT NULL AND kind = 'bearer' AND expires_at IS NOT NULL)`,
  `CREATE INDEX "ix_access_tokens_staff_session_id" ON "access_tokens" ("staff_session_id")`,
];

const DOWN = [
  `DROP INDEX "ix_access_tokens_staff_session_id"`,
  `DELETE FROM "access_tokens" WHERE "staff_session_id" IS NOT NULL`,
  `ALTER TABLE "access_tokens" DROP CONSTRAINT "ck_access_tokens_of_staff"`,
  `ALTER TABLE "access_tokens" DROP CONSTRAINT "fk_access_tokens_staff_session_id"`,
  `ALTER TABLE "access_tokens" DROP COLUMN "staff_session_id"`,
];

export class Impersonation1763677000730 implements MigrationInterface {
  name = 'Impersonation1763677000730';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
