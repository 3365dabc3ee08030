/**
 * One-way or hedge, per user. Those who had switched reversal off have held both sides so far: they keep doing so.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class PositionMode1763676000061 implements MigrationInterface {
  name = 'PositionMode1763676000061';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "user_settings" ADD "position_mode" text NOT NULL DEFAULT 'ONE_WAY'`);
    await runner.query(`UPDATE user_settings SET position_mode = 'HEDGE' WHERE NOT auto_reversal_enabled`);
    await runner.query(
      `ALTER TABLE "user_settings" ADD CONSTRAINT "ck_user_settings_position_mode" CHECK (position_mode IN ('ONE_WAY', 'HEDGE'))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "user_settings" DROP CONSTRAINT "ck_user_settings_position_mode"`);
    await runner.query(`ALTER TABLE "user_settings" DROP COLUMN "position_mode"`);
  }
}
