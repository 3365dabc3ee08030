/**
 * Finds the migrations beside the compiled product (or beside the sources, when tests run them directly).
 * Keeps: order is that of the file names, which begin with a time stamp.
 */
import { readdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const FOLDER = new URL('../../../migrations/', import.meta.url);

type Migration = new () => object;

export async function loadMigrations(): Promise<Migration[]> {
  const files = (await readdir(fileURLToPath(FOLDER))).filter((name) => /^\d+-.*\.(js|ts)$/.test(name)).sort();
  const found: Migration[] = [];
  for (const file of files) {
    const module = (await import(pathToFileURL(fileURLToPath(new URL(file, FOLDER))).href)) as Record<string, unknown>;
    found.push(...Object.values(module).filter((item): item is Migration => typeof item === 'function'));
  }
  return found;
}
