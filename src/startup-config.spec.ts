/** A process starts with development secrets and with the settings of plugins; all of them are documented. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KNOWN_VARIABLES } from './config/schema.js';
import { pluginVariables } from './platform/plugins/plugin-loader.js';
import { startupConfig } from './startup-config.js';

it('startupConfig fills in secrets in development', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'startup-'));
  const config = await startupConfig({ DATA_DIR: dataDir });
  expect(config.secrets.JWT_SECRET).toMatch(/^[0-9a-f]{64}$/);
  rmSync(dataDir, { recursive: true });
});

it('.env.example names the variables of schema and plugins, and no other', async () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const named = [...example.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1]).sort();
  const known = new Set([...KNOWN_VARIABLES.keys(), ...(await pluginVariables())]);
  expect(named).toEqual([...known].sort());
});
