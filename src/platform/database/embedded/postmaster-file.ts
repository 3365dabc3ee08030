/**
 * Reads `postmaster.pid`, the file in which a PostgreSQL server says that it runs on a folder, and where.
 * Keeps: a server counts as running only if that process is a PostgreSQL on this very folder, not a recycled pid.
 */
import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isOtherProgram, isPostgresOn } from './process-identity.js';

/** One running server. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** True once the server says that it accepts connections. */
  readonly ready: boolean;
}

/** The lines of a postmaster.pid, or undefined when it is not (yet) complete enough to name a port. */
export function parsePostmasterFile(text: string): RunningServer | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0) return undefined;
  return { pid, port, ready: lines[7] === 'ready' };
}

/** The server that runs on this cluster folder now, or undefined. */
export function runningServer(clusterDir: string): RunningServer | undefined {
  const text = readPidFile(clusterDir);
  const server = text === undefined ? undefined : parsePostmasterFile(text);
  if (server === undefined) return undefined;
  return isPostgresOn(server.pid, realpathSync(clusterDir)) ? server : undefined;
}

/**
 * Removes a `postmaster.pid` whose process id now belongs to something that is not PostgreSQL: the server itself
 * would take that process for a running server and refuse to start. The file of a dead process is left, because the
 * server then also checks that no orphaned backend is still attached to the folder.
 */
export function removeRecycledPidFile(clusterDir: string): void {
  const pid = Number(readPidFile(clusterDir)?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  if (isOtherProgram(pid, realpathSync(clusterDir))) {
    rmSync(join(clusterDir, 'postmaster.pid'), { force: true });
  }
}

function readPidFile(clusterDir: string): string | undefined {
  try {
    return readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined;
  }
}
