/**
 * The database commands: `reset` empties the development database, `run` and `revert` move the schema, and
 * `generate NAME` writes a migration of what the entities say beyond it.
 * Keeps: nothing here touches a database in production except `run` and `revert`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDir, loadEnvironment, orFail, withDatabase } from './lib/environment.mjs';
import { ensureBuilt, ensureInstalled, fail, fromBuild, requireNode, ROOT } from './lib/project.mjs';
import { startTestServer } from './lib/test-server.mjs';

const COMMANDS = { reset, run, revert, generate };

const [command = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, command)) fail(`Say one of: ${Object.keys(COMMANDS).join(', ')}`);
requireNode();
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();
await loadEnvironment();
const schema = await fromBuild('src/schema-tool.js');
await orFail(COMMANDS[command]);

async function reset() {
  if (process.env.NODE_ENV === 'production') fail('A production database is not reset by a script.');
  if ((process.env.DATABASE_URL ?? '').trim() !== '') {
    if (!args.includes('--yes')) fail('This empties the database in DATABASE_URL. Say "npm run db:reset -- --yes".');
    await schema.dropSchema(process.env.DATABASE_URL);
  } else {
    const { resetEmbeddedPostgres } = await fromBuild('src/platform/database/embedded/embedded-postgres.js');
    await resetEmbeddedPostgres(dataDir());
  }
  await withDatabase(async () => console.log('The database is empty and migrated.'));
}

async function run() {
  await withDatabase(
    async (url) => {
      const names = await schema.migrateSchema(url);
      console.log(names.length === 0 ? 'Nothing to migrate.' : `Migrated: ${names.join(', ')}`);
    },
    { migrate: false },
  );
}

async function revert() {
  await withDatabase((url) => schema.revertSchema(url), { migrate: false });
  console.log('The last migration is taken back.');
}

/** Compares on a throwaway database, so that the state of the development database does not matter. */
async function generate() {
  const name = args[0] ?? '';
  if (!/^[a-z][a-z0-9-]*$/.test(name)) fail('Give a name in kebab-case: npm run migration:generate -- add-notes');
  const server = await startTestServer();
  try {
    await schema.migrateSchema(server.url);
    const changes = await schema.schemaChanges(server.url);
    if (changes.length === 0) return console.log('Entities and schema agree: nothing to write.');
    const stamp = Date.now();
    const path = join('migrations', `${stamp}-${name}.ts`);
    writeFileSync(join(ROOT, path), migrationSource(name, stamp, changes));
    console.log(`Written: ${path}. Read it, say in its header what it is for, and run "npm run format".`);
  } finally {
    await server.stop();
  }
}

function migrationSource(name, stamp, changes) {
  const className = name.replace(/(^|-)([a-z0-9])/g, (_, __, letter) => letter.toUpperCase()) + stamp;
  const statements = (list) => list.map((sql) => `    await runner.query(${quote(sql)});`).join('\n');
  const ups = statements(changes.map((change) => change.up));
  const downs = statements(changes.map((change) => change.down).reverse());
  return `/**
 * ${name.replaceAll('-', ' ')}.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${className} implements MigrationInterface {
  name = '${className}';

  async up(runner: QueryRunner): Promise<void> {
${ups}
  }

  async down(runner: QueryRunner): Promise<void> {
${downs}
  }
}
`;
}

function quote(sql) {
  return `\`${sql.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;
}
