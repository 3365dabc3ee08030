/**
 * How far the market went while a signal was entered: for what following it could have earned and lost.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SignalExtremes1763677000841 implements MigrationInterface {
  name = 'SignalExtremes1763677000841';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE "signal_extremes" ("signal_id" bigint NOT NULL, "high" numeric NOT NULL, "low" numeric NOT NULL, CONSTRAINT "ck_signal_extremes_order" CHECK (low > 0 AND high >= low), CONSTRAINT "pk_signal_extremes" PRIMARY KEY ("signal_id"))`,
    );
    await runner.query(
      `ALTER TABLE "signal_extremes" ADD CONSTRAINT "fk_signal_extremes_signal_id" FOREIGN KEY ("signal_id") REFERENCES "signals"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "signal_extremes"`);
  }
}
