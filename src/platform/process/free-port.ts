/**
 * Whether a port can be listened to, asked before any work begins.
 * Keeps: holds nothing afterwards; who listens later still meets, and must tell, a port that was taken meanwhile.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** @throws the error of listening there (`EADDRINUSE`, `EACCES`, …). Port 0, which means any, is always free. */
export async function requireFreePort(port: number, host: string): Promise<void> {
  if (port === 0) return;
  const server = createServer().listen({ port, host, exclusive: true });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
