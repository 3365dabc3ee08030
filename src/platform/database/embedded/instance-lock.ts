/**
 * One running product per data folder: `instance.lock` holds the id and start time of the process that owns it.
 * Keeps: a second instance is refused while the first lives; the lock of a dead process never blocks.
 * Must not wait: it answers at once.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { identityOf, isSameProcess, type ProcessIdentity } from './process-identity.js';

const LOCK_FILE = 'instance.lock';
const ATTEMPTS = 5;

/** The data folder is in use by a living process. */
export class InstanceRunningError extends Error {
  constructor(
    readonly dataDir: string,
    readonly pid: number,
  ) {
    super(
      `Another instance (process ${pid}) already uses the data folder ${dataDir}. ` +
        'Stop it first, or give this one its own DATA_DIR and PORT.',
    );
    this.name = 'InstanceRunningError';
  }
}

/** A held lock; `release` removes it and may be called more than once. */
export interface InstanceLock {
  release(): void;
}

/**
 * Takes the lock of an existing folder for this process.
 * @throws InstanceRunningError while another living process, or this one, holds it.
 */
export function acquireInstanceLock(dataDir: string): InstanceLock {
  const path = join(dataDir, LOCK_FILE);
  const mine = JSON.stringify({ ...identityOf(process.pid), token: randomBytes(8).toString('hex') });
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (place(path, mine)) return { release: () => releaseOwn(path, mine) };
    const found = read(path);
    if (found === undefined) continue;
    const owner = parseOwner(found);
    if (owner !== undefined && isSameProcess(owner)) throw new InstanceRunningError(dataDir, owner.pid);
    removeStale(path, found);
  }
  throw new Error(`The lock ${path} keeps changing hands; another instance is starting on the same folder.`);
}

/** The living process that holds the folder's lock, or undefined. */
export function instanceOwner(dataDir: string): ProcessIdentity | undefined {
  const text = read(join(dataDir, LOCK_FILE));
  const owner = text === undefined ? undefined : parseOwner(text);
  return owner !== undefined && isSameProcess(owner) ? owner : undefined;
}

/** Asks ahead what `acquireInstanceLock` enforces; makes nothing. @throws InstanceRunningError */
export function requireFreeFolder(dataDir: string): void {
  const owner = instanceOwner(dataDir);
  if (owner !== undefined) throw new InstanceRunningError(resolve(dataDir), owner.pid);
}

/** Creates the lock with its content in one step: a reader never sees an empty lock. */
function place(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, content, { mode: 0o644 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves a dead owner's lock away; if a living one got in between, its lock is put back. */
function removeStale(path: string, expected: string): void {
  const aside = `${path}.stale.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== expected) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  rmSync(aside, { force: true });
}

function releaseOwn(path: string, mine: string): void {
  if (read(path) === mine) rmSync(path, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parseOwner(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || typeof value.pid !== 'number') {
      return undefined;
    }
    const started = 'started' in value && typeof value.started === 'string' ? value.started : undefined;
    return { pid: value.pid, started };
  } catch {
    return undefined;
  }
}
