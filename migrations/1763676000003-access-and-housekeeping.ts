/**
 * What ends a user's access is announced by the database itself, whoever changes it; one open mail token per purpose;
 * no part of a secret in clear; indexes for deleting what has expired.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const EXPIRING = [
  ['sessions', 'expires_at'],
  ['one_time_tokens', 'expires_at'],
  ['rate_limits', 'expire'],
] as const;

export class AccessAndHousekeeping1763676000003 implements MigrationInterface {
  name = 'AccessAndHousekeeping1763676000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION announce_access() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('verzek_access', to_jsonb(OLD)->>TG_ARGV[0]);
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER users_announce_access AFTER UPDATE OF role, is_verified, disabled_at ON users FOR EACH ROW
      WHEN ((OLD.role, OLD.is_verified, OLD.disabled_at) IS DISTINCT FROM (NEW.role, NEW.is_verified, NEW.disabled_at))
      EXECUTE FUNCTION announce_access('id')`);
    await runner.query(`
      CREATE TRIGGER users_announce_end AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION announce_access('id')`);
    await runner.query(`
      CREATE TRIGGER sessions_announce_access AFTER UPDATE OF revoked_at ON sessions FOR EACH ROW
      WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION announce_access('user_id')`);
    await runner.query(`
      UPDATE one_time_tokens older SET used_at = now()
      WHERE used_at IS NULL AND EXISTS (SELECT 1 FROM one_time_tokens newer
        WHERE newer.user_id = older.user_id AND newer.purpose = older.purpose AND newer.used_at IS NULL
          AND newer.id > older.id)`);
    await runner.query(
      'CREATE UNIQUE INDEX ix_one_time_tokens_open ON one_time_tokens (user_id, purpose) WHERE used_at IS NULL',
    );
    await runner.query(`UPDATE account_credentials SET hint = '••••' WHERE field <> 'api_key'`);
    await runner.query(`
      ALTER TABLE account_credentials
      ADD CONSTRAINT ck_account_credentials_hint CHECK (field = 'api_key' OR hint = '••••')`);
    for (const [table, column] of EXPIRING) {
      await runner.query(`CREATE INDEX ix_${table}_${column} ON ${table} (${column})`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, column] of EXPIRING) await runner.query(`DROP INDEX ix_${table}_${column}`);
    await runner.query('ALTER TABLE account_credentials DROP CONSTRAINT ck_account_credentials_hint');
    await runner.query('DROP INDEX ix_one_time_tokens_open');
    await runner.query('DROP TRIGGER sessions_announce_access ON sessions');
    await runner.query('DROP TRIGGER users_announce_end ON users');
    await runner.query('DROP TRIGGER users_announce_access ON users');
    await runner.query('DROP FUNCTION announce_access()');
  }
}
