/**
 * The house's bots, found by their folders: `plugins/strategies/<code>/index.js` exports `strategy`.
 * Keeps: a folder whose export has another code stops whoever asks, so a code names one bot everywhere.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Strategies, Strategy, StrategyPlugin } from '../../ports/strategy.js';

const FOLDER = fileURLToPath(new URL('../../plugins/strategies/', import.meta.url));

/** All bots by their codes, in alphabetical order. */
export async function loadStrategies(): Promise<Strategies> {
  const found = existsSync(FOLDER) ? await readdir(FOLDER, { withFileTypes: true }) : [];
  const codes = found
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const loaded = await Promise.all(codes.map(async (code): Promise<[string, Strategy]> => [code, await load(code)]));
  return new Map(loaded);
}

async function load(code: string): Promise<Strategy> {
  const folder = path.join(FOLDER, code);
  const index = (await readdir(folder)).find((name) => /^index\.(js|ts)$/.test(name)) ?? 'index.js';
  const module = (await import(pathToFileURL(path.join(folder, index)).href)) as Partial<StrategyPlugin>;
  if (module.strategy?.code !== code)
    throw new Error(`plugins/strategies/${code} must export \`strategy\` with that code`);
  return module.strategy;
}
