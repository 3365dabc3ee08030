/**
 * Where a run of the tests keeps what it throws away: in memory where the system has a folder there with room enough,
 * on disk otherwise. Copying and dropping databases costs a disk's file system more than the tests themselves.
 * Keeps: whoever sets TMPDIR has decided. Must not be used for anything that is measured or kept.
 */
import { accessSync, constants, statfsSync } from 'node:fs';
import { freemem } from 'node:os';

const MEMORY_FOLDER = '/dev/shm';
const TMPFS = 0x01021994;

/** Several times what a run needs: two or three small databases at a time and the log of their changes. */
const ENOUGH = 4 * 1024 ** 3;

/** Lets this process and its children take their temporary folder in memory. */
export function keepTemporaryDataInMemory() {
  if (process.env.TMPDIR === undefined && hasRoom()) process.env.TMPDIR = MEMORY_FOLDER;
}

function hasRoom() {
  if (process.platform !== 'linux') return false;
  try {
    accessSync(MEMORY_FOLDER, constants.W_OK | constants.X_OK);
    const { type, bavail, bsize } = statfsSync(MEMORY_FOLDER);
    const limit = process.constrainedMemory();
    const free = limit > 0 ? Math.min(freemem(), limit) : freemem();
    return type === TMPFS && bavail * bsize >= ENOUGH && free >= ENOUGH;
  } catch {
    return false;
  }
}
