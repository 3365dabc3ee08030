/** After tests that needed a database: drops the template and stops the throwaway server. */
export default async function globalTeardown() {
  const server = globalThis.verzekTestServer;
  globalThis.verzekTestServer = undefined;
  await server?.stop();
}
