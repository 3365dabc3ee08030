/**
 * Starts and stops one PostgreSQL server process.
 * Keeps: the server runs in its own session, so a Ctrl-C in the terminal does not reach it before the product has
 * drained; it listens on 127.0.0.1 only; only a process that is proven to be the server on this folder is signalled.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresBinaries } from './postgres-binaries.js';
import { removeRecycledPidFile, runningServer, type RunningServer } from './postmaster-file.js';
import { isPostgresOn, isSameProcess, type ProcessIdentity } from './process-identity.js';
import type { ServerAccount } from './server-account.js';
import type { ServerSettings } from './server-settings.js';

const POLL_MS = 10;
const START_TIMEOUT_MS = 120_000;
const FAST_STOP_TIMEOUT_MS = 60_000;
const IMMEDIATE_STOP_TIMEOUT_MS = 10_000;
const START_ATTEMPTS = 50;
const RETRY_MS = 100;
/**
 * What passes by itself: another process took the port between our asking for a free one and the server's bind, or the
 * processes of a server that was killed are still on their way out.
 */
const PASSING = /could not bind|is still in use|(\.pid|\.lock)" already exists/;

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

export interface LaunchRequest {
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount | undefined;
  /** The real folder of the cluster. */
  readonly folder: string;
  readonly logFile: string;
  readonly settings: ServerSettings;
}

/**
 * Starts a server on the folder and answers once it accepts connections.
 * @throws Error with the end of the server's own log when it does not come up.
 */
export async function launchServer(request: LaunchRequest): Promise<RunningServer> {
  removeRecycledPidFile(request.folder);
  rotateLog(request.logFile);
  for (let attempt = 1; ; attempt += 1) {
    const logStart = sizeOf(request.logFile);
    const child = spawnServer(request, await freePort());
    const server = await untilReady(request.folder, child);
    if (server !== undefined) return server;
    const words = readFileSync(request.logFile).subarray(logStart).toString('utf8').trim();
    if (!PASSING.test(words) || attempt === START_ATTEMPTS) {
      throw new Error(`The embedded PostgreSQL did not start. Its log ${request.logFile} ends with:\n${tail(words)}`);
    }
    await delay(RETRY_MS);
  }
}

/** Waits for a server that is starting, or shutting down, on the folder; undefined when it has gone. */
export async function untilSettled(folder: string): Promise<RunningServer | undefined> {
  return untilReady(folder, undefined);
}

/**
 * Stops the server on the folder and waits until it has gone. `fast` ends sessions and writes a checkpoint;
 * `immediate` just ends, for data that is thrown away. `server` was recognised when it was started or found.
 */
export async function stopServer(folder: string, server: ProcessIdentity, mode: 'fast' | 'immediate'): Promise<void> {
  if (isPostgresOn(server.pid, folder)) process.kill(server.pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  if (await hasGone(server, mode === 'fast' ? FAST_STOP_TIMEOUT_MS : IMMEDIATE_STOP_TIMEOUT_MS)) return;
  if (isPostgresOn(server.pid, folder)) process.kill(server.pid, 'SIGQUIT');
  if (await hasGone(server, IMMEDIATE_STOP_TIMEOUT_MS)) return;
  throw new Error(`The embedded PostgreSQL (process ${server.pid}) does not stop; its data in ${folder} is safe.`);
}

function spawnServer(request: LaunchRequest, port: number): ChildProcess {
  const settings: ServerSettings = {
    ...request.settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(request.logFile, 'a', 0o600);
  try {
    const child = spawn(request.binaries.postgres, ['-D', request.folder, ...args], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
      ...request.account,
    });
    child.on('error', (error) => appendFileSync(request.logFile, `could not be run: ${error.message}\n`));
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

async function untilReady(folder: string, child: ChildProcess | undefined): Promise<RunningServer | undefined> {
  for (let waited = 0; waited < START_TIMEOUT_MS; waited += POLL_MS) {
    const server = runningServer(folder);
    if (server?.ready === true) return server;
    if (child === undefined ? server === undefined : hasEnded(child)) {
      return undefined;
    }
    await delay(POLL_MS);
  }
  throw new Error(`The embedded PostgreSQL in ${folder} was not ready after ${START_TIMEOUT_MS / 1_000} s.`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function hasGone(server: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  for (let waited = 0; waited < timeoutMs; waited += POLL_MS) {
    if (!isSameProcess(server)) return true;
    await delay(POLL_MS);
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('The system gave no free port.'));
      });
    });
  });
}

function rotateLog(path: string): void {
  if (sizeOf(path) > LOG_LIMIT_BYTES) renameSync(path, `${path}.1`);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function tail(text: string): string {
  return text.split('\n').slice(-8).join('\n');
}
