/**
 * Indexes of live positions that one statement alone can be planned over: after a storm of closes the planner takes every
 * index of live positions for empty, and reads whichever comes first from end to end.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const LIVE = `status = ANY (ARRAY['PENDING'::text, 'OPEN'::text, 'PARTIAL'::text])`;

const DROPPED = ['live_user', 'entry_expires', 'exit_at'].map((name) => `DROP INDEX "public"."ix_positions_${name}"`);

const whileLive = (column: string) => `(CASE WHEN closed_at IS NULL THEN ${column} END)`;

const UP: readonly string[] = [
  ...DROPPED,
  'CREATE INDEX "ix_positions_live_user" ON "positions" ("user_id") WHERE closed_at IS NULL',
  ...[
    ['entry_expires', whileLive('entry_expires_at')],
    ['exit_at', whileLive('exit_at')],
  ].map(([name, due]) => `CREATE INDEX "ix_positions_${name}" ON "positions" (${due}) WHERE ${due} IS NOT NULL`),
];

const DOWN: readonly string[] = [
  ...DROPPED,
  `CREATE INDEX "ix_positions_live_user" ON "positions" ("user_id") WHERE ${LIVE}`,
  `CREATE INDEX "ix_positions_entry_expires" ON "positions" ("entry_expires_at") WHERE entry_expires_at IS NOT NULL AND ${LIVE}`,
  `CREATE INDEX "ix_positions_exit_at" ON "positions" ("exit_at") WHERE exit_at IS NOT NULL AND ${LIVE}`,
];

export class LivePositionIndexes1763677000600 implements MigrationInterface {
  name = 'LivePositionIndexes1763677000600';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
