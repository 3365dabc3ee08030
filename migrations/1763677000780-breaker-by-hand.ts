/**
 * The platform's circuit breaker can be opened by hand.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const DROP = `ALTER TABLE "circuit_breakers" DROP CONSTRAINT "ck_circuit_breakers_reason"`;

const add = (reasons: readonly string[]) =>
  `ALTER TABLE "circuit_breakers" ADD CONSTRAINT "ck_circuit_breakers_reason" CHECK (reason IN (${reasons.map((reason) => `'${reason}'`).join(', ')}))`;

const BEFORE: readonly string[] = ['LOSS_PERCENT', 'LOSING_STREAK', 'DRAWDOWN', 'HALF_OPEN_LOSS'];

const UP: readonly string[] = [DROP, add([...BEFORE, 'MANUAL'])];

const DOWN: readonly string[] = [
  // The other reason that lasts until somebody resets the breaker: going back lets nothing in.
  `UPDATE "circuit_breakers" SET reason = 'DRAWDOWN' WHERE reason = 'MANUAL'`,
  DROP,
  add(BEFORE),
];

export class BreakerByHand1763677000780 implements MigrationInterface {
  name = 'BreakerByHand1763677000780';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
