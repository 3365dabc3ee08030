/**
 * The floor of the `boot` bench: the same embedded PostgreSQL, one connection, and a Fastify that answers one route.
 * Forked by the bench with DATA_DIR; tells the parent when it answers, and stops the server when the parent lets go.
 */
import Fastify from 'fastify';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';

const dataDir = process.env.DATA_DIR;
if (dataDir === undefined) throw new Error('DATA_DIR is not set');
const server = await startEmbeddedPostgres({ dataDir, log: () => undefined });
const client = new pg.Client(server.url);
await client.connect();
const http = Fastify();
http.get('/health', async () => ({ ok: (await client.query('SELECT 1')).rowCount === 1 }));
await http.listen({ port: 0, host: '127.0.0.1' });
await http.inject('/health');
process.once('disconnect', () => {
  void (async () => {
    await client.end();
    await http.close();
    await server.stop();
    process.exit();
  })();
});
process.send?.('ready');
