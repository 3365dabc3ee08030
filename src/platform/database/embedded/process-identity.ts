/**
 * Says who a process id belongs to now: a pid alone may have been given to somebody else since it was written down.
 * Keeps: a pid counts as the same process only with the same start time, where the system tells it.
 * Must not signal anything: it only looks.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** A process that can be recognised later: its id, and its start time in the system's own notation. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string | undefined;
}

/** True while a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** The start time of a process, or undefined where the system does not tell it. */
export function startTimeOf(pid: number): string | undefined {
  const fields = procStat(pid);
  if (fields !== undefined) return fields[19];
  if (process.platform === 'linux' || process.platform === 'win32') return undefined;
  return ps(pid, 'lstart=');
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, started: startTimeOf(pid) };
}

/** True when the process of that identity still lives; a recycled pid answers false. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  if (!isAlive(identity.pid)) return false;
  if (identity.started === undefined) return true;
  const started = startTimeOf(identity.pid);
  return started === undefined || started === identity.started;
}

/** True when this process is a PostgreSQL server whose working folder is `folder` (a real path). */
export function isPostgresOn(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform === 'linux') {
    try {
      if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return false;
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.includes('postgres') === true;
    } catch {
      return false;
    }
  }
  const command = ps(pid, 'command=');
  return command !== undefined && command.includes('postgres') && command.includes(folder);
}

/**
 * True only when this living process is certainly something else than a PostgreSQL on `folder`. A process that is just
 * ending shows no command any more: that is no proof.
 */
export function isOtherProgram(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return false;
  const command = commandOf(pid);
  if (command === undefined || command === '') return false;
  return !command.includes('postgres') || (process.platform === 'linux' && workingFolderOf(pid, folder) !== folder);
}

function commandOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0];
  } catch {
    return undefined;
  }
}

/** The working folder, or `fallback` where it may not be read. */
function workingFolderOf(pid: number, fallback: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return fallback;
  }
}

/** The fields of /proc/PID/stat from the third (state) on; the second, the name, may hold blanks and brackets. */
function procStat(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** A dead process whose parent has not asked for its exit code yet still answers signal 0. */
function isZombie(pid: number): boolean {
  return procStat(pid)?.[0] === 'Z';
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
