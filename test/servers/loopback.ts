/** Where the stand-ins listen: a free port of the loopback interface, closed with everything that is open on it. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers the address. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
