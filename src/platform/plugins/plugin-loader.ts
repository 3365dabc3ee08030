/**
 * Finds plugins by their folders: `plugins/<kind>/<code>/index.js` exports `plugin`.
 * Keeps: an unknown code stops the boot and lists the known ones; settings are checked only for what is selected.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';
import type { z } from 'zod';
import { ConfigError } from '../../config/load-config.js';
import type { Plugin, PluginHost } from '../../ports/plugin.js';
import type { Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';

const ROOT = fileURLToPath(new URL('../../plugins/', import.meta.url));

const KINDS = ['exchanges', 'price-feeds', 'channels', 'captcha', 'chains', 'sources', 'candle-sources'] as const;

export type PluginKind = (typeof KINDS)[number];

type AnyPlugin = Plugin<unknown, unknown, unknown>;

/** The codes of one kind, sorted. */
export async function pluginCodes(kind: PluginKind): Promise<string[]> {
  const folder = path.join(ROOT, kind);
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Loads one plugin. `variable` is the setting that selected it, for the message when there is no such plugin. */
export async function loadPlugin(kind: PluginKind, code: string, variable: string): Promise<AnyPlugin> {
  const known = await pluginCodes(kind);
  if (!known.includes(code)) {
    throw new ConfigError([`${variable}=${code}: there is no such plugin; known: ${known.join(', ')}`]);
  }
  const folder = path.join(ROOT, kind, code);
  const index = (await readdir(folder)).find((name) => /^index\.(js|ts)$/.test(name)) ?? 'index.js';
  const module = (await import(pathToFileURL(path.join(folder, index)).href)) as { plugin?: AnyPlugin };
  if (module.plugin?.code !== code) throw new Error(`plugins/${kind}/${code} must export \`plugin\` with that code`);
  return module.plugin;
}

/** Makes the product of a plugin from the environment; a bad setting stops the boot with one sentence each. */
export function createFromPlugin<Product, Context>(
  plugin: AnyPlugin,
  environment: Readonly<Record<string, string>>,
  host: PluginHost,
  context: Context,
): Product {
  const parsed = plugin.settings.safeParse(environment);
  if (!parsed.success) throw new ConfigError(sentencesOf(parsed.error));
  return plugin.create(parsed.data, host, context) as Product;
}

/** What is wrong with the name or the settings of a plugin, one sentence each; nothing is made. */
export async function checkPlugin(
  kind: PluginKind,
  code: string,
  variable: string,
  environment: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  try {
    const parsed = (await loadPlugin(kind, code, variable)).settings.safeParse(environment);
    return parsed.success ? [] : sentencesOf(parsed.error);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

function sentencesOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

/** Every environment variable that any plugin reads. */
export async function pluginVariables(): Promise<string[]> {
  const names: string[] = [];
  for (const kind of KINDS) {
    for (const code of await pluginCodes(kind)) {
      names.push(...Object.keys((await loadPlugin(kind, code, kind)).settings.shape));
    }
  }
  return [...new Set(names)].sort();
}

export function pluginHost(clock: Clock, logger: Logger): PluginHost {
  return {
    now: () => clock.now(),
    after: (ms, task) => clock.after(ms, task),
    every: (ms, task) => clock.every(ms, task),
    log: (level, message, fields = {}) => logger[level](message, fields),
  };
}
