/**
 * Decides under which account the server runs. PostgreSQL refuses to run as root, so root gives its rights away.
 * Keeps: an existing cluster runs under the account that owns it; nothing is created for an ordinary user.
 * Must not assume that the account can reach a folder: `canUse` asks the system, as that account.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

/** An account to start the server under; undefined means "as the present user". */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

const CREATED_ACCOUNT = 'verzek-postgres';

/** True when this process runs as root. Always false on Windows. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The account for a cluster folder that may exist already.
 * @throws Error with a sentence for the operator when the folder belongs to somebody else.
 */
export function serverAccount(clusterDir: string): ServerAccount | undefined {
  const owner = ownerOf(clusterDir);
  const self = process.getuid?.();
  if (self === undefined) return undefined;
  if (self !== 0) {
    if (owner !== undefined && owner.uid !== self) {
      throw new Error(
        `The database folder ${clusterDir} belongs to another account (uid ${owner.uid}): ` +
          'start as the user that made it, or choose another DATA_DIR.',
      );
    }
    return undefined;
  }
  if (owner !== undefined && owner.uid !== 0) return owner;
  return accountNamed('postgres') ?? accountNamed(CREATED_ACCOUNT) ?? createAccount() ?? nobody();
}

/** True when the account may enter the folder, or read and run the file. */
export function canUse(account: ServerAccount | undefined, path: string): boolean {
  const result = spawnSync('/bin/sh', ['-c', 'test -r "$1" && test -x "$1"', 'sh', path], { cwd: '/', ...account });
  return result.status === 0;
}

/** True when the account may pass through the folder on the way to what lies in it. */
export function canPass(account: ServerAccount | undefined, folder: string): boolean {
  const result = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], { cwd: '/', ...account });
  return result.status === 0;
}

/** The line of an account in the text of /etc/passwd. */
export function parseAccount(passwd: string, name: string): ServerAccount | undefined {
  const fields = passwd
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.split(':');
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  return Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 ? { uid, gid } : undefined;
}

function ownerOf(path: string): ServerAccount | undefined {
  try {
    const { uid, gid } = statSync(path);
    return { uid, gid };
  } catch {
    return undefined;
  }
}

function accountNamed(name: string): ServerAccount | undefined {
  try {
    return parseAccount(readFileSync('/etc/passwd', 'utf8'), name);
  } catch {
    return undefined;
  }
}

function createAccount(): ServerAccount | undefined {
  const flags = ['--system', '--no-create-home', '--user-group', '--shell', '/usr/sbin/nologin'];
  spawnSync('useradd', [...flags, CREATED_ACCOUNT], { stdio: 'ignore' });
  return accountNamed(CREATED_ACCOUNT);
}

function nobody(): ServerAccount {
  return accountNamed('nobody') ?? { uid: 65_534, gid: 65_534 };
}
