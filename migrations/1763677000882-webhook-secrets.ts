/**
 * The secret of a webhook is replaced while the one before still signs beside it; a delivery that is final is sent again.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  `ALTER TABLE "webhook_endpoints" ADD "previous_place" text, ADD "previous_sealed_secret" bytea,
   ADD "previous_until" TIMESTAMP(3) WITH TIME ZONE`,
  `ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "ck_webhook_endpoints_previous"
   CHECK (num_nulls(previous_place, previous_sealed_secret, previous_until) IN (0, 3))`,
  `ALTER TABLE "webhook_deliveries" ADD "attempts_before" integer NOT NULL DEFAULT 0`,
  `ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "ck_webhook_deliveries_attempts_before"
   CHECK (attempts_before BETWEEN 0 AND attempts)`,
];

const DOWN: readonly string[] = [
  'ALTER TABLE "webhook_deliveries" DROP COLUMN "attempts_before"',
  `ALTER TABLE "webhook_endpoints" DROP COLUMN "previous_until", DROP COLUMN "previous_sealed_secret",
   DROP COLUMN "previous_place"`,
];

export class WebhookSecrets1763677000882 implements MigrationInterface {
  name = 'WebhookSecrets1763677000882';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
