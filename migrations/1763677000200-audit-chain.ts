/**
 * The chain over the audit trail: each row is signed, a trigger queues it for its seal, seals are never changed. And secrets
 * of the platform, wrapped by the master key.
 * Keeps: rows that are already there wait for their seals like new ones.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  `CREATE TABLE "platform_secrets" ("name" text NOT NULL, "wrapped" bytea NOT NULL, "master_key_id" text NOT NULL, "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, CONSTRAINT "pk_platform_secrets" PRIMARY KEY ("name"))`,
  `ALTER TABLE "audit_events" ADD "mac" bytea`,
  `CREATE INDEX "ix_audit_events_action_id" ON "audit_events" ("action", "id")`,
  `CREATE INDEX "ix_audit_events_address_id" ON "audit_events" ("address", "id")`,
  `CREATE INDEX "ix_audit_events_created_at" ON "audit_events" ("created_at")`,
  `CREATE TABLE "audit_seals" ("seq" bigint NOT NULL, "event_id" bigint NOT NULL, "hash" bytea NOT NULL, CONSTRAINT "pk_audit_seals" PRIMARY KEY ("seq"))`,
  `CREATE UNIQUE INDEX "ix_audit_seals_event_id" ON "audit_seals" ("event_id")`,
  `ALTER TABLE "audit_seals" ADD CONSTRAINT "fk_audit_seals_event_id" FOREIGN KEY ("event_id") REFERENCES "audit_events"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
  `CREATE TABLE "audit_unsealed" ("event_id" bigint NOT NULL, CONSTRAINT "pk_audit_unsealed" PRIMARY KEY ("event_id"))`,
  `CREATE TABLE "audit_head" ("id" bigint NOT NULL, "seq" bigint NOT NULL, "hash" bytea NOT NULL, "mac" bytea NOT NULL, "sealed_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL, CONSTRAINT "ck_audit_head_only" CHECK (id = 1), CONSTRAINT "pk_audit_head" PRIMARY KEY ("id"))`,
  `CREATE FUNCTION queue_audit_seal() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     INSERT INTO audit_unsealed (event_id) SELECT id FROM made;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER audit_events_queue_seal AFTER INSERT ON audit_events REFERENCING NEW TABLE AS made
   FOR EACH STATEMENT EXECUTE FUNCTION queue_audit_seal()`,
  `CREATE TRIGGER audit_seals_append_only BEFORE UPDATE OR DELETE ON audit_seals
   FOR EACH ROW EXECUTE FUNCTION refuse_change('rows are append-only')`,
  `CREATE TRIGGER audit_seals_no_truncate BEFORE TRUNCATE ON audit_seals
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('rows are append-only')`,
  `INSERT INTO audit_unsealed (event_id) SELECT id FROM audit_events`,
];

const DOWN: readonly string[] = [
  `DROP TRIGGER audit_events_queue_seal ON audit_events`,
  `DROP FUNCTION queue_audit_seal()`,
  `DROP TABLE "audit_head"`,
  `DROP TABLE "audit_unsealed"`,
  `DROP TABLE "audit_seals"`,
  `DROP INDEX "ix_audit_events_created_at"`,
  `DROP INDEX "ix_audit_events_address_id"`,
  `DROP INDEX "ix_audit_events_action_id"`,
  `ALTER TABLE "audit_events" DROP COLUMN "mac"`,
  `DROP TABLE "platform_secrets"`,
];

export class AuditChain1763677000200 implements MigrationInterface {
  name = 'AuditChain1763677000200';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
