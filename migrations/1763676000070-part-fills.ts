/**
 * Fills in parts: the market price at which an order of a position last filled in part, so that the same price coming
 * again has no effect.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PartFills1763676000070 implements MigrationInterface {
  name = 'PartFills1763676000070';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "positions" ADD "part_price" numeric`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "positions" DROP COLUMN "part_price"`);
  }
}
