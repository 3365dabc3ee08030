/**
 * Deletions of accounts that wait for their day, and exports of what is stored of a user.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  `CREATE TABLE "account_deletions" ("user_id" bigint NOT NULL, "requested_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "due_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "completed_at" TIMESTAMP(3) WITH TIME ZONE, CONSTRAINT "ck_account_deletions_due" CHECK (due_at > requested_at), CONSTRAINT "pk_account_deletions" PRIMARY KEY ("user_id"))`,
  `CREATE INDEX "ix_account_deletions_waiting" ON "account_deletions" ("due_at") WHERE completed_at IS NULL`,
  `ALTER TABLE "account_deletions" ADD CONSTRAINT "fk_account_deletions_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `CREATE TABLE "data_exports" ("user_id" bigint NOT NULL, "requested_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "ready_at" TIMESTAMP(3) WITH TIME ZONE, "expires_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "bytes" integer NOT NULL DEFAULT '0', "content" bytea, CONSTRAINT "pk_data_exports" PRIMARY KEY ("user_id"))`,
  `CREATE INDEX "ix_data_exports_expires_at" ON "data_exports" ("expires_at")`,
  `ALTER TABLE "data_exports" ADD CONSTRAINT "fk_data_exports_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
];

export class Privacy1763677000120 implements MigrationInterface {
  name = 'Privacy1763677000120';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE "data_exports"');
    await runner.query('DROP TABLE "account_deletions"');
  }
}
