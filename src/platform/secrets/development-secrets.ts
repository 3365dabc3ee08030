/**
 * Secrets for development: made once, kept in `secrets.json` of the data folder, so that a fresh clone just starts.
 * Keeps: never in production, never printed, readable by the owner only, stable across restarts (sessions and stored
 * exchange keys stay valid). A value that is set in the environment always wins and is not stored.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

type Environment = Readonly<Record<string, string | undefined>>;

/** Each secret with its length in bytes; the text is hexadecimal. */
const SECRETS = {
  JWT_SECRET: 32,
  API_KEY: 24,
  HOUSE_ENGINE_TOKEN: 24,
  ENCRYPTION_MASTER_KEY: 32,
  BOOTSTRAP_ADMIN_TOKEN: 24,
} as const;

const FILE = 'secrets.json';

const STORED = z.record(z.string(), z.string());

/**
 * The environment with every missing secret filled in; unchanged in production.
 * @throws Error when the file exists but cannot be read as what it should be: a new key would lose stored secrets.
 */
export function withDevelopmentSecrets(environment: Environment, dataDir: string): Environment {
  if (environment.NODE_ENV?.trim() === 'production') return environment;
  const missing = Object.keys(SECRETS).filter((name) => (environment[name] ?? '').trim() === '');
  if (missing.length === 0) return environment;
  const stored = storedSecrets(resolve(dataDir));
  return { ...environment, ...Object.fromEntries(missing.map((name) => [name, stored[name]])) };
}

function storedSecrets(dataDir: string): Record<string, string> {
  const path = join(dataDir, FILE);
  const found = read(path);
  if (found !== undefined && Object.keys(SECRETS).every((name) => name in found)) return found;
  // Root's embedded database runs under another account, which must be able to pass through this folder.
  mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const complete = { ...freshSecrets(), ...found };
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${JSON.stringify(complete, undefined, 2)}\n`, { mode: 0o600 });
  if (found !== undefined) {
    renameSync(draft, path);
    return complete;
  }
  try {
    linkSync(draft, path);
    return complete;
  } catch (error) {
    // Another process has just made the file: its secrets hold.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return read(path) ?? complete;
  } finally {
    rmSync(draft, { force: true });
  }
}

function freshSecrets(): Record<string, string> {
  return Object.fromEntries(Object.entries(SECRETS).map(([name, bytes]) => [name, randomBytes(bytes).toString('hex')]));
}

function read(path: string): Record<string, string> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return STORED.parse(JSON.parse(text));
  } catch {
    throw new Error(`${path} is damaged: put it back from a backup, or remove it to have new development secrets.`);
  }
}
