/**
 * What makes an alert the one that it is stands in one unique key, so that repeats are told apart without a lock.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  'DROP INDEX "ix_alerts_source_id_body_hash_id"',
  'DROP INDEX "ix_alerts_own_id"',
  'ALTER TABLE "alerts" DROP COLUMN "body_hash"',
  'ALTER TABLE "alerts" DROP COLUMN "own_id"',
  'ALTER TABLE "alerts" ADD "dedup_key" text',
  'CREATE UNIQUE INDEX "ix_alerts_dedup" ON "alerts" ("source_id", "dedup_key") WHERE dedup_key IS NOT NULL',
];

const DOWN: readonly string[] = [
  'DROP INDEX "ix_alerts_dedup"',
  'ALTER TABLE "alerts" DROP COLUMN "dedup_key"',
  `ALTER TABLE "alerts" ADD "own_id" text`,
  `ALTER TABLE "alerts" ADD "body_hash" bytea NOT NULL DEFAULT ''`,
  `ALTER TABLE "alerts" ALTER COLUMN "body_hash" DROP DEFAULT`,
  'CREATE INDEX "ix_alerts_own_id" ON "alerts" ("source_id", "own_id") WHERE own_id IS NOT NULL',
  'CREATE INDEX "ix_alerts_source_id_body_hash_id" ON "alerts" ("source_id", "body_hash", "id")',
];

export class AlertRepeats1763677000851 implements MigrationInterface {
  name = 'AlertRepeats1763677000851';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
