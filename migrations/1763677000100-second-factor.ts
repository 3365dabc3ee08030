/**
 * Second factors and recovery codes of users, and when a session last showed who sits before it.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  `ALTER TABLE "users" ADD "two_factor_at" TIMESTAMP(3) WITH TIME ZONE`,
  `ALTER TABLE "sessions" ADD "authenticated_at" TIMESTAMP(3) WITH TIME ZONE`,
  `UPDATE sessions SET authenticated_at = created_at`,
  `ALTER TABLE "sessions" ALTER COLUMN "authenticated_at" SET NOT NULL`,
  `CREATE TABLE "two_factors" ("user_id" bigint NOT NULL, "secret" bytea NOT NULL, "last_step" bigint NOT NULL DEFAULT '0', "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, CONSTRAINT "pk_two_factors" PRIMARY KEY ("user_id"))`,
  `ALTER TABLE "two_factors" ADD CONSTRAINT "fk_two_factors_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `CREATE TABLE "recovery_codes" ("user_id" bigint NOT NULL, "code_hash" text NOT NULL, "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, "used_at" TIMESTAMP(3) WITH TIME ZONE, CONSTRAINT "pk_recovery_codes" PRIMARY KEY ("user_id", "code_hash"))`,
  `ALTER TABLE "recovery_codes" ADD CONSTRAINT "fk_recovery_codes_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
];

const DOWN: readonly string[] = [
  `DROP TABLE "recovery_codes"`,
  `DROP TABLE "two_factors"`,
  `ALTER TABLE "sessions" DROP COLUMN "authenticated_at"`,
  `ALTER TABLE "users" DROP COLUMN "two_factor_at"`,
];

export class SecondFactor1763677000100 implements MigrationInterface {
  name = 'SecondFactor1763677000100';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
