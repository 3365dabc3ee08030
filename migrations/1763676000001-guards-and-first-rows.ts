/**
 * What the database itself refuses: changing append-only rows, and leaving a final status. And the first sources.
 * Keeps: history cannot be rewritten and a finished position or signal cannot be revived, whatever the code does.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const APPEND_ONLY = ['trade_log', 'fills', 'signal_events', 'decisions', 'audit_events'];

const FINAL = [
  { table: 'positions', statuses: "('CLOSED', 'STOPPED', 'CANCELLED')" },
  { table: 'signals', statuses: "('CLOSED', 'STOPPED', 'CANCELLED')" },
];

export class GuardsAndFirstRows1763676000001 implements MigrationInterface {
  name = 'GuardsAndFirstRows1763676000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% on %: %', TG_OP, TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
      END $$`);
    for (const table of APPEND_ONLY) {
      await runner.query(`
        CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION refuse_change('rows are append-only')`);
      await runner.query(`
        CREATE TRIGGER ${table}_no_truncate BEFORE TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('rows are append-only')`);
    }
    for (const { table, statuses } of FINAL) {
      await runner.query(`
        CREATE TRIGGER ${table}_final_status BEFORE UPDATE ON ${table}
        FOR EACH ROW WHEN (OLD.status IN ${statuses} AND NEW.status IS DISTINCT FROM OLD.status)
        EXECUTE FUNCTION refuse_change('a final status cannot be left')`);
    }
    await runner.query(`
      CREATE TRIGGER work_items_fence BEFORE UPDATE ON work_items
      FOR EACH ROW WHEN (NEW.fence < OLD.fence) EXECUTE FUNCTION refuse_change('a fence never falls')`);
    await runner.query(`
      INSERT INTO sources (code, kind, name, created_at)
      VALUES ('manual', 'manual', 'Staff', now()), ('house', 'house', 'House engine', now())`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM sources WHERE code IN ('manual', 'house')`);
    await runner.query('DROP TRIGGER work_items_fence ON work_items');
    for (const { table } of FINAL) await runner.query(`DROP TRIGGER ${table}_final_status ON ${table}`);
    for (const table of APPEND_ONLY) {
      await runner.query(`DROP TRIGGER ${table}_append_only ON ${table}`);
      await runner.query(`DROP TRIGGER ${table}_no_truncate ON ${table}`);
    }
    await runner.query('DROP FUNCTION refuse_change()');
  }
}
