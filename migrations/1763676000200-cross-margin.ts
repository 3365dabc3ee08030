/**
 * Cross margin: which positions have it, and how those of an account are found. The archive and its view follow; isolated
 * positions are in no new index.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const VIEW = `CREATE VIEW all_positions AS SELECT * FROM positions UNION ALL SELECT * FROM archived_positions`;

export class CrossMargin1763676000200 implements MigrationInterface {
  name = 'CrossMargin1763676000200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP VIEW all_positions`);
    for (const table of ['positions', 'archived_positions']) {
      await runner.query(`ALTER TABLE "${table}" ADD "is_cross" boolean NOT NULL DEFAULT false`);
    }
    await runner.query(VIEW);
    await runner.query(
      `CREATE INDEX "ix_positions_live_cross" ON "positions" ("account_id", "id") WHERE is_cross AND status IN ('PENDING', 'OPEN', 'PARTIAL')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX "ix_positions_live_cross"`);
    await runner.query(`DROP VIEW all_positions`);
    for (const table of ['archived_positions', 'positions']) {
      await runner.query(`ALTER TABLE "${table}" DROP COLUMN "is_cross"`);
    }
    await runner.query(VIEW);
  }
}
