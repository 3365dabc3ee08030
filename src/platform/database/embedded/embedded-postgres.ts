/**
 * The embedded PostgreSQL: one server per data folder, started with the product and stopped with it.
 * Keeps: one owner per data folder; a server left behind by a killed product is found and taken over; data is never
 * removed except that of a throwaway server. Must not be used in production: `loadConfig` asks for DATABASE_URL there.
 */
import { mkdirSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { clusterFolder, DATABASE_NAME, ensureCluster, placeCluster, readPassword, removeCluster } from './cluster.js';
import { acquireInstanceLock } from './instance-lock.js';
import { findBinaries } from './postgres-binaries.js';
import { identityOf } from './process-identity.js';
import { runningServer, type RunningServer } from './postmaster-file.js';
import { isRoot, serverAccount } from './server-account.js';
import { launchServer, stopServer, untilSettled } from './server-process.js';
import { durableSettings, throwawaySettings, type Machine, type ServerSettings } from './server-settings.js';

export interface EmbeddedPostgresOptions {
  /** The folder that holds the cluster, its password, its log and the instance lock; made when missing. */
  readonly dataDir: string;
  /** Receives one plain sentence per step worth telling. */
  readonly log: (sentence: string) => void;
  /** Server settings that replace ours. */
  readonly settings?: ServerSettings;
  /** True for tests: no durability, and `stop` removes the data. */
  readonly throwaway?: boolean;
}

export interface EmbeddedPostgres {
  /** A connection string for the application's database, with the password in it: never log it. */
  readonly url: string;
  /** Stops the server, waits for its end and gives the data folder free. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts the server of a data folder, or takes over the one that already runs on it.
 * @throws InstanceRunningError when another living instance owns the folder; Error with a sentence for the operator
 * when the server cannot be installed, initialised or started.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = prepareDataDir(options.dataDir);
  const lock = acquireInstanceLock(dataDir);
  try {
    const server = (await adoptServer(dataDir, options)) ?? (await bootServer(dataDir, options));
    const folder = realpathSync(clusterFolder(dataDir));
    const identity = identityOf(server.pid);
    const url = connectionString(server.port, passwordOf(dataDir), DATABASE_NAME);
    await ensureDatabase(connectionString(server.port, passwordOf(dataDir), 'postgres'));
    let stopped: Promise<void> | undefined;
    const end = async (): Promise<void> => {
      await stopServer(folder, identity, options.throwaway === true ? 'immediate' : 'fast');
      if (options.throwaway === true) removeThrowaway(dataDir);
      lock.release();
    };
    return { url, stop: () => (stopped ??= end()) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The connection string of a server that runs on the data folder now, started by whomever; undefined when none. */
export function runningPostgresUrl(dataDir: string): string | undefined {
  const folder = clusterFolder(resolve(dataDir));
  const server = runningServer(folder);
  const password = readPassword(resolve(dataDir));
  if (server === undefined || password === undefined) return undefined;
  return connectionString(server.port, password, DATABASE_NAME);
}

/**
 * Deletes the database of a data folder; a server that was left behind on it is stopped first.
 * @throws InstanceRunningError while a living instance uses the folder.
 */
export async function resetEmbeddedPostgres(dataDir: string): Promise<void> {
  const folder = prepareDataDir(dataDir);
  const lock = acquireInstanceLock(folder);
  try {
    const cluster = clusterFolder(folder);
    const server = runningServer(cluster);
    if (server !== undefined) await stopServer(realpathSync(cluster), identityOf(server.pid), 'immediate');
    removeCluster(folder);
  } finally {
    lock.release();
  }
}

/** Root's server runs under another account, which must be able to pass through the folder (not to list it). */
function prepareDataDir(path: string): string {
  const dataDir = resolve(path);
  mkdirSync(dataDir, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
  return realpathSync(dataDir);
}

async function adoptServer(dataDir: string, options: EmbeddedPostgresOptions): Promise<RunningServer | undefined> {
  const folder = clusterFolder(dataDir);
  if (runningServer(folder) === undefined) return undefined;
  const server = await untilSettled(folder);
  if (server !== undefined) options.log(`PostgreSQL was still running (process ${server.pid}): taken over`);
  return server;
}

async function bootServer(dataDir: string, options: EmbeddedPostgresOptions): Promise<RunningServer> {
  const account = serverAccount(clusterFolder(dataDir));
  const binaries = findBinaries(account);
  const folder = placeCluster(dataDir, account);
  const durable = options.throwaway !== true;
  if (await ensureCluster({ dataDir, folder, account, binaries, durable })) options.log(`Database made in ${folder}`);
  const machine = measureMachine(dataDir);
  const settings = { ...(durable ? durableSettings(machine) : throwawaySettings(machine)), ...options.settings };
  const logFile = join(dataDir, 'postgres.log');
  return launchServer({ binaries, account, folder: realpathSync(folder), logFile, settings });
}

function removeThrowaway(dataDir: string): void {
  removeCluster(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
}

function passwordOf(dataDir: string): string {
  const password = readPassword(dataDir);
  if (password === undefined) throw new Error(`The database password in ${dataDir} has gone.`);
  return password;
}

function connectionString(port: number, password: string, database: string): string {
  return `postgres://${DATABASE_NAME}:${password}@127.0.0.1:${port}/${database}`;
}

async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 30_000 });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE_NAME]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
}

/** A container's memory limit counts, not the memory of the machine under it. */
function measureMachine(dataDir: string): Machine {
  const total = totalmem();
  const limit = process.constrainedMemory();
  const disk = statfsSync(dataDir);
  return { memory: limit > 0 && limit < total ? limit : total, freeDisk: disk.bavail * disk.bsize };
}
