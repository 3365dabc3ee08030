/**
 * The end of the audit trail's chain only moves on, and is never removed.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP: readonly string[] = [
  `CREATE TRIGGER audit_head_rises BEFORE UPDATE ON audit_head
   FOR EACH ROW WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION refuse_change('the end of the chain only moves on')`,
  `CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
   FOR EACH ROW EXECUTE FUNCTION refuse_change('the end of the chain only moves on')`,
  `CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head
   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('the end of the chain only moves on')`,
];

const DOWN: readonly string[] = [
  'DROP TRIGGER audit_head_no_truncate ON audit_head',
  'DROP TRIGGER audit_head_stays ON audit_head',
  'DROP TRIGGER audit_head_rises ON audit_head',
];

export class AuditHead1763677000610 implements MigrationInterface {
  name = 'AuditHead1763677000610';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
