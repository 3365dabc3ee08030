/** A process is recognised by its id and its start time, not by its id alone. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { identityOf, isAlive, isPostgresOn, isSameProcess } from './process-identity.js';

describe('process identity', () => {
  it('recognises a living process, and no longer when its start time differs', () => {
    const self = identityOf(process.pid);
    expect(isSameProcess(self)).toBe(true);
    expect(isSameProcess({ pid: self.pid, started: 'another time' })).toBe(false);
    expect(isSameProcess({ pid: self.pid, started: undefined })).toBe(true);
  });

  it('does not recognise a dead one', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    expect(isAlive(pid)).toBe(false);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const identity = identityOf(Number(child.pid));
    expect(isSameProcess(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isSameProcess(identity)).toBe(false);
  });

  it('does not take this process for a PostgreSQL', () => {
    expect(isPostgresOn(process.pid, process.cwd())).toBe(false);
  });
});
