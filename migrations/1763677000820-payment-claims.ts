/**
 * Who names a transaction is kept also where somebody else named it first; amounts of ended invoices are found while
 * money may still come for them.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const late = (statuses: string) =>
  `CREATE INDEX "ix_payments_late" ON "payments" ("due", "expires_at") WHERE status ${statuses}`;

const UP: readonly string[] = [
  `ALTER TABLE "payments" ADD "claimed_hash" text, ADD "claimed_at" TIMESTAMP(3) WITH TIME ZONE`,
  `UPDATE "payments" SET claimed_hash = tx_hash, claimed_at = updated_at WHERE tx_hash IS NOT NULL`,
  `ALTER TABLE "payments" ADD CONSTRAINT "ck_payments_claim" CHECK ((claimed_hash IS NULL) = (claimed_at IS NULL) AND (tx_hash IS NULL OR (claimed_hash IS NOT NULL AND claimed_hash = tx_hash)))`,
  `CREATE INDEX "ix_payments_claimed_hash" ON "payments" ("claimed_hash") WHERE claimed_hash IS NOT NULL`,
  `CREATE INDEX "ix_chain_transfers_sender" ON "chain_transfers" ("from_address") WHERE status = 'CREDITED'`,
  `DROP INDEX "ix_payments_late"`,
  late(`IN ('EXPIRED', 'REVIEW')`),
];

const DOWN: readonly string[] = [
  `DROP INDEX "ix_payments_late"`,
  late(`= 'EXPIRED'`),
  `DROP INDEX "ix_chain_transfers_sender"`,
  `ALTER TABLE "payments" DROP CONSTRAINT "ck_payments_claim"`,
  `ALTER TABLE "payments" DROP COLUMN "claimed_hash", DROP COLUMN "claimed_at"`,
];

export class PaymentClaims1763677000820 implements MigrationInterface {
  name = 'PaymentClaims1763677000820';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
