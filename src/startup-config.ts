/**
 * The configuration as a process starts with it: the .env file, development secrets, and what plugins read besides.
 * Keeps: the environment wins over the file; `main.ts` and every command of `src/cli` start with the same rules; what is
 * refused for its settings has made no secrets.
 */
import { existsSync } from 'node:fs';
import { loadConfig } from './config/load-config.js';
import type { Config } from './config/schema.js';
import { pluginVariables } from './platform/plugins/plugin-loader.js';
import { checkSelectedPlugins } from './selected-plugins.js';
import { withDevelopmentSecrets } from './platform/secrets/development-secrets.js';

/**
 * Reads `.env` of the working folder into `environment`'s process and parses everything. `mayStart` may refuse the start
 * before the development secrets are made, and so reads none.
 * @throws ConfigError with one sentence per mistake.
 */
export async function startupConfig(
  environment: NodeJS.ProcessEnv,
  mayStart: (config: Config) => Promise<void> = () => Promise.resolve(),
): Promise<Config> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const ofPlugins = await pluginVariables();
  const given = loadConfig(environment, ofPlugins);
  await checkSelectedPlugins(given);
  await mayStart(given);
  return loadConfig(withDevelopmentSecrets(environment, given.process.DATA_DIR), ofPlugins);
}
