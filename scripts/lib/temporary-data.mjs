/**
 * Data folders in the system's temporary folder, for servers that live as long as one command.
 * Keeps: what a killed run left behind under the same prefix, with its database, is stopped and removed by the next.
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBuild } from './project.mjs';

/** Makes a folder; root's database server runs under another account, which can pass through it. */
export async function makeTemporaryData(prefix) {
  await removeAbandoned(prefix);
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  chmodSync(folder, 0o711);
  return folder;
}

/** Stops the database that may still run on the folder, and removes both. */
export async function removeTemporaryData(folder) {
  const { resetEmbeddedPostgres } = await embedded();
  await resetEmbeddedPostgres(folder);
  rmSync(folder, { recursive: true, force: true });
}

async function removeAbandoned(prefix) {
  const { instanceOwner } = await fromBuild('src/platform/database/embedded/instance-lock.js');
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    try {
      // The name says who made it; the lock, which server still works on it.
      const maker = /^(\d+)-/.exec(name.slice(prefix.length))?.[1];
      if (maker === undefined || lives(Number(maker)) || instanceOwner(folder) !== undefined) continue;
      await removeTemporaryData(folder);
    } catch (error) {
      // Another user's leftovers, or another run that removes them at this moment.
      if (!['EACCES', 'EPERM', 'ENOENT'].includes(error.code) && error.name !== 'InstanceRunningError') throw error;
    }
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function embedded() {
  return fromBuild('src/platform/database/embedded/embedded-postgres.js');
}
