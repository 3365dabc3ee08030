/**
 * A token for programs is of a user or of a source: by the latter a program posts as that source and does nothing else.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `ALTER TABLE "access_tokens" ADD "source_id" bigint`,
  `ALTER TABLE "access_tokens" ALTER COLUMN "user_id" DROP NOT NULL`,
  `ALTER TABLE "access_tokens" ADD CONSTRAINT "fk_access_tokens_source_id" FOREIGN KEY ("source_id") REFERENCES "sources"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "access_tokens" ADD CONSTRAINT "ck_access_tokens_owner" CHECK ((user_id IS NULL) <> (source_id IS NULL))`,
  `ALTER TABLE "access_tokens" ADD CONSTRAINT "ck_access_tokens_of_source" CHECK (source_id IS NULL OR kind = 'bearer')`,
  `CREATE INDEX "ix_access_tokens_source_id_id" ON "access_tokens" ("source_id", "id")`,
];

const DOWN = [
  `DROP INDEX "ix_access_tokens_source_id_id"`,
  `DELETE FROM "access_tokens" WHERE "source_id" IS NOT NULL`,
  `ALTER TABLE "access_tokens" DROP CONSTRAINT "ck_access_tokens_of_source"`,
  `ALTER TABLE "access_tokens" DROP CONSTRAINT "ck_access_tokens_owner"`,
  `ALTER TABLE "access_tokens" DROP CONSTRAINT "fk_access_tokens_source_id"`,
  `ALTER TABLE "access_tokens" ALTER COLUMN "user_id" SET NOT NULL`,
  `ALTER TABLE "access_tokens" DROP COLUMN "source_id"`,
];

export class SourceTokens1763677000700 implements MigrationInterface {
  name = 'SourceTokens1763677000700';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
