/**
 * What a source calls its signal, so that a later word about it finds it; and which signals such a word meant.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SignalRefs1763677000840 implements MigrationInterface {
  name = 'SignalRefs1763677000840';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "signals" ADD "ref" text`);
    await runner.query(`ALTER TABLE "signals" ADD CONSTRAINT "ck_signals_ref" CHECK (length(ref) BETWEEN 1 AND 200)`);
    await runner.query(`CREATE INDEX "ix_signals_ref" ON "signals" ("ref", "id") WHERE ref IS NOT NULL`);
    await runner.query(
      `CREATE TABLE "intake_targets" ("source_id" bigint NOT NULL, "key" text NOT NULL, "signal_ids" bigint array NOT NULL, "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, CONSTRAINT "pk_intake_targets" PRIMARY KEY ("source_id", "key"))`,
    );
    await runner.query(`CREATE INDEX "ix_intake_targets_created_at" ON "intake_targets" ("created_at")`);
    await runner.query(
      `ALTER TABLE "intake_targets" ADD CONSTRAINT "fk_intake_targets_source_id" FOREIGN KEY ("source_id") REFERENCES "sources"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "intake_targets"`);
    await runner.query(`DROP INDEX "ix_signals_ref"`);
    await runner.query(`ALTER TABLE "signals" DROP CONSTRAINT "ck_signals_ref"`);
    await runner.query(`ALTER TABLE "signals" DROP COLUMN "ref"`);
  }
}
