/**
 * The embedded server on real folders: started, left behind, taken over, refused, and cleaned up.
 * One of these folders is what a customer's trades are in, so none of the ways to die may lose or block it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  resetEmbeddedPostgres,
  runningPostgresUrl,
  startEmbeddedPostgres,
} from '../../src/platform/database/embedded/embedded-postgres.js';
import { runningServer } from '../../src/platform/database/embedded/postmaster-file.js';
import { isAlive } from '../../src/platform/database/embedded/process-identity.js';
import { isRoot } from '../../src/platform/database/embedded/server-account.js';
import { askOutside } from '../support/outsider.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

let parent: string;
let dataDir: string;
const said: string[] = [];

const start = () => startEmbeddedPostgres({ dataDir, log: (line) => said.push(line) });
const cluster = (): string => realpathSync(join(dataDir, 'postgres'));

/** A process that starts the server of the data folder, says its address, and stays until it is killed. */
async function owner(): Promise<{ child: ChildProcess; url: string }> {
  const module = new URL('../../dist/src/platform/database/embedded/embedded-postgres.js', import.meta.url).href;
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    const server = await startEmbeddedPostgres({ dataDir: process.argv[1], log: () => undefined });
    process.stdout.write(server.url + '\\n');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, dataDir], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, url: line.toString().trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'embedded spec '));
  chmodSync(parent, 0o755);
});

beforeEach(() => {
  dataDir = mkdtempSync(join(parent, 'data '));
  chmodSync(dataDir, 0o711);
  said.length = 0;
});

afterEach(async () => {
  await resetEmbeddedPostgres(dataDir);
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe('the embedded PostgreSQL', () => {
  it('keeps data over a stop and a start, on a path with blanks, for its password only', async () => {
    const first = await start();
    await askOutside(first.url, "CREATE TABLE kept AS SELECT 'yes' AS word");
    expect(await askOutside(first.url, 'SHOW random_page_cost')).toEqual([{ random_page_cost: '1.1' }]);
    expect(await askOutside(first.url, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
    const [{ listen_addresses, unix_socket_directories }] = (await askOutside(
      first.url,
      "SELECT current_setting('listen_addresses') AS listen_addresses, current_setting('unix_socket_directories') AS unix_socket_directories",
    )) as [{ listen_addresses: string; unix_socket_directories: string }];
    expect([listen_addresses, unix_socket_directories]).toEqual(['127.0.0.1', '']);
    expect(statSync(join(dataDir, 'postgres-password')).mode & 0o777).toBe(0o600);
    const stranger = new URL(first.url);
    stranger.password = 'guess';
    await expect(askOutside(stranger.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    await first.stop();
    await first.stop();
    expect(runningServer(cluster())).toBeUndefined();
    expect(existsSync(join(dataDir, 'instance.lock'))).toBe(false);

    const second = await start();
    expect(await askOutside(second.url, 'SELECT word FROM kept')).toEqual([{ word: 'yes' }]);
    await second.stop();
  });

  it('refuses a second owner while the first lives, and tells a command where the server is', async () => {
    const { child, url } = await owner();
    await expect(start()).rejects.toThrow(`Another instance (process ${child.pid})`);
    expect(runningPostgresUrl(dataDir)).toBe(url);
    await kill(child);
  });

  it('takes over the server that a killed product left behind, with its data', async () => {
    const { child, url } = await owner();
    await askOutside(url, "CREATE TABLE kept AS SELECT 'yes' AS word");
    const pid = runningServer(cluster())?.pid ?? 0;
    await kill(child);
    expect(isAlive(pid)).toBe(true);
    const server = await start();
    expect(said).toEqual([`PostgreSQL was still running (process ${pid}): taken over`]);
    expect(server.url).toBe(url);
    expect(await askOutside(server.url, 'SELECT word FROM kept')).toEqual([{ word: 'yes' }]);
    await server.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('recovers when the server itself was killed', async () => {
    const first = await start();
    await askOutside(first.url, "CREATE TABLE kept AS SELECT 'yes' AS word");
    const pid = runningServer(cluster())?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await first.stop();
    const second = await start();
    expect(await askOutside(second.url, 'SELECT word FROM kept')).toEqual([{ word: 'yes' }]);
    await second.stop();
  });

  it('starts although the pid in postmaster.pid now belongs to another program', async () => {
    const first = await start();
    await first.stop();
    // A program of the server's own account: PostgreSQL itself cannot tell it from a running server.
    const { uid, gid } = statSync(cluster());
    const other = spawn('sleep', ['600'], { cwd: '/', stdio: 'ignore', ...(isRoot() ? { uid, gid } : {}) });
    await once(other, 'spawn');
    const stale = `${other.pid}\n${cluster()}\n1763676000\n5432\n\n127.0.0.1\n  1234567   42\nready   \n`;
    writeFileSync(join(cluster(), 'postmaster.pid'), stale);
    const second = await start();
    expect(await askOutside(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
    expect(other.exitCode).toBeNull();
    await kill(other);
  });

  it('is not blocked by a first initialisation that was cut short', async () => {
    mkdirSync(join(dataDir, 'postgres.new', 'base'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres.new', 'PG_VERSION'), '18\n');
    const server = await start();
    expect(await askOutside(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('postgres.') && name !== 'postgres.log')).toEqual([]);
    await server.stop();
  });

  it('says what to do when the password is lost, and touches nothing', async () => {
    const server = await start();
    await server.stop();
    const path = join(dataDir, 'postgres-password');
    const password = readFileSync(path, 'utf8');
    rmSync(path);
    await expect(start()).rejects.toThrow('Put it back from a backup');
    writeFileSync(path, password);
    await (await start()).stop();
  });

  it('says what the server said when a setting keeps it from starting', async () => {
    const settings = { wal_compression: 'no-such-method' };
    await expect(startEmbeddedPostgres({ dataDir, log: () => undefined, settings })).rejects.toThrow(
      'invalid value for parameter "wal_compression"',
    );
    expect(existsSync(join(dataDir, 'instance.lock'))).toBe(false);
  });

  it('runs two side by side', async () => {
    const other = mkdtempSync(join(parent, 'other '));
    chmodSync(other, 0o711);
    const [one, two] = await Promise.all([
      start(),
      startEmbeddedPostgres({ dataDir: other, log: () => undefined, throwaway: true }),
    ]);
    expect(new URL(one.url).port).not.toBe(new URL(two.url).port);
    await Promise.all([one.stop(), two.stop()]);
    expect(existsSync(other)).toBe(false);
  });

  it('works in a folder that only its owner may enter', async () => {
    chmodSync(parent, 0o700);
    try {
      const server = await start();
      expect(await askOutside(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      // Root gives its rights away, and the other account cannot pass: the cluster then lies elsewhere.
      expect(lstatSync(join(dataDir, 'postgres')).isSymbolicLink()).toBe(isRoot());
      const folder = cluster();
      await server.stop();
      await (await start()).stop();
      expect(cluster()).toBe(folder);
      await resetEmbeddedPostgres(dataDir);
      expect(existsSync(folder)).toBe(false);
    } finally {
      chmodSync(parent, 0o755);
    }
  });
});
