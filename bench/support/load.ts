/**
 * Load over HTTP from a process of its own (autocannon), so that sending requests does not take the server's event loop.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

export interface Load {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

interface Measured {
  readonly requests: { readonly average: number; readonly total: number };
  readonly latency: { readonly p99: number };
  readonly non2xx: number;
  readonly errors: number;
}

/** Stands in a body for something that no other request has. */
export const EACH = '[<id>]';

const CANNON = createRequire(import.meta.url).resolve('autocannon');

/**
 * Sends requests over `connections` for `seconds`, GET or POST where there is a body; throws when one was answered with
 * anything but 2xx.
 */
export async function load(
  url: string,
  seconds: number,
  connections: number,
  headers: Readonly<Record<string, string>> = {},
  body?: object,
): Promise<Load> {
  const sent = body === undefined ? headers : { ...headers, 'content-type': 'application/json' };
  const named = Object.entries(sent).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  if (body !== undefined) named.push('-m', 'POST', '-b', JSON.stringify(body));
  // Each request its own: autocannon puts an id in its place.
  if (JSON.stringify(body)?.includes(EACH) === true) named.push('-I');
  const args = ['-j', '-c', String(connections), '-d', String(seconds), ...named, url];
  const child = spawn(process.execPath, [CANNON, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const text: Buffer[] = [];
  for await (const chunk of child.stdout) text.push(chunk as Buffer);
  const measured = JSON.parse(Buffer.concat(text).toString()) as Measured;
  if (measured.non2xx > 0 || measured.errors > 0 || measured.requests.total === 0) {
    throw new Error(`${url}: ${measured.non2xx} refused, ${measured.errors} failed of ${measured.requests.total}`);
  }
  return { requestsPerSecond: measured.requests.average, p99Ms: measured.latency.p99 };
}
