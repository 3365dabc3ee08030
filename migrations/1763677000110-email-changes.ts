/**
 * Changes of e-mail addresses that wait for both addresses.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  `CREATE TABLE "email_changes" ("user_id" bigint NOT NULL, "new_email" text NOT NULL, "old_token_hash" text NOT NULL, "new_token_hash" text NOT NULL, "old_confirmed_at" TIMESTAMP(3) WITH TIME ZONE, "new_confirmed_at" TIMESTAMP(3) WITH TIME ZONE, "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "expires_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, CONSTRAINT "ck_email_changes_new_email_lower" CHECK (new_email = lower(new_email)), CONSTRAINT "pk_email_changes" PRIMARY KEY ("user_id"))`,
  `CREATE INDEX "ix_email_changes_expires_at" ON "email_changes" ("expires_at")`,
  `CREATE UNIQUE INDEX "ix_email_changes_old_token_hash" ON "email_changes" ("old_token_hash")`,
  `CREATE UNIQUE INDEX "ix_email_changes_new_token_hash" ON "email_changes" ("new_token_hash")`,
  `ALTER TABLE "email_changes" ADD CONSTRAINT "fk_email_changes_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
];

export class EmailChanges1763677000110 implements MigrationInterface {
  name = 'EmailChanges1763677000110';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE "email_changes"');
  }
}
