/** Which account a line of /etc/passwd stands for, and what this process may use. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canUse, isRoot, parseAccount, serverAccount } from './server-account.js';

const PASSWD =
  'root:x:0:0:root:/root:/bin/bash\npostgres-old:x:7:8::/:/bin/sh\npostgres:x:101:104:,,,:/var:/bin/bash\n';

describe('parseAccount', () => {
  it('finds the account by its whole name', () => {
    expect(parseAccount(PASSWD, 'postgres')).toEqual({ uid: 101, gid: 104 });
    expect(parseAccount(PASSWD, 'postg')).toBeUndefined();
  });

  it('never answers root', () => {
    expect(parseAccount(PASSWD, 'root')).toBeUndefined();
    expect(parseAccount('postgres:x:0:0::/:/bin/sh', 'postgres')).toBeUndefined();
  });
});

describe('serverAccount', () => {
  it('is never root, and is the present user for an ordinary one', () => {
    const account = serverAccount(join(tmpdir(), 'no-such-cluster'));
    if (isRoot()) expect(account?.uid).toBeGreaterThan(0);
    else expect(account).toBeUndefined();
  });
});

describe('canUse', () => {
  it('asks the system, for paths with blanks too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'may use-'));
    const file = join(folder, 'a program');
    writeFileSync(file, '');
    chmodSync(file, 0o500);
    expect(canUse(undefined, file)).toBe(true);
    chmodSync(file, 0o400);
    expect(canUse(undefined, file)).toBe(false);
    expect(canUse(undefined, join(folder, 'missing'))).toBe(false);
    rmSync(folder, { recursive: true });
  });
});
