/**
 * The configuration as a process starts with it: the .env file, development secrets, and what plugins read besides.
 * Keeps: the environment wins over the file; `main.ts` and every command of `src/cli` start with the same rules.
 */
import { existsSync } from 'node:fs';
import { loadConfig } from './config/load-config.js';
import type { Config } from './config/schema.js';
import { pluginVariables } from './platform/plugins/plugin-loader.js';
import { checkSelectedPlugins } from './selected-plugins.js';
import { withDevelopmentSecrets } from './platform/secrets/development-secrets.js';

/**
 * Reads `.env` of the working folder into `environment`'s process and parses everything.
 * @throws ConfigError with one sentence per mistake.
 */
export async function startupConfig(environment: NodeJS.ProcessEnv): Promise<Config> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const dataDir = environment.DATA_DIR?.trim() || './data';
  const config = loadConfig(withDevelopmentSecrets(environment, dataDir), await pluginVariables());
  await checkSelectedPlugins(config);
  return config;
}
