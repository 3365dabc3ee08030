/** The lock of a data folder: one living owner, and a dead one never blocks. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireInstanceLock, InstanceRunningError, instanceOwner } from './instance-lock.js';
import { identityOf } from './process-identity.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock spec-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const writeLock = (content: unknown): void => writeFileSync(join(folder, 'instance.lock'), JSON.stringify(content));

function pidOfDeadProcess(): number {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return pid;
}

describe('acquireInstanceLock', () => {
  it('writes the owner, refuses a second one, and is free after release', () => {
    const lock = acquireInstanceLock(folder);
    expect(instanceOwner(folder)).toMatchObject({ pid: process.pid });
    expect(() => acquireInstanceLock(folder)).toThrow(InstanceRunningError);
    expect(() => acquireInstanceLock(folder)).toThrow(`process ${process.pid}`);
    lock.release();
    expect(instanceOwner(folder)).toBeUndefined();
    acquireInstanceLock(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over from a process that has died', () => {
    writeLock({ pid: pidOfDeadProcess(), started: '1' });
    const lock = acquireInstanceLock(folder);
    expect(instanceOwner(folder)).toMatchObject({ pid: process.pid });
    lock.release();
  });

  it('takes over when the pid was given to another process since', () => {
    const parent = identityOf(process.ppid);
    writeLock(parent);
    expect(() => acquireInstanceLock(folder)).toThrow(InstanceRunningError);
    writeLock({ ...parent, started: `${parent.started}0` });
    acquireInstanceLock(folder).release();
  });

  it.each(['', 'not json', '{"pid":"x"}', 'null'])('is not blocked by a damaged lock (%j)', (text) => {
    writeFileSync(join(folder, 'instance.lock'), text);
    acquireInstanceLock(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('releases only its own lock', () => {
    const lock = acquireInstanceLock(folder);
    writeLock(identityOf(process.ppid));
    lock.release();
    lock.release();
    expect(JSON.parse(readFileSync(join(folder, 'instance.lock'), 'utf8'))).toMatchObject({ pid: process.ppid });
  });
});
