/**
 * That a part of a signal's trades was closed is one of its events.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const BEFORE = `'POSTED', 'ENTRY', 'TARGET', 'ALL_TARGETS', 'STOP', 'CANCELLED', 'CLOSED', 'EDITED'`;

export class SignalReductions1763677000842 implements MigrationInterface {
  name = 'SignalReductions1763677000842';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "signal_events" DROP CONSTRAINT "ck_signal_events_type"`);
    await runner.query(
      `ALTER TABLE "signal_events" ADD CONSTRAINT "ck_signal_events_type" CHECK (type IN (${BEFORE}, 'REDUCED'))`,
    );
  }

  /** Only as long as no part was closed: its event stops the way back. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "signal_events" DROP CONSTRAINT "ck_signal_events_type"`);
    await runner.query(
      `ALTER TABLE "signal_events" ADD CONSTRAINT "ck_signal_events_type" CHECK (type IN (${BEFORE}))`,
    );
  }
}
