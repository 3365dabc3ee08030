/**
 * The folder that holds a database cluster: where it lies, its password, and its first initialisation.
 * Keeps: a cluster folder exists whole or not at all (made under another name, then renamed), so a crash in between
 * never blocks; the password is random and readable by its owner only.
 * Must be called under the instance lock.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ensureSharedFolder, SHARED_FOLDER, type PostgresBinaries } from './postgres-binaries.js';
import { canPass, isRoot, type ServerAccount } from './server-account.js';

/** The name of the first role and of the application's database. */
export const DATABASE_NAME = 'verzek';

const PASSWORD_FILE = 'postgres-password';

/** The path under which a data folder shows its cluster; it may be a link to a folder elsewhere. */
export function clusterLink(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/** The real folder of the cluster, which need not exist yet. */
export function clusterFolder(dataDir: string): string {
  const link = clusterLink(dataDir);
  return isLink(link) ? readlinkSync(link) : link;
}

/** The password of the cluster's role, or undefined when there is none yet. */
export function readPassword(dataDir: string): string | undefined {
  const path = join(dataDir, PASSWORD_FILE);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/**
 * Chooses where the cluster lies. An account that cannot pass through the data folder gets a folder outside, and the
 * data folder a link to it, made first: the next start then knows the place even if this one dies here.
 */
export function placeCluster(dataDir: string, account: ServerAccount | undefined): string {
  const link = clusterLink(dataDir);
  if (isLink(link) || existsSync(link)) return clusterFolder(dataDir);
  if (account === undefined || !isRoot() || canPass(account, dataDir)) return link;
  ensureSharedFolder();
  const clusters = join(SHARED_FOLDER, 'clusters');
  mkdirSync(clusters, { recursive: true, mode: 0o711 });
  chmodSync(clusters, 0o711);
  const target = join(clusters, randomBytes(8).toString('hex'));
  symlinkSync(target, link);
  return target;
}

export interface ClusterRequest {
  readonly dataDir: string;
  readonly folder: string;
  readonly account: ServerAccount | undefined;
  readonly binaries: PostgresBinaries;
  /** False for throwaway clusters: nothing is flushed to disk. */
  readonly durable: boolean;
}

/** Makes the cluster unless it exists; answers true when it was made now. */
export async function ensureCluster(request: ClusterRequest): Promise<boolean> {
  if (existsSync(join(request.folder, 'PG_VERSION'))) {
    if (readPassword(request.dataDir) === undefined) {
      throw new Error(
        `The password file ${join(request.dataDir, PASSWORD_FILE)} is missing, so the database in ` +
          `${request.folder} cannot be opened. Put it back from a backup, or empty the data folder to begin anew.`,
      );
    }
    return false;
  }
  const password = readPassword(request.dataDir) ?? writePassword(request.dataDir);
  const draft = `${request.folder}.new`;
  const passwordCopy = `${request.folder}.pw`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordCopy, `${password}\n`, { mode: 0o600 });
  try {
    if (request.account !== undefined) {
      chownSync(draft, request.account.uid, request.account.gid);
      chownSync(passwordCopy, request.account.uid, request.account.gid);
    }
    await runInitdb(request, draft, passwordCopy);
    renameSync(draft, request.folder);
  } finally {
    rmSync(passwordCopy, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
  return true;
}

/** Deletes a cluster whose server is stopped, wherever it lies, with its password. */
export function removeCluster(dataDir: string): void {
  rmSync(clusterFolder(dataDir), { recursive: true, force: true });
  rmSync(clusterLink(dataDir), { recursive: true, force: true });
  rmSync(join(dataDir, PASSWORD_FILE), { force: true });
}

function writePassword(dataDir: string): string {
  const password = randomBytes(24).toString('hex');
  const path = join(dataDir, PASSWORD_FILE);
  const draft = `${path}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${password}\n`, { mode: 0o600 });
  renameSync(draft, path);
  return password;
}

async function runInitdb(request: ClusterRequest, folder: string, passwordFile: string): Promise<void> {
  const common = ['-D', folder, '--username', DATABASE_NAME, '--encoding=UTF8', '--no-locale'];
  const flags = [...common, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync', '--no-instructions'];
  await run(request, flags);
  // One pass of flushing at the end costs a fraction of initdb's own, file by file.
  if (request.durable) await run(request, ['-D', folder, '--sync-only']);
}

function run(request: ClusterRequest, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(request.binaries.initdb, args, {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
      ...request.account,
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`The database could not be initialised (initdb: ${code ?? signal}). ${errors.trim()}`));
    });
  });
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
