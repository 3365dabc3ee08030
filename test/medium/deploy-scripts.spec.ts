/**
 * The scripts of deploy/ in a shell, with programs of our own in place of PostgreSQL's, npm and systemd: a backup stays,
 * quotes in the settings do not reach the database, and the owner migrates where the processes may not.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploy spec '));
  mkdirSync(join(folder, 'bin'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a program before the real one; every call is kept in the file `calls`. */
function program(name: string, body = ''): void {
  const path = join(folder, 'bin', name);
  const note = `printf '%s\\n' "${name} $* as \${DATABASE_URL:-nobody}" >>"${folder}/calls"`;
  writeFileSync(path, `#!/usr/bin/env bash\n${note}\n${body}\n`);
  chmodSync(path, 0o755);
}

function run(script: string, args: readonly string[] = [], environment: Record<string, string> = {}) {
  const { PATH = '' } = process.env;
  const env = { PATH: `${join(folder, 'bin')}:${PATH}`, HOME: folder, ...environment };
  const { status, stdout, stderr } = spawnSync('bash', [script, ...args], { env, encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr };
}

const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

const settingsWith = (...lines: string[]) => {
  const path = join(folder, 'verzek.env');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

describe('deploy/backup.sh', () => {
  /** A listing as long as that of a real schema, with the line that is looked for near its beginning. */
  const backup = (line: string) => {
    program('pg_dump', 'for given in "$@"; do [[ $given != --file=* ]] || echo dump >"${given#--file=}"; done');
    program('pg_restore', `echo '${line}'; seq 200000`);
    const settings = settingsWith('DATABASE_URL=old', `DATABASE_URL="postgres://u:a\\$b@h/db"  `);
    return run(join(DEPLOY, 'backup.sh'), [join(folder, 'backups')], { VERZEK_SETTINGS: settings });
  };

  it('keeps the backup that it has read back', () => {
    const { status, stdout, stderr } = backup('4711; 0 16385 TABLE DATA public migrations verzek');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(stdout.trim(), 'utf8')).toBe('dump\n');
    expect(calls()[0]).toContain('--dbname=postgres://u:a$b@h/db as');
  });

  it('keeps nothing of a database that is not the product’s', () => {
    expect(backup('4711; 0 16385 TABLE DATA public other verzek')).toMatchObject({ status: 1 });
    expect(readdirSync(join(folder, 'backups'))).toEqual([]);
  });
});

describe('deploy/deploy.sh', () => {
  /** A clone with a commit of its own, on a machine whose units are well. */
  const deploy = (settings: string, environment: Record<string, string> = {}) => {
    const clone = join(folder, 'clone');
    cpSync(DEPLOY, join(clone, 'deploy'), { recursive: true });
    const git = ['-c', 'user.name=x', '-c', 'user.email=x@example.com', '-C', clone];
    for (const args of [
      ['init', '--quiet'],
      ['add', '.'],
      ['commit', '--quiet', '--no-gpg-sign', '--message=x'],
    ]) {
      const { status, stderr } = spawnSync('git', [...git, ...args], { encoding: 'utf8' });
      expect({ status, stderr }).toMatchObject({ status: 0 });
    }
    for (const name of ['npm', 'node', 'psql']) program(name);
    program('curl', `echo '{"ok":true}'`);
    program('systemctl', 'case "$*" in *SubState*) echo running ;; *Timestamp*) echo 2026-01-01 ;; esac');
    mkdirSync(join(folder, 'base/releases'), { recursive: true });
    return run(join(clone, 'deploy/deploy.sh'), [], {
      VERZEK_BASE: join(folder, 'base'),
      VERZEK_SETTINGS: settings,
      VERZEK_MIGRATION_SETTINGS: join(folder, 'migration.env'),
      ...environment,
    });
  };

  const databaseCalls = () => calls().filter((call) => /^(node|psql) /.test(call));

  it('migrates as the processes connect where nobody else is named', () => {
    const { status, stderr } = deploy(settingsWith(`DATABASE_URL='postgres://one@h/db'`));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(databaseCalls()).toEqual(['node scripts/database.mjs run as postgres://one@h/db']);
    expect(existsSync(join(folder, 'base/current/deploy/deploy.sh'))).toBe(true);
  });

  it('migrates as the owner, and renews the rights of the processes', () => {
    writeFileSync(join(folder, 'migration.env'), 'MIGRATION_DATABASE_URL="postgres://owner@h/db"\n');
    const { status } = deploy(settingsWith('DATABASE_URL=postgres://verzek_runtime@h/db'));
    expect(status).toBe(0);
    expect(databaseCalls()).toEqual([
      'node scripts/database.mjs run as postgres://owner@h/db',
      expect.stringMatching(/^psql .*--dbname=postgres:\/\/owner@h\/db --file=deploy\/runtime-role\.sql as nobody$/),
    ]);
  });

  it('refuses the owner’s password where the processes could read it', () => {
    const settings = settingsWith(
      'DATABASE_URL=postgres://verzek_runtime@h/db',
      'MIGRATION_DATABASE_URL=postgres://o@h/db',
    );
    const { status, stderr } = deploy(settings);
    expect(status).toBe(1);
    expect(stderr).toContain('which the processes read');
    expect(existsSync(join(folder, 'calls'))).toBe(false);
  });
});
