/** What a postmaster.pid says, and when it is not to be believed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePostmasterFile, removeRecycledPidFile, runningServer } from './postmaster-file.js';

const text = (pid: number, port: number, status = 'ready   '): string =>
  `${pid}\n/data/postgres\n1763676000\n${port}\n\n127.0.0.1\n  1234567   42\n${status}\n`;

describe('parsePostmasterFile', () => {
  it('reads pid, port and readiness', () => {
    expect(parsePostmasterFile(text(4711, 40001))).toEqual({ pid: 4711, port: 40001, ready: true });
    expect(parsePostmasterFile(text(4711, 40001, 'starting'))).toMatchObject({ ready: false });
    expect(parsePostmasterFile(text(4711, 40001, 'stopping'))).toMatchObject({ ready: false });
  });

  it.each(['', '4711\n', '4711\n/data\n1763676000\n', 'x\n/data\n1\n40001\n', '-4\n/data\n1\n40001\n'])(
    'knows nothing from an incomplete file (%j)',
    (incomplete) => expect(parsePostmasterFile(incomplete)).toBeUndefined(),
  );
});

describe('a pid file in a cluster folder', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postmaster-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const file = (): string => join(folder, 'postmaster.pid');

  it('names no server when its pid now belongs to something else, and is then removed', () => {
    writeFileSync(file(), text(process.pid, 40001));
    expect(runningServer(folder)).toBeUndefined();
    removeRecycledPidFile(folder);
    expect(existsSync(file())).toBe(false);
  });

  it('of a dead process is left for PostgreSQL, which checks for orphaned backends', () => {
    writeFileSync(file(), text(2 ** 22 + 1, 40001));
    expect(runningServer(folder)).toBeUndefined();
    removeRecycledPidFile(folder);
    expect(existsSync(file())).toBe(true);
  });

  it('may be absent', () => {
    expect(runningServer(folder)).toBeUndefined();
    expect(() => removeRecycledPidFile(folder)).not.toThrow();
  });
});
