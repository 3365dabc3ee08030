/**
 * The index of live positions by user has a condition that no other index of live positions has: a statement that asks for
 * it can be planned over none of the others.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const INDEX = 'CREATE INDEX "ix_positions_live_user" ON "positions" ("user_id")';

export class LivePositionsByUser1763677000600 implements MigrationInterface {
  name = 'LivePositionsByUser1763677000600';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "public"."ix_positions_live_user"');
    await runner.query(`${INDEX} WHERE closed_at IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "public"."ix_positions_live_user"');
    await runner.query(`${INDEX} WHERE status = ANY (ARRAY['PENDING'::text, 'OPEN'::text, 'PARTIAL'::text])`);
  }
}
