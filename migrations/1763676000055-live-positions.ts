/**
 * Indexes of live positions in the order in which they are paged through: by id within a signal, a symbol or a side of it.
 * Keeps: a page costs what it holds, however many positions stand on the same symbol.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const LIVE = `status IN ('PENDING', 'OPEN', 'PARTIAL')`;

const INDEXES = ['ix_positions_live_signal', 'ix_positions_live_symbol'];

const UP: readonly string[] = [
  ...INDEXES.map((name) => `DROP INDEX "${name}"`),
  `CREATE INDEX "ix_positions_live_signal" ON "positions" ("signal_id", "id") WHERE ${LIVE}`,
  `CREATE INDEX "ix_positions_live_symbol" ON "positions" ("symbol", "side", "id") WHERE ${LIVE}`,
];

const DOWN: readonly string[] = [
  ...INDEXES.map((name) => `DROP INDEX "${name}"`),
  `CREATE INDEX "ix_positions_live_symbol" ON "positions" ("symbol", "user_id") WHERE ${LIVE}`,
  `CREATE INDEX "ix_positions_live_signal" ON "positions" ("signal_id") WHERE ${LIVE}`,
];

export class LivePositions1763676000055 implements MigrationInterface {
  name = 'LivePositions1763676000055';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
