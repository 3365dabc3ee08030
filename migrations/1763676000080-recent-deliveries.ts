/** Lets the deliveries of the last day be counted, for the metrics, without reading all of them. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RecentDeliveries1763676000080 implements MigrationInterface {
  name = 'RecentDeliveries1763676000080';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX "ix_deliveries_created_at" ON "deliveries" ("created_at")');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "ix_deliveries_created_at"');
  }
}
