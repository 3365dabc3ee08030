/**
 * Before tests that need a database: builds the product when needed, starts a throwaway PostgreSQL (or uses the one
 * in TEST_DATABASE_URL) and makes the migrated template database of which every test file gets a clone.
 */
import { prepareTestDatabases } from '../../scripts/lib/test-server.mjs';

export default async function globalSetup() {
  // Two projects share this setup; the first one does the work, and what it sets is inherited by the workers.
  globalThis.verzekTestServer ??= await prepareTestDatabases();
}
